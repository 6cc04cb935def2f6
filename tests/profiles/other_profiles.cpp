// Clients that are not Windows.
#include "profile.hpp"
#include "protocol_numbers.hpp"

namespace upptpd::profiles {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Method = ppp::AuthMethod;
using Wish = EncryptionSide::Wish;

/// [captures of pppd] asyncmap 0, magic number, short headers.
constexpr const char* kPppdLink = "0206 00000000 0506 8a17c30d 0702 0802";

}  // namespace

std::vector<Profile> other_profiles() {
  return {
      // Built from Apple's published sources and logs of them (pppd, IPv6, and ACSCP, which is
      // Apple's own); no real client was seen, and its vendor's name is not documented.
      {.name = "macOS",
       .evidence = "documents, log",
       .control = {.start = {.framing_capabilities = 3, .bearer_capabilities = 3},
                   .call = {.call_id = control::SenderCallId(0x2f1a),
                            .minimum_speed = 300,
                            .maximum_speed = 100'000'000,
                            .bearer_type = 3,
                            .framing_type = 3,
                            .receive_window = 64}},
       .link = {.engine_start = milliseconds(5),
                .drops_early_frames = false,
                .restart = seconds(3),
                .options = kPppdLink},
       .login = {.methods = {Method::ms_chap_v2}},
       .encryption = {Wish::required, {kStateless | k128, kStateless | k40}},
       .asks_for = {{kCcp, "1206 01000060"},
                    {kIpcp, "0306 00000000 8106 00000000 8306 00000000"},
                    {kIpv6cp, "010a 0217f2fffe010203"},
                    {kAcscp, "0106 00000001 0206 00000001"}},
       .end = End::pptp_linux},
      // [captures of pppd] pptp-linux with "require-mppe".
      {.name = "pptp-linux",
       .evidence = "captures of pppd",
       .control = {.start = {.framing_capabilities = 3,
                             .bearer_capabilities = 3,
                             .maximum_channels = 65535,
                             .firmware_revision = 1,
                             .host_name = "local",
                             .vendor_name = "cananian"},
                   .call = {.call_id = control::SenderCallId(0),
                            .minimum_speed = 2400,
                            .maximum_speed = 10'000'000,
                            .bearer_type = 3,
                            .framing_type = 3,
                            .receive_window = 3},
                   .before_call = seconds(1)},
       .tunnel = {.first_sequence = 1, .acknowledgment = milliseconds(500)},
       .link = {.engine_start = milliseconds(2),
                .drops_early_frames = false,
                .restart = seconds(3),
                .options = kPppdLink},
       .login = {.methods = {Method::ms_chap_v2, Method::ms_chap_v1, Method::chap_md5}},
       .encryption = {.wish = Wish::required,
                      .takes = {kStateless | k128, kStateless | k40, k128, k40},
                      .changes_key_on_flush = true},
       .asks_for = {{kCcp, "1206 01000060"}, {kIpcp, "0306 00000000 8106 00000000 8306 00000000"}},
       .end = End::pptp_linux},
      // Built from the Cisco side of capture 8 (acknowledges -1, counts from 1, full headers,
      // names) with the roles turned round; no real Cisco client was seen.
      {.name = "Cisco-like",
       .evidence = "capture 8, the other side",
       .control = {.start = {.framing_capabilities = 3,
                             .bearer_capabilities = 3,
                             .firmware_revision = 0x1200,
                             .host_name = "router",
                             .vendor_name = "Cisco Systems, Inc."},
                   .call = {.call_id = control::SenderCallId(0x18),
                            .minimum_speed = 300,
                            .maximum_speed = 64'000,
                            .bearer_type = 3,
                            .framing_type = 3,
                            .receive_window = 16}},
       .tunnel = {.first_sequence = 1,
                  .acknowledges_nothing_first = true,
                  .acknowledgment = milliseconds(500)},
       .link = {.engine_start = milliseconds(5),
                .drops_early_frames = false,
                .options = "0506 0f3f117c",
                .always_full_header = true},
       .login = {.methods = {Method::ms_chap_v2, Method::ms_chap_v1, Method::chap_md5,
                             Method::pap}},
       .encryption = {Wish::required, {kStateless | k128, kStateless | k56, kStateless | k40}},
       .asks_for = {{kCcp, "1206 01000040"}, {kIpcp, "0306 00000000"}}},
      // The same, with what mpd's sources say of some versions: no stateless keys. No real client
      // was seen.
      {.name = "Cisco-like, stateful only",
       .evidence = "documents",
       .control = {.start = {.framing_capabilities = 3,
                             .bearer_capabilities = 3,
                             .firmware_revision = 0x1200,
                             .host_name = "router",
                             .vendor_name = "Cisco Systems, Inc."},
                   .call = {.call_id = control::SenderCallId(0x19), .receive_window = 16}},
       .tunnel = {.first_sequence = 1, .acknowledges_nothing_first = true},
       .link = {.engine_start = milliseconds(5),
                .drops_early_frames = false,
                .options = "0506 0f3f117d",
                .always_full_header = true},
       .login = {.methods = {Method::ms_chap_v2, Method::ms_chap_v1}},
       .encryption = {Wish::required, {k128, k40}},
       .asks_for = {{kCcp, "1206 00000060"}, {kIpcp, "0306 00000000"}}},
      // [capture 8] A tester: a magic number and nothing else, PAP, no CCP; it waits 10 s before it
      // asks again.
      {.name = "Ixia-like",
       .evidence = "capture 8",
       .control = {.start = {.framing_capabilities = 1,
                             .bearer_capabilities = 1,
                             .maximum_channels = 65535,
                             .firmware_revision = 0x0100,
                             .host_name = "local",
                             .vendor_name = "ixia"},
                   .call = {.call_id = control::SenderCallId(1),
                            .minimum_speed = 32768,
                            .maximum_speed = 2147483648,
                            .bearer_type = 1,
                            .framing_type = 1,
                            .receive_window = 10}},
       .tunnel = {.acknowledgment = milliseconds(500)},
       .link = {.drops_early_frames = false,
                .restart = seconds(10),
                .options = "0506 0a94c166",
                .always_full_header = true},
       .login = {.methods = {Method::pap}},
       .encryption = {Wish::none, {}},
       .asks_for = {{kIpcp, "0306 00000000"}}},
      // Built from documents (all four methods, encryption where it is to be had); no real client
      // was seen.
      {.name = "MikroTik-like",
       .evidence = "documents",
       .control = {.start = {.framing_capabilities = 3,
                             .bearer_capabilities = 3,
                             .firmware_revision = 1,
                             .host_name = "MikroTik",
                             .vendor_name = "MikroTik"},
                   .call = {.call_id = control::SenderCallId(0x6001),
                            .minimum_speed = 300,
                            .maximum_speed = 100'000'000,
                            .bearer_type = 3,
                            .framing_type = 3,
                            .receive_window = 100}},
       .link = {.engine_start = milliseconds(5),
                .drops_early_frames = false,
                .restart = seconds(3),
                .options = "0104 05aa 0506 47b09c1e"},
       .login = {.methods = {Method::ms_chap_v2, Method::ms_chap_v1, Method::chap_md5,
                             Method::pap}},
       .encryption = {Wish::optional, {kStateless | k128, kStateless | k40}},
       .asks_for = {{kIpcp, "0306 00000000 8106 00000000 8306 00000000"}, {kCcp, "1206 01000060"}}},
  };
}

}  // namespace upptpd::profiles
