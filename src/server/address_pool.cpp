#include "server/address_pool.hpp"

#include <utility>

#include "core/check.hpp"

namespace upptpd::server {

Lease::~Lease() {
  if (pool_ != nullptr) pool_->in_use_.erase(address_);
}

AddressPool::AddressPool(std::vector<config::AddressRange> ranges, std::set<Ipv4Address> reserved)
    : ranges_(std::move(ranges)), reserved_(std::move(reserved)) {
  for (const config::AddressRange& range : ranges_) size_ += range.size();
}

Result<Lease> AddressPool::lease(const auth::SecretsEntry& user, Ipv4Address outer_peer) {
  if (!auth::permits_any_address(user)) {
    return fail("the address column of the secrets file (line " + std::to_string(user.line) +
                ") permits none: write * there, or an address");
  }
  const auto can_have = [&](Ipv4Address address) {
    return address != outer_peer && is_free(address);
  };
  const auto fixed = auth::fixed_address(user);
  if (fixed && can_have(*fixed)) return take(*fixed);
  for (std::uint64_t tried = 0; tried < size_; ++tried) {
    const Ipv4Address candidate = at(next_);
    next_ = (next_ + 1) % size_;
    if (can_have(candidate) && auth::permits(user, candidate)) return take(candidate);
  }
  if (fixed) return fail("the user's address " + fixed->to_string() + " is in use");
  if (in_use_.size() >= size_) return fail("all addresses of network.client_ips are in use");
  return fail(
      "no free address of network.client_ips is permitted to the user (secrets file, line " +
      std::to_string(user.line) + ")");
}

Lease AddressPool::take(Ipv4Address address) {
  in_use_.insert(address);
  return Lease(*this, address);
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
