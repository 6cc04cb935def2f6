#include "auth/address_rule.hpp"

namespace upptpd::auth {
namespace {

/// An item without its `!`, or nothing.
std::optional<AddressRule> parse_item(std::string_view text) {
  AddressRule rule;
  if (text.ends_with('+')) {
    rule.hosts_only = true;
    text.remove_suffix(1);
    if (text.find('/') == std::string_view::npos) return {};
  }
  const auto network = Ipv4Network::parse(text);
  if (!network || network->prefix_length == 0) return {};
  // pppd finds no unit that fits into these.
  if (rule.hosts_only && network->prefix_length > 30) return {};
  rule.network = *network;
  return rule;
}

}  // namespace

bool AddressRule::matches(Ipv4Address address) const {
  if (any) return true;
  if (!network.contains(address)) return false;
  const std::uint32_t host_mask = ~network.mask();
  const std::uint32_t host = address.value() & host_mask;
  return !hosts_only || (host != 0 && host != host_mask);
}

std::string AddressRule::to_string() const {
  if (any) return "*";
  std::string text = (deny ? "!" : "") + network.address.to_string();
  if (!is_single_host()) text += "/" + std::to_string(network.prefix_length);
  if (hosts_only) text += "+";
  return text;
}

AddressColumn parse_address_column(std::span<const std::string> words) {
  AddressColumn column;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string_view item = words[i];
    if (item == "-") break;
    if (item == "*") {
      column.rules.emplace_back().any = true;
      break;
    }
    const bool deny = item.starts_with('!');
    if (deny) item.remove_prefix(1);
    auto rule = parse_item(item);
    const std::string position = "item " + std::to_string(i + 1) + " of the address column";
    if (!rule) {
      column.errors.push_back(
          position +
          " is not understood: it must be *, -, a.b.c.d, a.b.c.d/n with n from 1 to 32, or "
          "a.b.c.d/n+ (names are not looked up); a secret with blanks needs quotes");
      column.lost_a_denial = column.lost_a_denial || deny;
      continue;
    }
    if (rule->hosts_only) {
      column.warnings.push_back(position +
                                " ends in +: there are no interface units here, so every host "
                                "address of that network is meant");
    }
    rule->deny = deny;
    column.rules.push_back(*rule);
  }
  return column;
}

bool permits(std::span<const AddressRule> rules, Ipv4Address address) {
  if (!address.is_host()) return false;
  for (const AddressRule& rule : rules) {
    if (rule.matches(address)) return !rule.deny;
  }
  return false;
}

}  // namespace upptpd::auth
