// All calls of a worker: by call id for what comes from clients, by client address for what goes to
// them.
#pragma once

#include <array>
#include <bitset>
#include <deque>
#include <optional>

#include "core/random_source.hpp"
#include "core/tagged.hpp"
#include "ip/route_table.hpp"

namespace upptpd::server {

class ServedCall;

/// Does not own the calls; each takes itself out when it ends.
class SessionTable {
 public:
  /// Call ids rest for so many further calls before they are used again, so that packets of a
  /// finished call find nobody.
  static constexpr std::size_t kResting = 4096;

  /// A call id that is unique over all peers, cannot be guessed, and was not in use lately. None
  /// when nearly all are.
  std::optional<CallId> allocate(RandomSource& random);
  void release(CallId id);

  void add(CallId id, ServedCall& call);
  void remove(CallId id);
  /// Packets to this network go to the call; false if they go to another one.
  bool add_route(const Ipv4Network& network, ServedCall& call) {
    return routes_.add(network, &call);
  }
  void remove_route(const Ipv4Network& network) { routes_.remove(network); }

  [[nodiscard]] ServedCall* find(CallId id) const { return by_id_[id.value()]; }
  /// The call whose client has the address, or is the way to it.
  [[nodiscard]] ServedCall* find_client(Ipv4Address address) const {
    ServedCall* const* found = routes_.find(address);
    return found == nullptr ? nullptr : *found;
  }
  [[nodiscard]] std::size_t size() const { return size_; }

  template <class Visitor>
  void for_each(Visitor visit) const {
    for (ServedCall* call : by_id_) {
      if (call != nullptr) visit(*call);
    }
  }

 private:
  static constexpr std::size_t kIds = 0x10000;

  std::array<ServedCall*, kIds> by_id_{};
  std::bitset<kIds> taken_;
  std::deque<CallId> resting_;
  ip::RouteTable<ServedCall*> routes_;
  std::size_t size_ = 0;
};

}  // namespace upptpd::server
