// The address column of chap-secrets: which IPv4 addresses a user may have.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ip_address.hpp"

namespace upptpd::auth {

/// One item of the column. The first that matches decides; what none matches is refused.
struct AddressRule {
  bool deny = false;
  Ipv4Network network;
  /// `*`
  bool any = false;
  /// `a.b.c.d/n+`: the addresses of hosts, without the network's own and the broadcast address.
  bool hosts_only = false;

  [[nodiscard]] bool matches(Ipv4Address address) const;
  [[nodiscard]] bool is_single_host() const { return !any && network.prefix_length == 32; }
  /// As it is written in the column.
  [[nodiscard]] std::string to_string() const;
};

struct AddressColumn {
  std::vector<AddressRule> rules;
  /// What is wrong with items that were left out. Says their position and not their text: where a
  /// password with a blank was not quoted, its second half stands in this column.
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  /// A `!` item could not be understood, so that `rules` permit more than was meant: don't use
  /// them.
  bool lost_a_denial = false;
};

/// Understands `*`, `-`, `a.b.c.d`, `a.b.c.d/n` (n from 1 to 32), `a.b.c.d/n+`, and each but the
/// first two with `!` before it. Names of hosts and networks are not resolved.
AddressColumn parse_address_column(std::span<const std::string> words);

/// Addresses that no host can have (127/8, multicast, class E, 0/8) are always refused.
bool permits(std::span<const AddressRule> rules, Ipv4Address address);

}  // namespace upptpd::auth
