#include "replay.hpp"

#include "judge.hpp"

namespace upptpd::replay {
namespace {

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

/// A PAP login that was accepted says the password itself.
std::vector<Login> with_what_was_said(std::vector<Login> logins, const RecordedLogin& login) {
  if (logins.empty() && login.method == ppp::AuthMethod::pap && login.success) {
    logins.push_back({login.user, {login.proof.begin(), login.proof.end()}});
  }
  return logins;
}

Outcome replay_one(const crypto::Library& library, Recording recording,
                   const std::vector<Login>& known) {
  const RecordedLogin login = find_login(recording);
  if (!login.why_not.empty()) return {Outcome::Kind::skip, login.why_not};
  const std::vector<Login> logins = with_what_was_said(known, login);
  if (login.response != nullptr && logins.empty()) {
    return {Outcome::Kind::skip, "no password is known for it"};
  }
  const auth::SecretsFile users = secrets_of(logins);
  Expectation expectation = expect(library, recording, logins);
  ReplayedCall call = replay_call(library, recording, expectation, users);
  // Only with the keys of the first run it can be known what to leave out.
  const auto cut = remove_cut_packets(library, find_keys(expectation, call), recording);
  if (cut > 0) {
    expectation = expect(library, recording, logins);
    call = replay_call(library, recording, expectation, users);
  }
  Outcome outcome = Judge(library, recording, expectation, call).judge();
  if (cut > 0) outcome.words += ", without " + std::to_string(cut) + " cut short by the capture";
  return outcome;
}

}  // namespace

Outcome replay(const crypto::Library& library, const Capture& capture,
               const std::vector<Login>& logins) {
  const auto calls = find_calls(capture);
  if (!calls) return {Outcome::Kind::skip, calls.error().message};
  Outcome whole;
  for (std::size_t i = 0; i < calls->size(); ++i) {
    const Outcome outcome = replay_one(library, (*calls)[i], logins);
    const bool failed = whole.kind == Outcome::Kind::fail || outcome.kind == Outcome::Kind::fail;
    const bool ok = whole.kind == Outcome::Kind::ok || outcome.kind == Outcome::Kind::ok;
    whole.kind = failed ? Outcome::Kind::fail : ok ? Outcome::Kind::ok : Outcome::Kind::skip;
    if (i > 0) whole.words += "; ";
    if (calls->size() > 1) whole.words += "call " + std::to_string(i + 1) + ": ";
    whole.words += outcome.words;
  }
  return whole;
}

}  // namespace upptpd::replay
