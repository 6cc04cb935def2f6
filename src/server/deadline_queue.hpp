// Which of many owners has to be advanced next: each has one deadline, the worker one timer.
#pragma once

#include <functional>
#include <optional>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace upptpd::server {

/// Keys may vanish at any time; a key that comes back for an owner that is gone means nothing.
template <class Key>
class DeadlineQueue {
 public:
  /// `key` wants to be advanced at `at`. A deadline that has moved to later is noticed when the
  /// earlier one comes: then the owner says again. So moving it costs nothing on the data path.
  void schedule(Key key, Deadline at) {
    if (!at) return;
    const auto [known, added] = scheduled_.try_emplace(key, *at);
    if (!added && known->second <= *at) return;
    known->second = *at;
    heap_.emplace(*at, key);
  }

  /// The next key whose time has come, once.
  std::optional<Key> pop_due(Instant now) {
    while (!heap_.empty() && heap_.top().first <= now) {
      const auto [at, key] = heap_.top();
      heap_.pop();
      const auto known = scheduled_.find(key);
      if (known == scheduled_.end() || known->second != at) continue;  // moved to earlier since
      scheduled_.erase(known);
      return key;
    }
    return {};
  }

  [[nodiscard]] Deadline next() const {
    if (heap_.empty()) return {};
    return heap_.top().first;
  }

 private:
  struct Later {
    bool operator()(const std::pair<Instant, Key>& a, const std::pair<Instant, Key>& b) const {
      return a.first > b.first;
    }
  };
  std::priority_queue<std::pair<Instant, Key>, std::vector<std::pair<Instant, Key>>, Later> heap_;
  std::unordered_map<Key, Instant> scheduled_;
};

}  // namespace upptpd::server
