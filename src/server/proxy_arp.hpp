// Clients as hosts of the LAN: which interface answers ARP for which address, which addresses hosts
// of the LAN have themselves, and what to tell of both.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "core/drop_reason.hpp"
#include "core/time.hpp"
#include "core/timer.hpp"
#include "observe/log.hpp"
#include "server/address_pool.hpp"
#include "tun/arp_responder.hpp"
#include "tun/interface_watch.hpp"

namespace upptpd::server {

class ProxyArp;

/// An address that is answered for; no more when this goes.
class ArpClaim {
 public:
  ArpClaim(ArpClaim&& other) noexcept
      : arp_(std::exchange(other.arp_, nullptr)), address_(other.address_) {}
  ArpClaim& operator=(ArpClaim&&) = delete;
  ~ArpClaim();

 private:
  friend class ProxyArp;
  ArpClaim(ProxyArp& arp, Ipv4Address address) : arp_(&arp), address_(address) {}

  ProxyArp* arp_;
  Ipv4Address address_;
};

/// Must outlive its claims.
class ProxyArp {
 public:
  /// Free addresses of each pool that are asked for ahead of need.
  static constexpr std::size_t kProbed = 64;
  /// Between two times that all of them are asked for.
  static constexpr Duration kProbeInterval = std::chrono::seconds(60);
  /// At most so many at a time, so that a LAN notices nothing of it.
  static constexpr std::size_t kMostProbes = 256;
  static constexpr Duration kProbePause = std::chrono::seconds(1);
  /// A host is believed to have an address for so long after it was last heard: it may miss a
  /// probe.
  static constexpr Duration kBelieved = 2 * kProbeInterval + std::chrono::seconds(10);
  /// Addresses that hosts of the LAN may have at a time: of more nothing is remembered.
  static constexpr std::size_t kMostTaken = 4096;
  /// Between two defences of an address (RFC 5227 section 2.4), and two words on it.
  static constexpr Duration kDefendInterval = std::chrono::seconds(10);
  /// Lines about conflicts in that time: further ones are only counted.
  static constexpr unsigned kMostTold = 16;
  /// Between two announcements of an address (RFC 5227 section 2.3: ANNOUNCE_INTERVAL).
  static constexpr Duration kAnnounceInterval = std::chrono::seconds(2);
  /// What an interface is asked after it has changed.
  static constexpr Duration kInterfacesSettle = std::chrono::milliseconds(100);

  /// Before the kernel is asked again that did not answer.
  static constexpr Duration kAskAgain = std::chrono::seconds(1);

  struct Sources {
    tun::ArpResponder responder;
    tun::InterfaceWatch interfaces;
  };
  static Result<Sources> open_sources();

  ProxyArp(const config::NetworkConfig& config, observe::Log& log, AddressPool& pool,
           DropCounters& drops, Sources sources);

  [[nodiscard]] int arp_descriptor() const { return responder_.descriptor(); }
  [[nodiscard]] int interfaces_descriptor() const { return watch_.descriptor(); }

  /// Answers for a leased address.
  [[nodiscard]] ArpClaim claim(Ipv4Address address, Instant now);
  /// The interface that has a subnet with all of the network in it; empty if none has.
  [[nodiscard]] std::string interface_with(const Ipv4Network& network) const;

  /// `fixed_addresses` are those of users, here and below.
  void receive(const std::set<Ipv4Address>& fixed_addresses, Instant now);
  /// Something about them; what, is found out a little later, since more may follow.
  void interfaces_changed(Instant now);
  [[nodiscard]] const std::vector<tun::NetworkInterface>& interfaces() const {
    return watch_.interfaces();
  }
  /// The configuration or the pools have changed.
  void reconfigured(Instant now);
  /// Asks for the addresses that are to be handed out next, unless that was done lately; announces
  /// those that are due.
  void advance(const std::set<Ipv4Address>& fixed_addresses, Instant now);
  [[nodiscard]] Deadline deadline() const;

 private:
  friend class ArpClaim;

  void update_interfaces(Instant now);
  void apply_interfaces();
  void tell_interfaces(std::string serving, std::string missing);
  void seen(const tun::ArpResponder::Sighting& sighting,
            const std::set<Ipv4Address>& fixed_addresses, Instant now);
  void defend(const tun::ArpResponder::Sighting& sighting, Instant now);
  void probe(const std::set<Ipv4Address>& fixed_addresses, Instant now);
  void announce_again(Instant now);
  void forget_old(Instant now);
  void release(Ipv4Address address);
  void tell_conflict(const tun::ArpResponder::Sighting& sighting, std::string_view message,
                     Instant now);

  const config::NetworkConfig& config_;
  observe::Log& log_;
  AddressPool& pool_;
  DropCounters& drops_;
  tun::ArpResponder responder_;
  tun::InterfaceWatch watch_;
  std::string told_serving_ = "none";
  std::string told_missing_;
  bool told_unknown_ = false;
  std::unordered_map<Ipv4Address, Instant> probed_;
  /// By hosts of the LAN, until when.
  std::unordered_map<Ipv4Address, Instant> taken_;
  std::unordered_map<Ipv4Address, Instant> defended_;
  Deadline next_probe_;
  Timer interfaces_timer_;
  /// Announcements to be repeated, the earliest first.
  std::deque<std::pair<Instant, Ipv4Address>> to_announce_;
  Instant telling_since_;
  unsigned told_ = 0;
};

/// What of the configuration does not fit the addresses that this host has, if anything.
Result<void> check_addresses(const config::NetworkConfig& config,
                             const std::vector<tun::NetworkInterface>& interfaces);

}  // namespace upptpd::server
