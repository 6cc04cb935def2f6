#include "negotiator.hpp"

#include <algorithm>

namespace upptpd::profiles {
namespace {

std::vector<ppp::Option> list_of(View options) {
  return ppp::parse_options(options).value_or(std::vector<ppp::Option>{});
}

}  // namespace

std::optional<std::uint32_t> value_of(View options, std::uint8_t type) {
  for (const ppp::Option& option : list_of(options)) {
    if (option.type == type) return option.as_u32();
  }
  return {};
}

Bytes changed_options(View options, View refused, bool nak) {
  ppp::OptionList changed;
  const auto mine = list_of(options);
  const auto theirs = list_of(refused);
  for (const ppp::Option& option : mine) {
    const auto other = std::ranges::find(theirs, option.type, &ppp::Option::type);
    if (other == theirs.end()) {
      changed.add(option.type, option.data);
    } else if (nak) {
      changed.add(option.type, other->data);
    }
  }
  return changed.bytes();
}

}  // namespace upptpd::profiles
