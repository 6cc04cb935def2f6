#include "replay.hpp"

#include <algorithm>
#include <cstdio>

#include "recorded_client.hpp"
#include "recorded_data.hpp"
#include "virtual_network.hpp"

namespace upptpd::replay {
namespace {

/// "S=" and 40 digits; text may follow.
constexpr std::size_t kSuccessSize = 42;
/// A real Windows must be connected by then; each longer wait has a timer in it.
constexpr Duration kLongestSetup = std::chrono::milliseconds(300);

Outcome ok(std::string words) { return {Outcome::Kind::ok, std::move(words)}; }
Outcome fail_with_words(std::string words) { return {Outcome::Kind::fail, std::move(words)}; }
Outcome skip(std::string words) { return {Outcome::Kind::skip, std::move(words)}; }

auth::SecretsFile secrets_of(const std::vector<Login>& logins) {
  const auto quoted = [](const std::string& word) {
    std::string text = "\"";
    for (const char c : word) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    return text + '"';
  };
  std::string text;
  for (const Login& login : logins) {
    text += quoted(login.user) + " * " + quoted(login.password) + " *\n";
  }
  return auth::SecretsFile::parse(text);
}

std::string seconds(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", std::chrono::duration<double>(duration).count());
  return text;
}

std::string count(std::size_t number, std::string_view of) {
  return std::to_string(number) + ' ' + std::string(of);
}

/// What came of a replayed call, and the checks on it: each says in words what is wrong, or adds to
/// what held.
class Judge {
 public:
  Judge(const crypto::Library& library, const Recording& recording, const RecordedLogin& login,
        const ReplayedCall& call)
      : library_(library), recording_(recording), login_(login), call_(call) {}

  Outcome judge();

 private:
  Outcome judge_refusal() const;
  std::string check_login();
  std::string check_setup();
  std::string check_client_data();
  std::string check_server_data();
  void held(const std::string& words) { held_ += (held_.empty() ? "" : ", ") + words; }
  [[nodiscard]] const auth::LoginAccepted* accepted() const {
    return call_.server.verdict ? std::get_if<auth::LoginAccepted>(&*call_.server.verdict)
                                : nullptr;
  }

  const crypto::Library& library_;
  const Recording& recording_;
  const RecordedLogin& login_;
  const ReplayedCall& call_;
  std::string held_;
};

Outcome Judge::judge() {
  if (!call_.client.complaint.empty()) {
    return fail_with_words("what our server sent is wrong: " + call_.client.complaint);
  }
  if (login_.failure && !login_.success) return judge_refusal();
  if (const std::string wrong = check_login(); !wrong.empty()) return fail_with_words(wrong);
  const std::string obstacle = find_encryption_obstacle(recording_);
  if (!obstacle.empty()) {
    return skip(obstacle + ", which this server does not take (" + held_ + ")");
  }
  const bool reached_network =
      std::any_of(recording_.packets.begin(), recording_.packets.end(), [](const auto& packet) {
        return packet.from_client && packet.protocol == ppp::Protocol::ipcp &&
               packet.code() == ppp::Code::configure_request;
      });
  if (!reached_network) return ok(held_ + "; the recorded client never asks for an address");
  for (const auto check :
       {&Judge::check_setup, &Judge::check_client_data, &Judge::check_server_data}) {
    if (const std::string wrong = (this->*check)(); !wrong.empty()) {
      return fail_with_words(wrong + " (" + held_ + ")");
    }
  }
  return ok(held_);
}

Outcome Judge::judge_refusal() const {
  if (!login_.failure->starts_with("E=691")) {
    return skip("the recorded server refused for a reason of its own: " +
                printable(*login_.failure));
  }
  if (call_.client.failure && call_.client.failure->starts_with("E=691 ")) {
    return ok("the recorded wrong password is refused with E=691");
  }
  return fail_with_words("expected a refusal with E=691, came: " +
                         call_.client.failure.value_or(call_.client_words));
}

std::string Judge::check_login() {
  if (!call_.server.verdict) return "expected a login, came none: " + call_.client_words;
  if (accepted() == nullptr) {
    const auto& refused = std::get<auth::LoginRefused>(*call_.server.verdict);
    return "expected the recorded response to verify, came: " +
           std::string(auth::to_string(refused.failure));
  }
  if (recording_.control_supplied) held("control connection not recorded");
  held("login verifies");
  if (!login_.success || login_.success->size() < kSuccessSize) return {};
  const std::string expected = printable(login_.success->substr(0, kSuccessSize));
  const std::string came = call_.client.success.value_or("no Success");
  if (came.substr(0, kSuccessSize) != expected) return "expected " + expected + ", came " + came;
  held("S= as recorded");
  return {};
}

std::string Judge::check_setup() {
  if (!call_.server.connected) {
    return "expected to be connected, but " + call_.client_words + "; " + call_.server_words;
  }
  const Duration setup = *call_.server.connected - call_.began;
  held("connected after " + seconds(setup));
  if (call_.client_disturbed) return call_.client_words;
  if (call_.client_rebuilt > 0) {
    held(count(call_.client_rebuilt, "of the client's requests rebuilt"));
  }
  if (recording_.windows && setup > kLongestSetup) {
    return "expected a Windows client to be connected within " + seconds(kLongestSetup);
  }
  return {};
}

std::string Judge::check_client_data() {
  const DecryptedData data = decrypt(library_, accepted()->keys, recording_, true);
  const auto& delivered = call_.server.delivered;
  if (data.undecryptable > 0) {
    return "expected all of " + count(data.packets, "client packets to decrypt, ") +
           count(data.undecryptable, "did not");
  }
  if (delivered != data.ipv4 || call_.server.statistics.packets_in != data.ipv4.size()) {
    return "expected " + count(data.ipv4.size(), "IP packets from the client, came ") +
           std::to_string(delivered.size()) + (call_.server.finished ? ", then the end" : "");
  }
  if (call_.server.statistics.drops.total() != data.packets - data.ipv4.size()) {
    return "expected " + count(data.packets - data.ipv4.size(), "dropped packets, came ") +
           std::to_string(call_.server.statistics.drops.total());
  }
  if (data.ipv4.empty() && data.foreign_source > 0) {
    return "expected packets from the address that we gave, none was";
  }
  if (data.packets == 0) {
    held("no encrypted packet was recorded");
    return {};
  }
  held(std::to_string(data.ipv4.size()) + " of " +
       count(data.packets, "client packets decrypted and delivered"));
  const auto dropped = [&](std::size_t number, const std::string& words) {
    if (number > 0) held(count(number, words));
  };
  dropped(data.ipv6, "IPv6 (dropped, as due)");
  dropped(data.foreign_source, "from foreign addresses (dropped, as due)");
  dropped(data.other_protocol, "of other protocols (dropped, as due)");
  dropped(data.vj_compressed, server_accepted_vj(recording_)
                                  ? "VJ-compressed, as the recorded server accepted: decrypted, "
                                    "but nothing that this server takes"
                                  : "VJ-compressed without leave (dropped, as due)");
  return {};
}

std::string Judge::check_server_data() {
  const DecryptedData data = decrypt(library_, accepted()->keys, recording_, false);
  if (data.packets == 0) return {};
  // What the recorded server encrypted in its own way says nothing about ours.
  if (data.undecryptable > 0) {
    held(count(data.undecryptable, "server packets not understood"));
    return {};
  }
  const std::size_t same = count_same_encryption(library_, accepted()->keys, data);
  if (same != data.packets) {
    return "expected our encryption of " + count(data.packets, "server packets as recorded, ") +
           count(data.packets - same, "differ");
  }
  held(count(same, "server packets encrypt as recorded"));
  return {};
}

}  // namespace

Outcome replay(const crypto::Library& library, const Capture& capture,
               const std::vector<Login>& logins) {
  const auto recording = find_call(capture);
  if (!recording) return skip(recording.error().message);
  const RecordedLogin login = find_login(*recording);
  if (!login.why_not.empty()) return skip(login.why_not);
  if (logins.empty()) return skip("no password is known for it");
  const ReplayedCall call = replay_call(library, *recording, secrets_of(logins));
  return Judge(library, *recording, login, call).judge();
}

}  // namespace upptpd::replay
