// Numbers that must not be mistaken for each other.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace upptpd {

/// A number with a meaning: `CallId` and `PeerCallId` are both 16 bits wide and never the same
/// thing.
template <class Tag, class Rep>
class Tagged {
 public:
  constexpr Tagged() = default;
  constexpr explicit Tagged(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const { return value_; }
  friend constexpr auto operator<=>(Tagged, Tagged) = default;

 private:
  Rep value_{};
};

/// The call id that we chose: the peer puts it into the packets it sends us (RFC 2637
/// section 1.4, 4.1).
using CallId = Tagged<struct CallIdTag, std::uint16_t>;
/// The call id that the peer chose: we put it into the packets we send.
using PeerCallId = Tagged<struct PeerCallIdTag, std::uint16_t>;

}  // namespace upptpd

template <class Tag, class Rep>
struct std::hash<upptpd::Tagged<Tag, Rep>> {
  std::size_t operator()(upptpd::Tagged<Tag, Rep> id) const { return std::hash<Rep>{}(id.value()); }
};
