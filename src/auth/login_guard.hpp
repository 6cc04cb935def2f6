// What failed logins have for consequences: each makes the next refusal slower, and too many from
// one address have it blocked for a while.
#pragma once

#include <algorithm>
#include <list>
#include <string>
#include <unordered_map>

#include "auth/login.hpp"
#include "core/ip_address.hpp"
#include "core/time.hpp"

namespace upptpd::auth {

/// Failures of each of some addresses or users. Each is forgiven after a time; of more than
/// kMostKept, those are forgotten that have been quiet for longest.
template <typename Key>
class FailureCounts {
 public:
  static constexpr std::size_t kMostKept = 8192;

  struct Count {
    Key key;
    unsigned failures = 0;
    /// When the first of them begins to be forgiven.
    Instant since;
    Instant blocked_until;
  };

  /// `forgiven_after`: how long each of them counts, and `most`: how many do.
  FailureCounts(Duration forgiven_after, unsigned most)
      : forgiven_after_(forgiven_after), most_(most) {}

  void set(Duration forgiven_after, unsigned most) {
    forgiven_after_ = forgiven_after;
    most_ = most;
  }

  /// One more. What is returned stays until the next call.
  Count& add(const Key& key, Instant now) {
    Count& count = touch(key, now);
    const auto forgiven = (now - count.since) / forgiven_after_;
    if (forgiven >= count.failures) {
      count.failures = 0;
      count.since = now;
    } else {
      count.failures -= static_cast<unsigned>(forgiven);
      count.since += forgiven * forgiven_after_;
    }
    count.failures = std::min(count.failures + 1, most_);
    return count;
  }

  [[nodiscard]] bool blocked(const Key& key, Instant now) const {
    const auto found = places_.find(key);
    return found != places_.end() && now < found->second->blocked_until;
  }
  [[nodiscard]] std::size_t size() const { return counts_.size(); }

 private:
  Count& touch(const Key& key, Instant now) {
    const auto found = places_.find(key);
    if (found != places_.end()) {
      counts_.splice(counts_.begin(), counts_, found->second);
      return counts_.front();
    }
    if (counts_.size() == kMostKept) {
      places_.erase(counts_.back().key);
      counts_.pop_back();
    }
    counts_.push_front({key, 0, now, Instant()});
    places_.emplace(key, counts_.begin());
    return counts_.front();
  }

  Duration forgiven_after_;
  unsigned most_;
  /// Those that failed last come first.
  std::list<Count> counts_;
  std::unordered_map<Key, typename std::list<Count>::iterator> places_;
};

class LoginGuard {
 public:
  /// What a refusal is held back for each failure before it. Clients repeat a Response that has no
  /// answer after 3 s.
  static constexpr Duration kDelay = std::chrono::milliseconds(250);
  static constexpr Duration kLongestDelay = std::chrono::seconds(2);

  struct Settings {
    /// From one address, before it is blocked; 0: any number.
    unsigned failures = 10;
    /// How long; also in which time so many failures are forgiven.
    Duration block_time = std::chrono::minutes(5);
  };

  explicit LoginGuard(const Settings& settings);

  /// For failures to come. Who is blocked stays so for his time.
  void set(const Settings& settings);

  /// Whether nothing that comes from there is listened to.
  [[nodiscard]] bool blocked(Ipv4Address from, Instant now) const {
    return addresses_.blocked(from, now);
  }

  struct Consequence {
    /// How long the client waits for its refusal.
    Duration delay{};
    /// This was one too many.
    bool blocks = false;
  };
  /// A login that was a guess, or might have been. A user is never blocked, which anybody could
  /// have done to him, but refused as slowly.
  Consequence failed(Ipv4Address from, const std::string& user, Instant now);

 private:
  Settings settings_;
  FailureCounts<Ipv4Address> addresses_;
  FailureCounts<std::string> users_;
};

/// Whether who hears it has not shown the right password.
bool may_be_a_guess(LoginFailure failure);

}  // namespace upptpd::auth
