#include "server/address_pool.hpp"

#include <utility>

#include "core/check.hpp"

namespace upptpd::server {

/// Why free addresses were passed over.
struct AddressPool::Refusals {
  bool kept = false;
  bool not_for_this_user = false;
};

Lease::~Lease() {
  if (pool_ != nullptr) pool_->give_back(address_);
}

AddressPool::AddressPool(std::vector<config::AddressRange> ranges, std::set<Ipv4Address> reserved)
    : ranges_(std::move(ranges)), reserved_(std::move(reserved)) {
  for (const config::AddressRange& range : ranges_) size_ += range.size();
}

Result<Lease> AddressPool::lease(const Request& request) {
  const auth::SecretsEntry& entry = request.entry;
  const std::string line = "secrets file, line " + std::to_string(entry.line);
  if (!auth::permits_any_address(entry)) {
    return fail("the address column permits none (" + line + "): write * there, or an address");
  }
  const auto fixed = auth::fixed_address(entry);
  if (fixed && *fixed != request.outer_peer && !in_use_.contains(*fixed) &&
      !reserved_.contains(*fixed)) {
    // It was anybody's before the secrets file made it this user's.
    if (known_.contains(*fixed)) remember(*fixed, request.user);
    return take(*fixed);
  }
  Refusals refusals;
  if (const auto found = find(request, refusals)) {
    remember(*found, request.user);
    return take(*found);
  }
  if (fixed) return fail("the user's address " + fixed->to_string() + " is in use");
  if (refusals.not_for_this_user) {
    return fail("no free address of network.client_ips is permitted to the user (" + line + ")");
  }
  return fail(std::string("all addresses of network.client_ips are in use") +
              (refusals.kept ? ", or kept for users with a fixed address" : ""));
}

/// An address of the pool for a user without a fixed one.
std::optional<Ipv4Address> AddressPool::find(const Request& request, Refusals& refusals) {
  const auto last = last_of_user_.find(request.user);
  if (last != last_of_user_.end() && is_available(last->second->address, request, refusals)) {
    return last->second->address;
  }
  if (const auto unknown = find_unknown(request, refusals)) return unknown;
  for (const Known& known : resting_) {
    if (is_available(known.address, request, refusals)) return known.address;
  }
  return {};
}

std::optional<Ipv4Address> AddressPool::find_unknown(const Request& request, Refusals& refusals) {
  const auto passes = [&](Ipv4Address address) {
    return known_.contains(address) || reserved_.contains(address);
  };
  while (first_unknown_ < size_ && passes(at(first_unknown_))) ++first_unknown_;
  for (std::uint64_t index = first_unknown_; index < size_; ++index) {
    const Ipv4Address address = at(index);
    if (!passes(address) && is_available(address, request, refusals)) return address;
  }
  return {};
}

bool AddressPool::is_available(Ipv4Address address, const Request& request,
                               Refusals& refusals) const {
  if (in_use_.contains(address)) return false;
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
  // One that its user would not ask for again is the first to go to another.
  const auto place = is_users_last(*found->second) ? resting_.end() : resting_.begin();
  resting_.splice(place, leased_, found->second);
}

bool AddressPool::is_users_last(const Known& known) const {
  const auto last = last_of_user_.find(known.user);
  return last != last_of_user_.end() && &*last->second == &known;
}

Ipv4Address AddressPool::at(std::uint64_t index) const {
  for (const config::AddressRange& range : ranges_) {
    if (index < range.size()) {
      return Ipv4Address(range.first.value() + static_cast<std::uint32_t>(index));
    }
    index -= range.size();
  }
  check(false);
  return {};
}

}  // namespace upptpd::server
