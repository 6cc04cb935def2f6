// Why a packet went no further. Every drop on the data path has one of these names and is counted
// under it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace upptpd {

enum class DropReason : std::uint8_t {
  no_buffer,           // all packet buffers are in use
  gre_queue_full,      // came faster than we took it from the socket
  tun_queue_full,      // came faster than we took it from the interface
  gre_truncated,       // shorter than its header says
  gre_version,         // not version 1, or flags that RFC 2637 does not have
  gre_protocol,        // not PPP (0x880B)
  gre_unknown_call,    // no such call
  gre_wrong_peer,      // a known call, but not from its control peer
  gre_duplicate,       // this sequence number was delivered before
  gre_late,            // its turn is over
  frame_malformed,     // no PPP protocol field
  frame_protocol,      // an inner protocol that we don't speak
  control_malformed,   // a PPP control packet with impossible lengths or options
  control_unexpected,  // a PPP control packet out of phase, or an answer to nothing
  login_malformed,     // a login packet with impossible lengths
  login_unexpected,    // a login packet out of phase, or for a challenge that was never sent
  before_login,        // network data while nobody is logged in
  before_network,      // network data before IPCP is up
  not_encrypted,       // clear data where encryption is required or already on
  not_decryptable,     // encrypted data while encryption is off
  mppe_malformed,      // no room for its header, or bits that were not negotiated
  mppe_late,           // a coherency count that lies behind
  mppe_gap,            // a coherency count too far ahead, once too often
  mppe_lost,           // stateful: packets before it are missing, and the peer has not begun anew
  ip_malformed,        // not an IPv4 packet
  ip_source,           // a source address that is not the client's
  ip_destination,      // not where the user may go, or back to where it came from
  client_to_client,    // to another client, where they may not talk to each other
  dhcp_refused,        // DHCP of a client that is no DHCPINFORM to us
  arp_conflict,        // a host on the LAN claims a client's address
  exceeds_peer_mru,    // larger than the peer takes
  no_session,          // nobody has that destination address
  read_failed,         // the system did not give it
  send_failed,         // the system did not take it
  count_               // how many there are
};

/// The name in logs and statistics.
std::string_view to_string(DropReason reason);

/// The same in a few words, for a table of 80 columns. Says more than the name.
std::string_view explain(DropReason reason);

class DropCounters {
 public:
  void add(DropReason reason, std::uint64_t packets = 1) {
    counts_[static_cast<std::size_t>(reason)] += packets;
  }
  void add(const DropCounters& others) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += others.counts_[i];
  }
  [[nodiscard]] std::uint64_t operator[](DropReason reason) const {
    return counts_[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (std::uint64_t count : counts_) sum += count;
    return sum;
  }

 private:
  std::array<std::uint64_t, static_cast<std::size_t>(DropReason::count_)> counts_{};
};

}  // namespace upptpd
