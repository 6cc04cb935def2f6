// The addresses for clients: each is leased to one call at a time.
#pragma once

#include <set>
#include <span>
#include <vector>

#include "auth/secrets_file.hpp"
#include "config/address_range.hpp"
#include "core/result.hpp"

namespace upptpd::server {

class AddressPool;

/// An address in use; given back when its owner goes.
class Lease {
 public:
  Lease(Lease&& other) noexcept : pool_(other.pool_), address_(other.address_) {
    other.pool_ = nullptr;
  }
  Lease& operator=(Lease&&) = delete;
  ~Lease();

  [[nodiscard]] Ipv4Address address() const { return address_; }

 private:
  friend class AddressPool;
  Lease(AddressPool& pool, Ipv4Address address) : pool_(&pool), address_(address) {}

  AddressPool* pool_;
  Ipv4Address address_;
};

/// Must outlive its leases.
class AddressPool {
 public:
  /// `reserved` are addresses that no client gets, such as our own.
  AddressPool(std::vector<config::AddressRange> ranges, std::set<Ipv4Address> reserved);

  /// The user's fixed address if the secrets file names one, otherwise a free one of the pool that
  /// it permits. Fails with the reason for the log. Never `outer_peer`, the client's own outer
  /// address: its packets would loop into the tunnel.
  Result<Lease> lease(const auth::SecretsEntry& user, Ipv4Address outer_peer);

 private:
  friend class Lease;
  [[nodiscard]] bool is_free(Ipv4Address address) const {
    return !in_use_.contains(address) && !reserved_.contains(address);
  }
  Lease take(Ipv4Address address);
  [[nodiscard]] Ipv4Address at(std::uint64_t index) const;

  std::vector<config::AddressRange> ranges_;
  std::set<Ipv4Address> reserved_;
  std::set<Ipv4Address> in_use_;
  std::uint64_t size_ = 0;
  /// Where the next search begins, so that an address rests as long as possible.
  std::uint64_t next_ = 0;
};

}  // namespace upptpd::server
