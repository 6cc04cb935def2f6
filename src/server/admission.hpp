// Which control connections are let in, and which have to go for others: before a login nobody is
// trusted.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "config/config.hpp"
#include "observe/log.hpp"
#include "server/services.hpp"

namespace upptpd::server {

class Admission {
 public:
  struct Counts {
    /// Connections that were closed at once: by limits.allow and limits.deny, or since too many
    /// logins from there have failed.
    std::uint64_t not_allowed = 0;
    std::uint64_t blocked = 0;
    /// Without a login, that had to go for later ones.
    std::uint64_t crowded_out = 0;
  };

  /// All must outlive this.
  Admission(const config::LimitsConfig& limits, const auth::LoginGuard& guard, observe::Log& log)
      : limits_(limits), guard_(guard), log_(log) {}

  /// Whether a connection from there may stay. Counted if not.
  bool admits(Ipv4Address from, Instant now);

  /// It stays, and nobody has logged in on it. Yields the one that has to go for it: the oldest
  /// without a login from the same address, from its network or of all, where there are too many.
  std::optional<ConnectionId> entered(ConnectionId id, Ipv4Address from, Instant now);
  /// Of those without a login for which `fits` holds, the oldest from the same address, from its
  /// network or of all has to go for what comes from there, if there is one.
  template <typename Predicate>
  std::optional<ConnectionId> make_room(Ipv4Address from, Instant now, Predicate fits) {
    std::array<std::optional<ConnectionId>, 3> oldest;
    for (const Waiting& other : waiting_) {
      auto& place = oldest[other.from == from ? 0 : around(from).contains(other.from) ? 1 : 2];
      if (!place && fits(other.id)) place = other.id;
    }
    for (const auto& id : oldest) {
      if (id) return crowd_out(*id, "server.max_sessions", now);
    }
    return {};
  }
  /// Of those without a login for which `fits` holds, the oldest of the address that has most of
  /// them has to go, or else of the network, if that has more than a few: by coming again and again
  /// it keeps others out.
  template <typename Predicate>
  std::optional<ConnectionId> make_room_from_most(Instant now, Predicate fits) {
    auto oldest = oldest_of_largest(32, kFew, fits);
    if (!oldest) oldest = oldest_of_largest(kNeighbours, 4 * kFew, fits);
    if (!oldest) return {};
    return crowd_out(*oldest, "server.max_sessions", now);
  }
  /// Nobody is logged in on it any more.
  void waits_again(ConnectionId id, Ipv4Address from);
  /// Somebody has logged in on it, or it is gone.
  void passed(ConnectionId id);

  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  struct Waiting {
    ConnectionId id;
    Ipv4Address from;
  };

  /// Some of those that wait.
  struct Group {
    const char* limit = "";
    unsigned most = 0;
    unsigned count = 0;
    ConnectionId oldest{};

    void add(ConnectionId id) {
      if (count++ == 0) oldest = id;
    }
  };
  /// At the same time from one address: what is behind one router.
  static constexpr unsigned kFew = 8;

  /// The bits of a prefix: a /24 is what one customer of a provider may have.
  static constexpr unsigned kNeighbours = 24;

  static Ipv4Network around(Ipv4Address address) { return {address, kNeighbours}; }
  /// Of the network with a prefix of that many bits that has most, if it has more than `most`.
  template <typename Predicate>
  std::optional<ConnectionId> oldest_of_largest(unsigned bits, unsigned most, Predicate fits) {
    std::unordered_map<Ipv4Address, Group> groups;
    const Group* largest = nullptr;
    for (const Waiting& other : waiting_) {
      if (!fits(other.id)) continue;
      Group& group = groups[Ipv4Network{other.from, bits}.first()];
      group.add(other.id);
      if (largest == nullptr || group.count > largest->count) largest = &group;
    }
    if (largest == nullptr || largest->count <= most) return {};
    return largest->oldest;
  }
  ConnectionId crowd_out(ConnectionId id, const char* limit, Instant now);

  const config::LimitsConfig& limits_;
  const auth::LoginGuard& guard_;
  observe::Log& log_;
  /// Those without a login, in order of their ids, which is that of their age. Looked through for
  /// each new one: a thousand in a row take a microsecond.
  std::vector<Waiting> waiting_;
  Counts counts_;
  /// When the log may tell of a crowd again.
  Instant quiet_until_;
};

}  // namespace upptpd::server
