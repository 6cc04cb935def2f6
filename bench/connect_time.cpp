// connect_time [CAPTURES]: how long each kind of client takes to connect, in virtual time, and what
// it waits for; beside it what recorded servers took. ./dev bench profiles
//
// Exit status 1 if a client waits for a timer of the server's, or if Windows 10 with default
// settings needs more than seven round trips.
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "ppp/frame.hpp"
#include "profiles/profile_call.hpp"
#include "replay/capture.hpp"

namespace upptpd::profiles {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLatencies[] = {milliseconds(0), milliseconds(10), milliseconds(100)};
constexpr const char* kWindows10 = "Windows 10";
constexpr unsigned kMostTripsOfWindows10 = 2 * 7;

/// What was recorded of the same kind of client, below the folder of captures.
struct RecordedCall {
  std::string_view profile;
  const char* file;
  const char* server;
};
constexpr RecordedCall kRecordedCalls[] = {
    {"Windows 2000", "replay/chapcrack-pptp-initial.jsonl", "poptop and pppd"},
    {"Windows 7", "replay/john-lulu-password-pptp.jsonl", "poptop and pppd"},
    {"Windows 7", "replay/rerange-test.jsonl", "Windows Server"},
    {kWindows10, "replay/jamesmackerel-connect.jsonl", "poptop and pppd"},
    {"Ixia-like", "replay/pcappp-GrePackets.jsonl", "Cisco IOS"},
    {"pptp-linux", "pppd/replay/mschapv2-mppe128-stateless.jsonl", "poptop and pppd"},
};

double in_milliseconds(Duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

bool is_outgoing_call_reply(const replay::CapturedItem& item) {
  constexpr std::uint8_t kOutgoingCallReply = 8;
  return item.control && !item.from_client && item.octets.size() > 9 &&
         item.octets[9] == kOutgoingCallReply;
}

bool is_ipcp_ack(const replay::CapturedItem& item) {
  if (item.control) return false;
  const auto header = ppp::parse_frame_header(item.octets);
  if (!header || header->protocol != ppp::Protocol::ipcp) return false;
  const auto packet = ppp::ControlPacket::parse(View(item.octets).subspan(header->size));
  return packet && packet->code == ppp::Code::configure_ack;
}

/// Seconds from the Outgoing-Call-Reply to the last IPCP Ack.
std::optional<double> recorded_seconds(const std::filesystem::path& file) {
  const auto capture = replay::read_capture(file);
  if (!capture) return {};
  std::optional<double> answered;
  std::optional<double> connected;
  for (const replay::CapturedItem& item : *capture) {
    if (!answered && is_outgoing_call_reply(item)) answered = item.time;
    if (answered && is_ipcp_ack(item)) connected = item.time;
  }
  if (!answered || !connected) return {};
  return *connected - *answered;
}

/// The strictest policy that lets it in.
std::optional<Policy> policy_for(const Profile& profile) {
  for (Policy policy : {default_policy(), legacy_policy(), open_policy()}) {
    policy.retries = 2;
    policy.password_change = true;
    if (ProfileCall(profile, policy).connect()) return policy;
  }
  return {};
}

/// Prints a row. Whether the profile is as quick as it should be.
bool measure(const Profile& profile) {
  const auto policy = policy_for(profile);
  if (!policy) {
    std::printf("%-40s %s\n", profile.name, "refused by every policy");
    return true;
  }
  std::string columns;
  Waits waits;
  bool quick = true;
  for (const milliseconds latency : kLatencies) {
    ProfileCall call(profile, *policy, latency);
    quick = call.connect() && quick;
    waits = call.connect_time();
    quick = quick && waits.server == Duration{};
    char column[16];
    std::snprintf(column, sizeof column, " %6.0f", in_milliseconds(waits.total()));
    columns += column;
    if (latency != kLatencies[1]) continue;
    const auto connected = call.events<session::Connected>().front();
    const auto login = call.events<session::AuthenticationSucceeded>().front();
    std::printf("%-40s %-10s %-19s", profile.name, std::string(to_string(login.method)).c_str(),
                connected.encryption ? ppp::in_words(*connected.encryption).c_str() : "none");
  }
  std::printf(" %5.1f%s %8.0f %8.0f  %s\n", waits.trips / 2.0, columns.c_str(),
              in_milliseconds(waits.client), in_milliseconds(waits.server), profile.evidence);
  if (profile.name == std::string_view(kWindows10)) {
    quick = quick && waits.trips <= kMostTripsOfWindows10;
  }
  if (!quick) std::printf("FAIL: %s is slower than it should be\n", profile.name);
  return quick;
}

void print_recorded(const std::filesystem::path& captures) {
  std::error_code error;
  if (!std::filesystem::is_directory(captures, error)) {
    std::printf("\nno captures\n");
    return;
  }
  std::printf("\nRecorded, from the Outgoing-Call-Reply to the last IPCP Ack:\n");
  for (const RecordedCall& call : kRecordedCalls) {
    const auto seconds = recorded_seconds(captures / call.file);
    std::printf("%-20s %-20s %8s  %s\n", std::string(call.profile).c_str(), call.server,
                seconds ? (std::to_string(static_cast<int>(*seconds * 1000 + 0.5)) + " ms").c_str()
                        : "no data",
                call.file);
  }
}

int run(const std::filesystem::path& captures) {
  std::printf(
      "From the Outgoing-Call-Reply until both sides are connected: round trips, and ms with 0, 10 "
      "and 100 ms\none way; of these, what the client and what the server wait for by "
      "themselves.\n\n");
  std::printf("%-40s %-10s %-19s %5s %6s %6s %6s %8s %8s  %s\n", "profile", "login", "encryption",
              "trips", "0 ms", "10 ms", "100 ms", "client's", "server's", "evidence");
  bool quick = true;
  for (const Profile& profile : all_profiles()) {
    const bool vanishes = profile.end == End::silence || profile.end == End::reset;
    if (!vanishes) quick = measure(profile) && quick;
  }
  print_recorded(captures);
  return quick ? 0 : 1;
}

}  // namespace
}  // namespace upptpd::profiles

int main(int argc, char** argv) {
  if (argc > 2) {
    std::fprintf(stderr, "usage: connect_time [CAPTURES]\n");
    return 2;
  }
  return upptpd::profiles::run(argc == 2 ? argv[1] : "");
}
