#include "server/address_pool.hpp"

#include <algorithm>
#include <utility>

#include "core/check.hpp"

namespace upptpd::server {

/// Why free addresses were passed over.
struct AddressPool::Refusals {
  bool kept = false;
  bool taken = false;
  bool not_for_this_user = false;
};

Lease::~Lease() {
  if (pool_ != nullptr) pool_->give_back(address_);
}

AddressPool::Pool::Pool(std::string configured_as, Ranges configured)
    : key(std::move(configured_as)), ranges(std::move(configured)) {
  for (const config::AddressRange& range : ranges) size += range.size();
}

bool AddressPool::Pool::contains(Ipv4Address address) const {
  return std::ranges::any_of(
      ranges, [&](const config::AddressRange& range) { return range.contains(address); });
}

AddressPool::AddressPool(Ranges ranges, std::set<Ipv4Address> reserved,
                         const std::map<std::string, Ranges>& named)
    : reserved_(std::move(reserved)) {
  set_pools(std::move(ranges), named);
}

void AddressPool::set_pools(Ranges ranges, const std::map<std::string, Ranges>& named) {
  pools_.clear();
  pools_.try_emplace("", "network.client_ips", std::move(ranges));
  for (const auto& [name, of_name] : named) {
    pools_.try_emplace(name, "network.pools." + name, of_name);
  }
  for (auto known = resting_.begin(); known != resting_.end();) {
    const auto here = known++;
    if (!contains(here->address)) forget(here);
  }
}

bool AddressPool::contains(Ipv4Address address) const {
  return std::ranges::any_of(pools_,
                             [&](const auto& pool) { return pool.second.contains(address); });
}

bool AddressPool::overlaps(const Ipv4Network& network) const {
  return std::ranges::any_of(pools_, [&](const auto& pool) {
    return std::ranges::any_of(pool.second.ranges, [&](const config::AddressRange& range) {
      return range.overlaps(network);
    });
  });
}

void AddressPool::set_reserved(std::set<Ipv4Address> reserved) {
  reserved_ = std::move(reserved);
  for (auto& [name, pool] : pools_) pool.first_unknown = 0;
}

/// Null if there is none of that name.
AddressPool::Pool* AddressPool::pool_of(const auth::SecretsEntry& entry) {
  const auto& network = entry.options.network;
  const auto found = pools_.find(network ? network->pool : "");
  return found == pools_.end() ? nullptr : &found->second;
}

Result<Lease> AddressPool::lease(const Request& request) {
  const auth::SecretsEntry& entry = request.entry;
  const std::string line = "secrets file, line " + std::to_string(entry.line);
  if (!auth::permits_any_address(entry)) {
    return fail("the address column permits none (" + line + "): write * there, or an address");
  }
  const auto fixed = auth::fixed_address(entry);
  if (fixed && *fixed != request.outer_peer && !in_use_.contains(*fixed) && !is_blocked(*fixed)) {
    // It was anybody's before the secrets file made it this user's.
    if (known_.contains(*fixed)) remember(*fixed, request.user);
    return take(*fixed);
  }
  Pool* pool = pool_of(entry);
  if (pool == nullptr) {
    return fail("network.pools does not have the pool that pool= names (" + line + ")");
  }
  Refusals refusals;
  if (const auto found = find(*pool, request, refusals)) {
    remember(*found, request.user);
    return take(*found);
  }
  if (fixed && taken_.contains(*fixed)) {
    return fail("a host on the LAN has the user's address " + fixed->to_string());
  }
  if (fixed && reserved_.contains(*fixed)) {
    return fail("the user's address " + fixed->to_string() + " is one of this server's own");
  }
  if (fixed) return fail("the user's address " + fixed->to_string() + " is in use");
  if (refusals.not_for_this_user) {
    return fail("no free address of " + pool->key + " is permitted to the user (" + line + ")");
  }
  return fail("all addresses of " + pool->key + " are in use" +
              (refusals.kept ? ", or kept for users with a fixed address" : "") +
              (refusals.taken ? ", or a host on the LAN has them" : ""));
}

/// An address of the pool for a user without a fixed one.
std::optional<Ipv4Address> AddressPool::find(Pool& pool, const Request& request,
                                             Refusals& refusals) {
  const auto last = last_of_user_.find(request.user);
  if (last != last_of_user_.end() && pool.contains(last->second->address) &&
      is_available(last->second->address, request, refusals)) {
    return last->second->address;
  }
  if (const auto unknown = find_unknown(pool, request, refusals)) return unknown;
  for (const Known& known : resting_) {
    if (pool.contains(known.address) && is_available(known.address, request, refusals)) {
      return known.address;
    }
  }
  return {};
}

std::optional<Ipv4Address> AddressPool::find_unknown(Pool& pool, const Request& request,
                                                     Refusals& refusals) {
  const auto passes = [&](Ipv4Address address) {
    return known_.contains(address) || reserved_.contains(address);
  };
  while (pool.first_unknown < pool.size && passes(pool.at(pool.first_unknown))) {
    ++pool.first_unknown;
  }
  for (std::uint64_t index = pool.first_unknown; index < pool.size; ++index) {
    const Ipv4Address address = pool.at(index);
    if (!passes(address) && is_available(address, request, refusals)) return address;
  }
  return {};
}

std::vector<Ipv4Address> AddressPool::upcoming(std::size_t count) const {
  std::vector<Ipv4Address> addresses;
  for (const auto& [name, pool] : pools_) {
    const std::size_t enough = addresses.size() + count;
    for (std::uint64_t index = pool.first_unknown; index < pool.size && addresses.size() < enough;
         ++index) {
      const Ipv4Address address = pool.at(index);
      const bool free = !known_.contains(address) && !in_use_.contains(address);
      if (free && !is_blocked(address)) addresses.push_back(address);
    }
    for (const Known& known : resting_) {
      if (addresses.size() >= enough) break;
      const bool free = !in_use_.contains(known.address) && !is_blocked(known.address);
      if (pool.contains(known.address) && free) addresses.push_back(known.address);
    }
  }
  return addresses;
}

bool AddressPool::is_available(Ipv4Address address, const Request& request,
                               Refusals& refusals) const {
  if (in_use_.contains(address) || reserved_.contains(address)) return false;
  if (taken_.contains(address)) {
    refusals.taken = true;
    return false;
  }
  if (request.fixed_addresses.contains(address)) {
    refusals.kept = true;
    return false;
  }
  if (address != request.outer_peer && auth::permits(request.entry, address)) return true;
  refusals.not_for_this_user = true;
  return false;
}

Lease AddressPool::take(Ipv4Address address) {
  in_use_.insert(address);
  return Lease(*this, address);
}

void AddressPool::remember(Ipv4Address address, const std::string& user) {
  const auto found = known_.find(address);
  if (found == known_.end()) {
    known_[address] = leased_.insert(leased_.end(), {address, user});
  } else {
    Known& known = *found->second;
    if (is_users_last(known)) last_of_user_.erase(known.user);
    known.user = user;
    leased_.splice(leased_.end(), resting_, found->second);
  }
  last_of_user_[user] = known_[address];
}

void AddressPool::give_back(Ipv4Address address) {
  in_use_.erase(address);
  const auto found = known_.find(address);
  if (found == known_.end()) return;  // a fixed address needs no memory
  if (!contains(address)) {
    resting_.splice(resting_.end(), leased_, found->second);
    return forget(found->second);
  }
  // One that its user would not ask for again is the first to go to another.
  const auto place = is_users_last(*found->second) ? resting_.end() : resting_.begin();
  resting_.splice(place, leased_, found->second);
}

void AddressPool::forget(KnownList::iterator known) {
  if (is_users_last(*known)) last_of_user_.erase(known->user);
  known_.erase(known->address);
  resting_.erase(known);
}

bool AddressPool::is_users_last(const Known& known) const {
  const auto last = last_of_user_.find(known.user);
  return last != last_of_user_.end() && &*last->second == &known;
}

Ipv4Address AddressPool::Pool::at(std::uint64_t index) const {
  for (const config::AddressRange& range : ranges) {
    if (index < range.size()) {
      return Ipv4Address(range.first.value() + static_cast<std::uint32_t>(index));
    }
    index -= range.size();
  }
  check(false);
  return {};
}

}  // namespace upptpd::server
