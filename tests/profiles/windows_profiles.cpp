// Windows as a client. What a row says beyond its evidence is the habit of its family.
#include "profile.hpp"
#include "protocol_numbers.hpp"

namespace upptpd::profiles {
namespace {

using std::chrono::milliseconds;
using Method = ppp::AuthMethod;
using Wish = EncryptionSide::Wish;

/// [captures 1, 2, 3, 5] The same from 2000 to 10, but for the call id, the serial number and the
/// vendor; taken for older ones too.
ControlSide windows_control(const char* vendor, std::uint16_t firmware, std::uint16_t call_id,
                            std::uint16_t serial) {
  ControlSide side;
  side.start = {.framing_capabilities = 1,
                .bearer_capabilities = 1,
                .firmware_revision = firmware,
                .vendor_name = vendor};
  side.call = {.call_id = control::SenderCallId(call_id),
               .call_serial_number = serial,
               .minimum_speed = 300,
               .maximum_speed = 100'000'000,
               .bearer_type = 3,
               .framing_type = 3,
               .receive_window = 64};
  side.sends_link_info = true;
  return side;
}

/// [documents] Window 16; text after the NUL is a comment in poptop.
ControlSide windows_9x_control() {
  ControlSide side = windows_control("Microsoft", 0, 1, 1);
  side.call.receive_window = 16;
  side.junk = "DOS\x01\xfe junk";
  return side;
}

/// [captures 2, 3] 8 ms and 26 ms from the reply to the first request.
LinkSide windows_link(const char* options, std::vector<std::string> identifications = {}) {
  return {.engine_start = milliseconds(10),
          .options = options,
          .identifications = std::move(identifications)};
}

/// [captures 2, 3] The last Identification is a GUID.
LinkSide vista_link(const char* computer) {
  LinkSide side = windows_link("0104 0578 0506 6f023e93 0702 0802 0d03 06",
                               {"MSRASV5.20", std::string("MSRAS-0-") + computer});
  side.sends_correlation_id = true;
  return side;
}

LoginSide login_by(std::vector<Method> methods, std::uint8_t flags = 0) {
  return {.methods = std::move(methods), .flags = flags, .explains_its_end = true};
}

constexpr const char* kIpcpOptions =
    "0306 00000000 8106 00000000 8206 00000000 8306 00000000 8406 00000000";
/// [documents] The same, and VJ compression.
constexpr const char* kIpcpOptionsOf9x =
    "0206 002d0f01 0306 00000000 8106 00000000 8206 00000000 8306 00000000 8406 00000000";
constexpr Ask kIpv6 = {kIpv6cp, "010a a8dd1f39a69e4fe0"};

/// [captures 2, 3] In this order from Vista on.
std::vector<Ask> vista_asks(const char* ccp_options) {
  return {kIpv6, {kCcp, ccp_options}, {kIpcp, kIpcpOptions}};
}

/// [documents, log] And NetBEUI and IPX, each where it is installed.
std::vector<Ask> windows_9x_asks(const char* ccp_options) {
  return {{kNbfcp, ""}, {kIpxcp, "0206 0002"}, {kCcp, ccp_options}, {kIpcp, kIpcpOptionsOf9x}};
}

/// [log] Magic number, short headers, callback; what a modem needs may stand there too.
constexpr const char* k9xLink = "0206 000a0000 0506 00c0ffee 0702 0802 0d03 06";
/// [capture 5] MRRU and endpoint, no MRU.
constexpr const char* kNtLink =
    "0506 0015706a 0702 0802 0d03 06 1104 064e "
    "1317 01 7f6769e949404affbb24d0941651d7aa00000004";
/// [log]
constexpr const char* kXpLink = "0104 0578 0506 2b1c77a0 0702 0802 0d03 06";

}  // namespace

std::vector<Profile> windows_profiles() {
  return {
      // Built from documents (DUN 1.2 knows MS-CHAPv1, 40 bits, and no stateless keys); no real
      // client was seen.
      {.name = "Windows 95, DUN 1.2",
       .evidence = "documents",
       .control = windows_9x_control(),
       .link = windows_link(k9xLink),
       .login = login_by({Method::ms_chap_v1, Method::chap_md5, Method::pap}),
       .encryption = {Wish::required, {k40}},
       .asks_for = windows_9x_asks("1206 00000021")},
      // Built from documents (the first DUN answers with the LAN Manager response alone); no real
      // client was seen.
      {.name = "Windows 95, LM response only",
       .evidence = "documents",
       .control = windows_9x_control(),
       .link = windows_link(k9xLink),
       .login = {.methods = {Method::ms_chap_v1},
                 .lan_manager_only = true,
                 .explains_its_end = true},
       .encryption = {Wish::required, {k40}},
       .asks_for = windows_9x_asks("1206 00000021")},
      // [log] of CCP against poptop: option 17 beside 18, and bit 0x10; the rest is documents
      // (MS-CHAPv2 came with DUN 1.3). Flags 4 and bare Success are a comment in pppd.
      {.name = "Windows 98, 40 bit",
       .evidence = "log, documents",
       .control = windows_9x_control(),
       .link = windows_link(k9xLink),
       .login = {.methods = {Method::ms_chap_v2, Method::ms_chap_v1, Method::chap_md5, Method::pap},
                 .name = "OFFICE\\bob",
                 .flags = 4,
                 .wants_bare_success = true,
                 .explains_its_end = true},
       .encryption = {Wish::required, {kStateless | k40, k40}},
       .asks_for = windows_9x_asks("1105 00 01 04 1206 01000031")},
      // Built from documents (DUN 1.4: MS-CHAPv2, 128 bits, stateless); no real client was seen.
      {.name = "Windows 98, DUN 1.4",
       .evidence = "documents",
       .control = windows_9x_control(),
       .link = windows_link(k9xLink),
       .login = {.methods = {Method::ms_chap_v2, Method::ms_chap_v1, Method::chap_md5, Method::pap},
                 .name = "OFFICE\\bob",
                 .flags = 4,
                 .wants_bare_success = true,
                 .explains_its_end = true},
       .encryption = {Wish::required, {kStateless | k128, kStateless | k40, k128, k40}},
       .asks_for = windows_9x_asks("1105 00 01 04 1206 01000071")},
      // Built from documents (before Service Pack 4: MS-CHAPv1, stateful); no real client was seen.
      {.name = "Windows NT 4, SP3",
       .evidence = "documents",
       .control = windows_control("Microsoft Windows NT", 0, 0, 1),
       .link = windows_link(kNtLink, {"MSRASV4.00", "MSRAS-1-NT4BOX"}),
       .login = login_by({Method::ms_chap_v1, Method::chap_md5, Method::pap}),
       .encryption = {Wish::required, {k40}},
       .asks_for = windows_9x_asks("1206 00000021")},
      // Built from documents (Service Pack 4 and later: MS-CHAPv2, 128 bits; a blank domain box
      // leaves a blank before the name); no real client was seen.
      {.name = "Windows NT 4, SP6",
       .evidence = "documents",
       .control = windows_control("Microsoft Windows NT", 0, 0, 1),
       .link = windows_link(kNtLink, {"MSRASV4.00", "MSRAS-1-NT4BOX"}),
       .login = {.methods = {Method::ms_chap_v2, Method::ms_chap_v1, Method::chap_md5, Method::pap},
                 .name = " \\bob",
                 .explains_its_end = true},
       .encryption = {Wish::required, {kStateless | k128, kStateless | k40, k128, k40}},
       .asks_for = {{kCcp, "1206 01000061"}, {kIpcp, kIpcpOptions}}},
      // [capture 5] Build 2195 with "require encryption".
      {.name = "Windows 2000",
       .evidence = "capture 5",
       .control = windows_control("Microsoft Windows NT", 2195, 0, 0xc1cb),
       .link = windows_link(kNtLink, {"MSRASV5.00", "MSRAS-1-PC-4"}),
       .login = login_by({Method::ms_chap_v2, Method::ms_chap_v1, Method::chap_md5, Method::pap}),
       .encryption = {Wish::required,
                      {kStateless | k128, kStateless | k56, kStateless | k40, k128, k56, k40}},
       .asks_for = {{kCcp, "1206 010000e1"}, {kIpcp, kIpcpOptions}}},
      // [log] of pppd, with "require encryption"; no capture.
      {.name = "Windows XP",
       .evidence = "log",
       .control = windows_control("Microsoft Windows NT", 2600, 0x4000, 0x7a31),
       .link = windows_link(kXpLink, {"MSRASV5.10", "MSRAS-1-XPBOX"}),
       .login = login_by({Method::ms_chap_v2, Method::ms_chap_v1, Method::chap_md5, Method::pap}),
       .encryption = {Wish::required,
                      {kStateless | k128, kStateless | k56, kStateless | k40, k128, k56, k40}},
       .asks_for = {{kCcp, "1206 010000e1"}, {kIpcp, kIpcpOptions}}},
      // [capture 3] "Require encryption".
      {.name = "Windows 7",
       .evidence = "capture 3",
       .control = windows_control("Microsoft", 0, 0x0b74, 3),
       .link = vista_link("WIN-7RSSC38TVCL"),
       .login = login_by({Method::ms_chap_v2}),
       .encryption = {Wish::required, {kStateless | k128}},
       .asks_for = vista_asks("1206 01000040")},
      // [capture 2] A new connection's settings: "optional encryption".
      {.name = "Windows 10",
       .evidence = "capture 2",
       .control = windows_control("Microsoft", 0, 0x44cb, 1),
       .link = vista_link("DESKTOP-10"),
       .login = login_by({Method::ms_chap_v2}),
       .encryption = {Wish::optional, {kStateless | k128}},
       .asks_for = vista_asks("1206 01000000")},
      // [log] of accel-ppp; the octets are those of capture 2.
      {.name = "Windows 10, encryption required",
       .evidence = "log",
       .control = windows_control("Microsoft", 0, 0x44cc, 2),
       .link = vista_link("DESKTOP-10"),
       .login = login_by({Method::ms_chap_v2}),
       .encryption = {Wish::required, {kStateless | k128}},
       .asks_for = vista_asks("1206 01000040")},
      // [log] "No encryption allowed" answers CCP with a Protocol-Reject.
      {.name = "Windows 10, no encryption allowed",
       .evidence = "log",
       .control = windows_control("Microsoft", 0, 0x44cd, 3),
       .link = vista_link("DESKTOP-10"),
       .login = login_by({Method::ms_chap_v2}),
       .encryption = {Wish::none, {}},
       .asks_for = {kIpv6, {kIpcp, kIpcpOptions}}},
      // [log] "MPPE disabled" of pppd: a straggler of its request after CCP is open.
      {.name = "Windows 10, asks again when CCP is open",
       .evidence = "log",
       .control = windows_control("Microsoft", 0, 0x44ce, 4),
       .link = vista_link("DESKTOP-10"),
       .login = login_by({Method::ms_chap_v2}),
       .encryption = {.wish = Wish::optional,
                      .takes = {kStateless | k128},
                      .repeats_request_when_open = true},
       .asks_for = vista_asks("1206 01000000")},
      // Built from documents (the same RAS as Windows 10); no real client was seen.
      {.name = "Windows 11",
       .evidence = "documents",
       .control = windows_control("Microsoft", 0, 0x9d49, 1),
       .link = vista_link("DESKTOP-11"),
       .login = login_by({Method::ms_chap_v2}),
       .encryption = {Wish::optional, {kStateless | k128}},
       .asks_for = vista_asks("1206 01000000")},
  };
}

}  // namespace upptpd::profiles
