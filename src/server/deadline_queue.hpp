// Which of many owners has to be advanced next: each has one deadline, the worker one timer.
#pragma once

#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "core/time.hpp"

namespace upptpd::server {

/// Keys may vanish at any time; a key that comes back for an owner that is gone means nothing.
template <class Key>
class DeadlineQueue {
 public:
  /// `key` wants to be advanced at `at`. A deadline that has moved to later is noticed when the
  /// earlier one comes: then the owner says again. So moving it costs one look-up on the data path.
  void schedule(Key key, Deadline at) {
    if (!at) return;
    const auto [known, added] = scheduled_.try_emplace(key, *at);
    if (!added) {
      if (known->second <= *at) return;
      order_.erase({known->second, key});
      known->second = *at;
    }
    order_.emplace(*at, key);
  }

  /// The next key whose time has come, once.
  std::optional<Key> pop_due(Instant now) {
    if (order_.empty() || order_.begin()->first > now) return {};
    const Key key = order_.begin()->second;
    order_.erase(order_.begin());
    scheduled_.erase(key);
    return key;
  }

  [[nodiscard]] Deadline next() const {
    if (order_.empty()) return {};
    return order_.begin()->first;
  }
  [[nodiscard]] std::size_t size() const { return order_.size(); }

 private:
  std::set<std::pair<Instant, Key>> order_;
  std::unordered_map<Key, Instant> scheduled_;
};

}  // namespace upptpd::server
