// What sort of client a scripted one is.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.hpp"
#include "core/time.hpp"
#include "ppp/control_packet.hpp"
#include "ppp/option.hpp"
#include "ppp/protocol.hpp"
#include "support/random_sources.hpp"

namespace upptpd::session {

/// Windows 10 with a new connection's settings, unless told otherwise.
struct ClientProfile {
  enum class Encryption : std::uint8_t {
    takes_128_bits,
    rejects_option,
    rejects_protocol,
    insists_on_40_bits
  };

  std::string name = "bob";
  std::string password = "secret";
  /// The data of the Authentication-Protocol option that it takes.
  Bytes login = from_hex("c22381");
  Bytes lcp_options = from_hex("0104 0578 0506 12345678 0702 0802 0d03 06");
  Bytes ccp_options = from_hex("1206 01000000");
  Bytes ipcp_options =
      from_hex("0306 00000000 8106 00000000 8206 00000000 8306 00000000 8406 00000000");
  Encryption encryption = Encryption::takes_128_bits;
  /// Takes no other address than the one it asked for.
  bool insists_on_address = false;
  bool asks_for_ipv6 = true;
  bool sends_link_info = true;
  bool answers_echo = true;
  bool hangs_up_after_failure = false;
  /// Frames that come before its first Configure-Request, so long after the call, are lost.
  Duration engine_start = std::chrono::milliseconds(15);
  Duration restart = std::chrono::seconds(2);
  std::uint32_t first_sequence = 0;

  /// Whether it asks for the same again after a refusal.
  [[nodiscard]] bool insists_on(ppp::Protocol protocol) const {
    if (protocol == ppp::Protocol::ipcp) return insists_on_address;
    return protocol == ppp::Protocol::ccp && encryption == Encryption::insists_on_40_bits;
  }

  /// Its answer to a Configure-Request.
  [[nodiscard]] std::pair<ppp::Code, Bytes> judge(ppp::Protocol protocol, View options) const {
    const Bytes same(options.begin(), options.end());
    if (protocol == ppp::Protocol::lcp) {
      const auto list = ppp::parse_options(options).value_or(std::vector<ppp::Option>{});
      for (const ppp::Option& option : list) {
        if (option.type == 3 && !std::ranges::equal(option.data, login)) {
          return {ppp::Code::configure_nak, ppp::OptionList().add(3, login).bytes()};
        }
      }
    } else if (protocol == ppp::Protocol::ccp) {
      if (encryption == Encryption::rejects_option) {
        return {ppp::Code::configure_reject, same};
      }
      const bool weak = encryption == Encryption::insists_on_40_bits;
      const Bytes wanted = from_hex(weak ? "1206 01000020" : "1206 01000040");
      if (same != wanted) return {ppp::Code::configure_nak, wanted};
    }
    return {ppp::Code::configure_ack, same};
  }
};

/// The options after a refusal: those of a Nak with the other's values, those of a Reject gone.
inline Bytes changed_options(const Bytes& options, View refused, bool nak) {
  ppp::OptionList list;
  const auto others = ppp::parse_options(refused).value_or(std::vector<ppp::Option>{});
  const auto mine = ppp::parse_options(options).value_or(std::vector<ppp::Option>{});
  for (const ppp::Option& option : mine) {
    const auto other = std::ranges::find(others, option.type, &ppp::Option::type);
    if (other == others.end()) {
      list.add(option.type, option.data);
    } else if (nak) {
      list.add(option.type, other->data);
    }
  }
  for (const ppp::Option& other : others) {
    const bool asked = std::ranges::count(mine, other.type, &ppp::Option::type) > 0;
    if (nak && !asked) list.add(other.type, other.data);
  }
  return list.bytes();
}

}  // namespace upptpd::session
