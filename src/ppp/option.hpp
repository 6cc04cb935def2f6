// Configuration options: type, length, data. RFC 1661 section 6.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/bytes.hpp"

namespace upptpd::ppp {

struct Option {
  std::uint8_t type = 0;
  View data;  // borrowed

  /// The data as a number, if it has exactly that size.
  [[nodiscard]] std::optional<std::uint16_t> as_u16() const;
  [[nodiscard]] std::optional<std::uint32_t> as_u32() const;
};

/// All options, in order. None if a length is impossible: such a packet is not answered.
std::optional<std::vector<Option>> parse_options(View list);

/// Appends options to a list.
class OptionList {
 public:
  OptionList& add(std::uint8_t type, View data = {});
  OptionList& add_u16(std::uint8_t type, std::uint16_t value);
  OptionList& add_u32(std::uint8_t type, std::uint32_t value);
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

}  // namespace upptpd::ppp
