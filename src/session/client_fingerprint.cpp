#include "session/client_fingerprint.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "ppp/control_packet.hpp"
#include "ppp/encryption_policy.hpp"
#include "ppp/option.hpp"

namespace upptpd::session {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::string_view kMicrosoft = "Microsoft";
constexpr std::string_view kWindowsNt = "Microsoft Windows NT";

/// What must hold for a name; what is left out may be anything.
struct Fingerprint {
  std::string_view name;
  std::string_view vendor;
  std::string_view version = {};
  std::optional<std::uint16_t> firmware = {};
  std::optional<std::uint32_t> mppe_bits = {};
  std::optional<bool> offers_lzs = {};
};

/// The first that fits counts. Windows Vista to 11 send the same octets, but for what a new
/// connection of Windows 8 and later asks for ("optional encryption").
constexpr std::array kFingerprints = {
    Fingerprint{"Windows 2000", kWindowsNt, "MSRASV5.00"},
    Fingerprint{"Windows 2000", kWindowsNt, {}, 2195},
    Fingerprint{"Windows XP", kWindowsNt, "MSRASV5.10"},
    Fingerprint{"Windows XP", kWindowsNt, {}, 2600},
    Fingerprint{"Windows Server 2003", kWindowsNt, "MSRASV5.20"},
    Fingerprint{"Windows NT 4", kWindowsNt, "MSRASV4.00"},
    Fingerprint{"Windows NT", kWindowsNt},
    Fingerprint{"Windows 8-11", kMicrosoft, "MSRASV5.20", {}, ppp::MppeBits::kStateless},
    Fingerprint{"Windows Vista-11", kMicrosoft, "MSRASV5.20"},
    Fingerprint{"Windows 95-ME", kMicrosoft, {}, {}, {}, true},
    Fingerprint{"Windows", kMicrosoft},
    Fingerprint{"pptp-linux", "cananian"},
    Fingerprint{"upptp", "upptpd"},
    Fingerprint{"Ixia", "ixia"},
    Fingerprint{"Cisco IOS", "Cisco Systems, Inc."},
};

bool fits(const Fingerprint& row, const ClientTraits& traits) {
  return row.vendor == traits.vendor && (row.version.empty() || row.version == traits.version) &&
         (!row.firmware || row.firmware == traits.firmware) &&
         (!row.mppe_bits || row.mppe_bits == traits.mppe_bits) &&
         (!row.offers_lzs || row.offers_lzs == traits.offers_lzs);
}

}  // namespace

std::string name_of(const ClientTraits& traits) {
  const auto row = std::ranges::find_if(
      kFingerprints, [&](const Fingerprint& fingerprint) { return fits(fingerprint, traits); });
  return row != kFingerprints.end() ? std::string(row->name)
                                    : printable(traits.vendor, kLongestName);
}

ClientQuirks quirks_of(const ClientTraits& traits) {
  return {.wants_no_reset_ack = traits.vendor.starts_with(kMicrosoft)};
}

bool note_identification(ClientTraits& traits, View text) {
  constexpr std::string_view kVersion = "MSRASV";
  constexpr std::string_view kComputer = "MSRAS-";
  const std::string said(text.begin(), text.end());
  if (said.starts_with(kVersion)) {
    traits.version = said.substr(0, kLongestName);
    return true;
  }
  // One digit says whether its messenger service runs.
  if (said.starts_with(kComputer) && said.size() > kComputer.size() + 2) {
    traits.computer = printable(said.substr(kComputer.size() + 2), kLongestName);
    return true;
  }
  return false;
}

bool note_ccp_request(ClientTraits& traits, View packet) {
  constexpr std::uint8_t kLzs = 17;
  constexpr std::uint8_t kMppe = 18;
  const auto parsed = ppp::ControlPacket::parse(packet);
  if (traits.ccp_request_seen || !parsed || parsed->code != ppp::Code::configure_request) {
    return false;
  }
  traits.ccp_request_seen = true;
  for (const ppp::Option& option :
       ppp::parse_options(parsed->data).value_or(std::vector<ppp::Option>{})) {
    if (option.type == kMppe) traits.mppe_bits = option.as_u32();
    if (option.type == kLzs) traits.offers_lzs = true;
  }
  return true;
}

}  // namespace upptpd::session
