// The addresses for clients, in pools: each is leased to one call at a time, and to the same user
// again while it is free.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
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
  /// Who asks for an address.
  struct Request {
    const std::string& user;
    /// The user's line of the secrets file, and the fixed addresses of all its users: they are
    /// kept for their owners.
    const auth::SecretsEntry& entry;
    const std::set<Ipv4Address>& fixed_addresses;
    /// The client's own outer address is never leased to it: its packets would loop into the
    /// tunnel.
    Ipv4Address outer_peer;
  };

  using Ranges = std::vector<config::AddressRange>;

  /// `ranges` are for users without a pool of their own, `named` for those with one; no two have an
  /// address in common. `reserved` are addresses that no client gets, such as our own.
  AddressPool(Ranges ranges, std::set<Ipv4Address> reserved,
              const std::map<std::string, Ranges>& named = {});

  /// The user's fixed address if the secrets file names one. Otherwise an address of the user's
  /// pool that is free and permitted to the user: the one that it had last, else one that nobody
  /// had yet, else the one that was given back the longest time ago. Fails with the reason for the
  /// log.
  Result<Lease> lease(const Request& request);

  /// Other ranges, as for the constructor. Leases stay with their owners; who got his last address
  /// from what is no range any more gets another one.
  void set_pools(Ranges ranges, const std::map<std::string, Ranges>& named);
  /// Our own addresses have changed.
  void set_reserved(std::set<Ipv4Address> reserved);
  /// A host of the LAN has the address, so that nobody gets it until `mark_free`.
  void mark_taken(Ipv4Address address) { taken_.insert(address); }
  void mark_free(Ipv4Address address) { taken_.erase(address); }
  /// Whether a call has it.
  [[nodiscard]] bool in_use(Ipv4Address address) const { return in_use_.contains(address); }
  /// Whether it is in one of the pools.
  [[nodiscard]] bool contains(Ipv4Address address) const;
  /// Whether one of the pools has an address of the network.
  [[nodiscard]] bool overlaps(const Ipv4Network& network) const;
  /// Addresses of each pool that are next to be handed out, at most `count` of each.
  [[nodiscard]] std::vector<Ipv4Address> upcoming(std::size_t count) const;

 private:
  friend class Lease;
  /// An address of the pool that somebody has or had. There are at most as many as addresses.
  struct Known {
    Ipv4Address address;
    std::string user;
  };
  using KnownList = std::list<Known>;
  struct Refusals;
  struct Pool {
    /// As in the configuration.
    std::string key;
    Ranges ranges;
    std::uint64_t size = 0;
    /// All addresses before this index are known or reserved.
    std::uint64_t first_unknown = 0;

    Pool(std::string configured_as, Ranges configured);
    [[nodiscard]] bool contains(Ipv4Address address) const;
    [[nodiscard]] Ipv4Address at(std::uint64_t index) const;
  };

  [[nodiscard]] Pool* pool_of(const auth::SecretsEntry& entry);
  [[nodiscard]] bool is_blocked(Ipv4Address address) const {
    return reserved_.contains(address) || taken_.contains(address);
  }
  [[nodiscard]] bool is_available(Ipv4Address address, const Request& request,
                                  Refusals& refusals) const;
  [[nodiscard]] std::optional<Ipv4Address> find(Pool& pool, const Request& request,
                                                Refusals& refusals);
  [[nodiscard]] std::optional<Ipv4Address> find_unknown(Pool& pool, const Request& request,
                                                        Refusals& refusals);
  Lease take(Ipv4Address address);
  void remember(Ipv4Address address, const std::string& user);
  void give_back(Ipv4Address address);
  [[nodiscard]] bool is_users_last(const Known& known) const;
  /// Nobody had it. Not for one that is leased.
  void forget(KnownList::iterator known);

  /// By name; "" is everybody's.
  std::map<std::string, Pool> pools_;
  std::set<Ipv4Address> reserved_;
  /// By hosts of the LAN.
  std::unordered_set<Ipv4Address> taken_;
  std::unordered_set<Ipv4Address> in_use_;
  KnownList leased_;
  /// Those that nobody has now, the one to be given away next first.
  KnownList resting_;
  std::unordered_map<Ipv4Address, KnownList::iterator> known_;
  std::unordered_map<std::string, KnownList::iterator> last_of_user_;
};

}  // namespace upptpd::server
