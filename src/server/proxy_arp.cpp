#include "server/proxy_arp.hpp"

#include <algorithm>

namespace upptpd::server {
namespace {

void add_word(std::string& words, const std::string& word) {
  words += (words.empty() ? "" : " ") + word;
}

}  // namespace

ArpClaim::~ArpClaim() {
  if (arp_ != nullptr) arp_->release(address_);
}

Result<ProxyArp::Sources> ProxyArp::open_sources() {
  auto responder = tun::ArpResponder::open();
  if (!responder) return tl::unexpected<Error>(responder.error());
  auto interfaces = tun::InterfaceWatch::open();
  if (!interfaces) return tl::unexpected<Error>(interfaces.error());
  return Sources{std::move(*responder), std::move(*interfaces)};
}

ProxyArp::ProxyArp(const config::NetworkConfig& config, observe::Log& log, AddressPool& pool,
                   DropCounters& drops, Sources sources)
    : config_(config),
      log_(log),
      pool_(pool),
      drops_(drops),
      responder_(std::move(sources.responder)),
      watch_(std::move(sources.interfaces)) {
  apply_interfaces();
  if (config.arp_probe) next_probe_ = Instant();
}

void ProxyArp::interfaces_changed(Instant now) {
  watch_.drain();
  if (!interfaces_timer_.deadline()) interfaces_timer_.start(now + kInterfacesSettle);
}

void ProxyArp::reconfigured(Instant now) {
  apply_interfaces();
  next_probe_ = config_.arp_probe ? Deadline(now) : Deadline();
  if (config_.arp_probe) return;
  for (const auto& [address, until] : taken_) pool_.mark_free(address);
  taken_.clear();
}

std::string ProxyArp::interface_with(const Ipv4Network& network) const {
  for (const tun::NetworkInterface& interface : watch_.interfaces()) {
    for (const Ipv4Network& subnet : interface.addresses) {
      const bool within = subnet.contains(network.first()) && subnet.contains(network.last());
      if (within && interface.name != config_.interface) return interface.name;
    }
  }
  return {};
}

Deadline ProxyArp::deadline() const {
  const Deadline announcement =
      to_announce_.empty() ? Deadline() : Deadline(to_announce_.front().first);
  return earlier(earlier(next_probe_, announcement), interfaces_timer_.deadline());
}

void ProxyArp::update_interfaces(Instant now) {
  const Result<bool> changed = watch_.update();
  if (changed) {
    told_unknown_ = false;
    if (*changed) apply_interfaces();
    return;
  }
  interfaces_timer_.start(now + kAskAgain);
  if (std::exchange(told_unknown_, true)) return;
  log_.warn(observe::Line("interfaces_unknown")
                .add("reason", changed.error().message)
                .add("message", "they have changed; asked again until it is known how"));
}

void ProxyArp::apply_interfaces() {
  using Mode = config::ProxyArp::Mode;
  const config::ProxyArp& wanted = config_.proxy_arp;
  std::set<Ipv4Address> reserved{config_.local_ip};
  std::vector<tun::ArpInterface> serving;
  std::string names;
  std::vector<std::string> missing = wanted.interfaces;
  for (const tun::NetworkInterface& interface : watch_.interfaces()) {
    if (interface.name == config_.interface) continue;
    for (const Ipv4Network& subnet : interface.addresses) {
      reserved.insert({subnet.address, subnet.first()});
      if (subnet.prefix_length < 31) reserved.insert(subnet.last());
    }
    const bool listed = std::ranges::count(wanted.interfaces, interface.name) > 0;
    if (!interface.mac || wanted.mode == Mode::off || (wanted.mode == Mode::listed && !listed)) {
      continue;
    }
    std::erase(missing, interface.name);
    serving.push_back({interface.index, *interface.mac, interface.addresses, listed});
    const bool has_clients = std::ranges::any_of(
        interface.addresses, [&](const Ipv4Network& subnet) { return pool_.overlaps(subnet); });
    if (listed || has_clients) add_word(names, interface.name);
  }
  pool_.set_reserved(std::move(reserved));
  responder_.set_interfaces(std::move(serving));
  std::string missing_names;
  for (const std::string& name : missing) add_word(missing_names, name);
  tell_interfaces(names.empty() ? "none" : names, missing_names);
}

void ProxyArp::tell_interfaces(std::string serving, std::string missing) {
  if (std::exchange(told_serving_, serving) != serving) {
    log_.info(observe::Line("proxy_arp").add("interfaces", serving));
  }
  if (std::exchange(told_missing_, missing) == missing || missing.empty()) return;
  log_.warn(observe::Line("proxy_arp_interface_missing")
                .add("interfaces", missing)
                .add("message",
                     "named by network.proxy_arp, but not there, not up, or no Ethernet; followed "
                     "when it comes"));
}

ArpClaim ProxyArp::claim(Ipv4Address address, Instant now) {
  responder_.claim(address);
  to_announce_.emplace_back(now + kAnnounceInterval, address);
  if (config_.arp_probe) next_probe_ = now;  // others are next now
  return ArpClaim(*this, address);
}

void ProxyArp::release(Ipv4Address address) {
  responder_.release(address);
  defended_.erase(address);
}

void ProxyArp::receive(const std::set<Ipv4Address>& fixed_addresses, Instant now) {
  for (const tun::ArpResponder::Sighting& sighting : responder_.receive()) {
    // Two of our interfaces may be on the same LAN.
    const bool ours = std::ranges::any_of(
        watch_.interfaces(), [&](const auto& interface) { return interface.mac == sighting.mac; });
    if (!ours) seen(sighting, fixed_addresses, now);
  }
}

void ProxyArp::tell_conflict(const tun::ArpResponder::Sighting& sighting, std::string_view message,
                             Instant now) {
  if (now - telling_since_ >= kDefendInterval) {
    telling_since_ = now;
    told_ = 0;
  }
  if (told_++ >= kMostTold) return;
  observe::Line line("address_conflict");
  line.add("address", sighting.address.to_string()).add("mac", ip::to_string(sighting.mac));
  for (const tun::NetworkInterface& interface : watch_.interfaces()) {
    if (interface.index == sighting.interface) line.add("interface", interface.name);
  }
  log_.warn(line.add("message", message));
}

void ProxyArp::seen(const tun::ArpResponder::Sighting& sighting,
                    const std::set<Ipv4Address>& fixed_addresses, Instant now) {
  const Ipv4Address address = sighting.address;
  // Also between the lease and the claim: a hook may hold up a call.
  if (responder_.claims(address) || pool_.in_use(address)) return defend(sighting, now);
  if (!pool_.contains(address) && !fixed_addresses.contains(address)) return;
  if (!config_.arp_probe) return;
  const auto known = taken_.find(address);
  if (known != taken_.end()) {
    known->second = now + kBelieved;
  } else if (taken_.size() < kMostTaken) {
    taken_.emplace(address, now + kBelieved);
    pool_.mark_taken(address);
    tell_conflict(
        sighting,
        "a host on the LAN has this address, so that no client gets it (network.arp_probe)", now);
  }
}

// The clients' traffic goes on: the hosts of the LAN believe whom they heard last, and that we are.
void ProxyArp::defend(const tun::ArpResponder::Sighting& sighting, Instant now) {
  drops_.add(DropReason::arp_conflict);
  const auto [last, first] = defended_.try_emplace(sighting.address, now);
  if (!first && now - last->second < kDefendInterval) return;
  last->second = now;
  if (responder_.claims(sighting.address)) responder_.announce(sighting.address);
  tell_conflict(sighting, "a host on the LAN claims the address of a client", now);
}

void ProxyArp::advance(const std::set<Ipv4Address>& fixed_addresses, Instant now) {
  if (interfaces_timer_.expire(now)) update_interfaces(now);
  announce_again(now);
  if (next_probe_ && *next_probe_ <= now) probe(fixed_addresses, now);
}

void ProxyArp::announce_again(Instant now) {
  while (!to_announce_.empty() && to_announce_.front().first <= now) {
    const Ipv4Address address = to_announce_.front().second;
    to_announce_.pop_front();
    if (responder_.claims(address)) responder_.announce(address);
  }
}

void ProxyArp::probe(const std::set<Ipv4Address>& fixed_addresses, Instant now) {
  next_probe_ = now + kProbeInterval;
  forget_old(now);
  std::vector<Ipv4Address> next = pool_.upcoming(kProbed);
  for (const Ipv4Address address : fixed_addresses) {
    if (!pool_.in_use(address)) next.push_back(address);
  }
  for (const auto& [address, until] : taken_) {
    if (!pool_.in_use(address)) next.push_back(address);
  }
  std::size_t asked = 0;
  for (const Ipv4Address address : next) {
    if (asked == kMostProbes) {
      next_probe_ = now + kProbePause;
      break;
    }
    if (probed_.contains(address) || !responder_.serves(address)) continue;
    responder_.probe(address);
    probed_.emplace(address, now);
    ++asked;
  }
}

void ProxyArp::forget_old(Instant now) {
  std::erase_if(probed_, [&](const auto& each) { return now - each.second >= kProbeInterval; });
  std::erase_if(taken_, [&](const auto& each) {
    if (each.second > now) return false;
    pool_.mark_free(each.first);
    return true;
  });
}

Result<void> check_addresses(const config::NetworkConfig& config,
                             const std::vector<tun::NetworkInterface>& interfaces) {
  const auto check_pool = [&](const std::string& key,
                              const std::vector<config::AddressRange>& ranges) -> Result<void> {
    for (const tun::NetworkInterface& interface : interfaces) {
      for (const Ipv4Network& subnet : interface.addresses) {
        for (const config::AddressRange& range : ranges) {
          if (!range.contains(subnet.address)) continue;
          return fail(key + ": contains " + subnet.address.to_string() +
                      ", which this host has on " + interface.name + ": take it out of the range");
        }
      }
    }
    return {};
  };
  if (auto good = check_pool("network.client_ips", config.client_ips); !good) return good;
  for (const auto& [name, ranges] : config.pools) {
    if (auto good = check_pool("network.pools." + name, ranges); !good) return good;
  }
  return {};
}

}  // namespace upptpd::server
