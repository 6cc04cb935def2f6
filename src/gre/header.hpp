// The enhanced GRE header, RFC 2637 section 4.1.
#pragma once

#include <optional>

#include "core/bytes.hpp"
#include "core/drop_reason.hpp"
#include "core/result.hpp"
#include "core/serial_number.hpp"
#include "core/tagged.hpp"

namespace upptpd::gre {

using SequenceNumber = Serial<struct GreSequenceTag, std::uint32_t, 32>;

//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |C|R|K|S|s|Recur|A| Flags | Ver |         Protocol Type         |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |    Key (HW) Payload Length    |       Key (LW) Call ID        |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                  Sequence Number (if S is set)                |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |               Acknowledgment Number (if A is set)             |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct Header {
  static constexpr std::size_t kMinimumSize = 8;
  static constexpr std::size_t kMaximumSize = 16;

  /// The receiver's call id: ours on what comes in, the peer's on what goes out.
  std::uint16_t call_id = 0;
  std::uint16_t payload_length = 0;
  std::optional<SequenceNumber> sequence;
  std::optional<SequenceNumber> acknowledgment;

  [[nodiscard]] std::size_t size() const {
    return kMinimumSize + (sequence ? 4U : 0U) + (acknowledgment ? 4U : 0U);
  }

  friend bool operator==(const Header&, const Header&) = default;
};

/// The header in front of `packet`. The payload is the `payload_length` octets behind it; what
/// follows those is padding.
Result<Header, DropReason> parse(View packet);

/// Writes `header` into `space`, which has exactly `header.size()` octets.
void serialise(const Header& header, MutableView space);

}  // namespace upptpd::gre
