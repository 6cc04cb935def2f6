#include "judge.hpp"

#include <algorithm>
#include <cstdio>

#include "observe/verdict.hpp"
#include "session/termination.hpp"

namespace upptpd::replay {
namespace {

using session::Cause;

/// "S=" and 40 digits; text may follow.
constexpr std::size_t kProofSize = 42;
/// What every client takes for wrong credentials, whichever the method.
constexpr std::string_view kWrongCredentials = "E=691";
constexpr const char* kBatchDiffers =
    "expected packets to decrypt in batches as one by one, some came out otherwise";
/// A real Windows must be connected by then; each longer wait has a timer in it.
constexpr Duration kLongestSetup = std::chrono::milliseconds(300);

std::string seconds(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", std::chrono::duration<double>(duration).count());
  return text;
}

std::string count(std::size_t number, std::string_view of) {
  return std::to_string(number) + ' ' + std::string(of);
}

/// Packets that the data path has dropped, as opposed to control packets.
std::uint64_t dropped_data(const DropCounters& drops) {
  return drops.total() - drops[DropReason::control_malformed] -
         drops[DropReason::control_unexpected] - drops[DropReason::login_malformed] -
         drops[DropReason::login_unexpected];
}

}  // namespace

std::optional<DataKeys> find_keys(const Expectation& expectation, const ReplayedCall& call) {
  if (!expectation.modes || !call.server.verdict) return {};
  const auto* login = std::get_if<auth::LoginAccepted>(&*call.server.verdict);
  if (login == nullptr || std::holds_alternative<std::monostate>(login->keys)) return {};
  return DataKeys{login->keys, *expectation.modes};
}

Outcome Judge::judge() {
  if (!call_.client.complaint.empty()) {
    return {Outcome::Kind::fail, "what our server sent is wrong: " + call_.client.complaint};
  }
  std::vector<Check> checks;
  switch (expectation_.reach) {
    case Reach::no_common_method:
      checks = {&Judge::check_no_common_method, &Judge::check_nothing_passed, &Judge::check_end};
      break;
    case Reach::login_refused:
      checks = {&Judge::check_refused_login, &Judge::check_nothing_passed, &Judge::check_end};
      break;
    case Reach::no_encryption:
      checks = {&Judge::check_login, &Judge::check_no_encryption, &Judge::check_end};
      break;
    case Reach::logged_in:
      checks = {&Judge::check_login, &Judge::check_end};
      break;
    case Reach::connected:
      checks = {&Judge::check_login,       &Judge::check_setup,       &Judge::check_modes,
                &Judge::check_client_data, &Judge::check_server_data, &Judge::check_end};
      break;
  }
  if (recording_.control_supplied) held("control connection not recorded");
  for (const Check check : checks) {
    const std::string wrong = (this->*check)();
    if (!wrong.empty()) {
      return {Outcome::Kind::fail, wrong + (held_.empty() ? "" : " (" + held_ + ")")};
    }
  }
  return {Outcome::Kind::ok, held_};
}

std::string Judge::check_no_common_method() {
  if (event<session::AuthenticationRefused>() == nullptr) {
    return "expected a client to be refused that wants " + expectation_.login.wanted + ", but " +
           call_.client_words + "; " + call_.server_words;
  }
  held("refused: the recorded client wants " + expectation_.login.wanted);
  return {};
}

std::string Judge::check_refused_login() {
  const std::string expected = "expected a refusal with " + std::string(kWrongCredentials);
  if (!call_.client.failure || !call_.client.failure->starts_with(kWrongCredentials)) {
    return expected + ", came: " + call_.client.failure.value_or(call_.client_words);
  }
  const auto* failed = event<session::AuthenticationFailed>();
  if (failed == nullptr || failed->code != 691) return expected + ", and an event that says so";
  held(std::string(ppp::to_string(*expectation_.login.method)) + " login refused with " +
       std::string(kWrongCredentials) + ": " + std::string(auth::to_string(failed->failure)));
  return {};
}

std::string Judge::check_login() {
  const ppp::AuthMethod method = *expectation_.login.method;
  const std::string name(ppp::to_string(method));
  if (method == ppp::AuthMethod::none) {
    if (event<session::AuthenticationSkipped>() == nullptr) {
      return "expected no login, but " + call_.client_words;
    }
    held(name + ", as recorded");
    return {};
  }
  if (!call_.server.verdict) return "expected a login, came none: " + call_.client_words;
  if (expectation_.verdict == ExpectedVerdict::either) {
    held("the recorded server refused for a reason of its own: " +
         printable(*expectation_.login.failure));
  }
  if (const auto* refused = std::get_if<auth::LoginRefused>(&*call_.server.verdict)) {
    if (expectation_.verdict == ExpectedVerdict::either) return {};
    return "expected the recorded " + name +
           " login to verify, came: " + std::string(auth::to_string(refused->failure));
  }
  return check_accepted();
}

std::string Judge::check_accepted() {
  const auto* succeeded = event<session::AuthenticationSucceeded>();
  if (succeeded == nullptr || succeeded->method != *expectation_.login.method) {
    return "expected an event of the recorded login";
  }
  held(std::string(ppp::to_string(succeeded->method)) + " login verifies");
  const auto& recorded = expectation_.login.success;
  const bool proves = succeeded->method == ppp::AuthMethod::ms_chap_v2 && recorded &&
                      recorded->size() >= kProofSize;
  if (!proves) return {};
  const std::string expected = printable(recorded->substr(0, kProofSize));
  const std::string came = call_.client.success.value_or("no Success");
  if (came.substr(0, kProofSize) != expected) return "expected " + expected + ", came " + came;
  held("S= as recorded");
  return {};
}

std::string Judge::check_nothing_passed() {
  if (!call_.server.connected && call_.server.delivered.empty()) return {};
  return "expected that nothing passes, but the call was connected";
}

std::string Judge::check_no_encryption() {
  const auto* refused = event<session::EncryptionRefused>();
  if (refused == nullptr) {
    return "expected no agreement on encryption, but " + call_.client_words + "; " +
           call_.server_words;
  }
  const std::string offer =
      refused->offered ? ppp::offer_in_words(*refused->offered) : std::string("nothing");
  held("no agreement on encryption (" + std::string(ppp::to_string(refused->policy.requirement)) +
       ' ' + ppp::policy_in_words(refused->policy) + "; the client: " + offer + ')');
  return refused->policy.required() ? check_nothing_passed() : std::string();
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

std::string Judge::check_modes() {
  const auto& came = event<session::Connected>()->encryption;
  const auto in_words = [](const std::optional<ppp::EncryptionModes>& modes) {
    return modes ? ppp::in_words(*modes) : std::string("clear data");
  };
  if (came != expectation_.modes) {
    return "expected " + in_words(expectation_.modes) + ", came " + in_words(came);
  }
  held(in_words(came));
  return {};
}

std::string Judge::check_client_data() {
  const RecordedData data = look_at(library_, keys(), recording_, true);
  const auto& server = call_.server;
  if (keys() && !same_in_batches(library_, *keys(), true, data)) return kBatchDiffers;
  if (data.undecryptable > 0) {
    return "expected all of " + count(data.packets, "client packets to be understood, ") +
           count(data.undecryptable, "were not");
  }
  if (server.delivered != data.ipv4 || server.statistics.packets_in != data.ipv4.size()) {
    return "expected " + count(data.ipv4.size(), "IP packets from the client, came ") +
           std::to_string(server.delivered.size()) + "; " + call_.server_words;
  }
  const std::size_t due = data.packets - data.ipv4.size();
  if (const auto dropped = dropped_data(server.statistics.drops); dropped != due) {
    return "expected " + count(due, "dropped packets, came ") + std::to_string(dropped);
  }
  if (data.ipv4.empty() && data.foreign_source > 0) {
    return "expected packets from the address that we gave, none was";
  }
  if (data.packets == 0) {
    held("no data were recorded");
    return {};
  }
  held(std::to_string(data.ipv4.size()) + " of " + count(data.packets, "client packets ") +
       (keys() ? "decrypted and delivered" : "delivered"));
  hold_what_was_dropped(data);
  if (data.behind_gap == 0) return {};
  if (call_.client.reset_requests_received == 0) return "expected a Reset-Request, came none";
  held("a flush asked for " + count(call_.client.reset_requests_received, "times"));
  return {};
}

void Judge::hold_what_was_dropped(const RecordedData& data) {
  const auto dropped = [&](std::size_t number, std::string_view words) {
    if (number > 0) held(count(number, words));
  };
  dropped(data.ipv6, "IPv6 (dropped, as due)");
  dropped(data.foreign_source, "from foreign addresses (dropped, as due)");
  dropped(data.other_protocol, "of other protocols (dropped, as due)");
  dropped(data.in_clear, "in clear beside encryption (dropped, as due)");
  dropped(data.compressed,
          "compressed as the recorded server accepted it (dropped: this one "
          "takes no compression)");
  dropped(data.behind_gap, "behind a gap of the capture's, up to the next flush (dropped, as due)");
  dropped(data.damaged, "damaged (no packet of the client's any more)");
  dropped(data.vj_compressed, server_accepted_vj(recording_)
                                  ? "VJ-compressed, as the recorded server accepted (dropped: this "
                                    "one takes no compression)"
                                  : "VJ-compressed without leave (dropped, as due)");
}

std::string Judge::check_server_data() {
  const auto data_keys = keys();
  if (!data_keys) return {};
  const RecordedData data = look_at(library_, data_keys, recording_, false);
  if (data.encrypted() == 0) return {};
  if (!same_in_batches(library_, *data_keys, false, data)) return kBatchDiffers;
  // What the recorded server encrypted in its own way says nothing about ours.
  if (data.undecryptable > 0) {
    held(count(data.undecryptable, "server packets not understood"));
    return {};
  }
  const EncryptedAgain again = encrypt_again(library_, *data_keys, data);
  if (again.different > 0) {
    return "expected our encryption of " + count(data.encrypted(), "server packets as recorded, ") +
           count(again.different, "differ");
  }
  if (again.same > 0) held(count(again.same, "server packets encrypt as recorded"));
  if (again.undefined > 0) {
    held(count(again.undefined,
               "behind a gap or a reset, where each sender goes on in its own way"));
  }
  return {};
}

std::vector<Cause> Judge::expected_causes() const {
  if (expectation_.reach == Reach::no_common_method) return {Cause::authentication_refused};
  if (expectation_.reach == Reach::login_refused) return {Cause::authentication_failed};
  std::vector<Cause> causes;
  if (expectation_.verdict == ExpectedVerdict::either) {
    causes.push_back(Cause::authentication_failed);
  }
  if (expectation_.reach == Reach::no_encryption && expectation_.rules.encryption.required()) {
    causes.push_back(Cause::encryption_refused);
    if (expectation_.server_ends_alone()) return causes;
  }
  switch (expectation_.end.way) {
    case RecordedEnd::Way::connection_lost:
      causes.push_back(Cause::control_connection_lost);
      break;
    case RecordedEnd::Way::client_terminates:
    case RecordedEnd::Way::client_clears:
    case RecordedEnd::Way::client_stops:
      causes.push_back(Cause::peer_hung_up);
      break;
    case RecordedEnd::Way::server:
      causes.push_back(Cause::kicked);
      break;
  }
  return causes;
}

std::string Judge::check_end() {
  const auto& finished = call_.server.finished;
  if (!finished) return "expected our session to end, but " + call_.server_words;
  observe::Verdict verdict;
  for (const session::Event& event : call_.server.events) verdict.note(event);
  const std::string sentence = verdict.explain(*finished).sentence;
  const std::vector<Cause> expected = expected_causes();
  if (std::ranges::count(expected, finished->cause) == 0) {
    return "expected another end, came: " + sentence;
  }
  if (expectation_.end.way == RecordedEnd::Way::client_terminates &&
      finished->cause == Cause::peer_hung_up && !expectation_.end.reason.empty()) {
    const auto recorded = session::parse_termination(expectation_.end.reason);
    const auto* came = event<session::PeerTerminates>();
    if (came == nullptr || came->ras_error != recorded.ras_error || came->text != recorded.text) {
      return "expected the reason of the client's Terminate-Request";
    }
  }
  const bool by_us = expectation_.end.way == RecordedEnd::Way::server;
  if ((by_us || expectation_.server_ends_alone()) && !call_.client.terminated) {
    return "expected our server to end in good order, with a Terminate-Request";
  }
  held((by_us ? "ended by the server, as recorded: " : "the end: ") + sentence);
  return {};
}

}  // namespace upptpd::replay
