// Arbitrary packets at arbitrary times to an authenticator of either kind, whose verdicts come when
// they like.
#include <algorithm>
#include <memory>

#include "auth/chap.hpp"
#include "auth/pap.hpp"
#include "core/check.hpp"
#include "core/reader.hpp"
#include "support/random_sources.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::auth;

constexpr unsigned kRetries = 2;

class AuthenticatorUnderAttack {
 public:
  explicit AuthenticatorUnderAttack(std::uint8_t kind) : rechallenges_(kind % 16 >= 8) {
    using Method = ppp::AuthMethod;
    constexpr Method kMethods[] = {Method::ms_chap_v2, Method::ms_chap_v1, Method::chap_md5,
                                   Method::pap};
    const Method method = kMethods[kind % 4];
    if (method == Method::pap) {
      login_ = std::make_unique<PapAuthenticator>(PapAuthenticator::Settings{}, now_);
      return;
    }
    ChapAuthenticator::Settings settings;
    settings.method = method;
    settings.server_name = "fuzz";
    settings.retries = kind % 8 >= 4 ? kRetries : 0;
    settings.password_change = kind % 8 >= 4;
    settings.rechallenge = std::chrono::seconds(rechallenges_ ? 60 : 0);
    login_ = std::make_unique<ChapAuthenticator>(std::move(settings), random_, now_);
  }

  void run(View script) {
    drain();
    Reader reader(script);
    while (reader.left() > 0 && !given_up_) {
      const std::uint8_t what = reader.u8();
      if (what % 8 == 0) {
        now_ += std::chrono::milliseconds(64 * what);
        login_->advance(now_);
      } else if (what % 32 == 1) {
        login_->answer(LoginAccepted{.user = "bob", .success_message = "S="}, now_);
      } else if (what % 32 == 2) {
        const auto failure = static_cast<LoginFailure>(what / 32 * 2);
        login_->answer(LoginRefused{failure}, now_);
      } else {
        receive(reader, what);
      }
      drain();
      check(given_up_ || !login_->deadline() || *login_->deadline() > now_);
    }
  }

 private:
  /// As it comes, or made a little more like what is waited for.
  void receive(Reader& reader, std::uint8_t what) {
    const View body = reader.bytes(std::min<std::size_t>(reader.u8(), reader.left()));
    Bytes packet(body.begin(), body.end());
    if (what % 2 == 0 && packet.size() >= 5) {
      const bool change = what % 32 == 4;
      packet.resize(std::max<std::size_t>(packet.size(), change ? 586 : 60));
      packet[0] = change ? 7 : login_->protocol() == ppp::Protocol::pap ? 1 : 2;
      packet[1] = identifier_;
      packet[2] = static_cast<std::uint8_t>(packet.size() >> 8);
      packet[3] = static_cast<std::uint8_t>(packet.size() & 0xff);
      if (!change) packet[4] = what % 64 < 32 ? 49 : 16;
    }
    login_->receive(packet, now_);
  }

  void drain() {
    while (const auto output = login_->next_output()) {
      std::visit([this](const auto& event) { on(event); }, *output);
    }
  }

  void on(const LoginExchange::Send& sent) {
    const auto parsed = ppp::ControlPacket::parse(sent.packet);
    check(parsed.has_value());
    if (login_->protocol() == ppp::Protocol::chap) identifier_ = parsed->identifier;
  }
  void on(const LoginExchange::Verify& verify) {
    check(!over_ && verify.request.name.size() <= 256);
    ++verifications_;
    check(rechallenges_ || verifications_ <= 1 + kRetries + 1);
  }
  void on(const LoginExchange::Succeeded&) {
    ++successes_;
    check(verifications_ > 0 && !over_ && (rechallenges_ || successes_ == 1));
  }
  void on(const LoginExchange::Failed& failed) {
    check(verifications_ > 0 && !over_);
    over_ = !failed.may_try_again;
  }
  /// Its owner ends the link, and with it this.
  void on(const LoginExchange::NoAnswer&) { given_up_ = true; }
  void on(const LoginExchange::Dropped&) {}

  CountingRandom random_;
  Instant now_;
  bool rechallenges_;
  std::unique_ptr<LoginExchange> login_;
  std::uint8_t identifier_ = 1;
  unsigned verifications_ = 0;
  unsigned successes_ = 0;
  bool over_ = false;
  bool given_up_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  AuthenticatorUnderAttack(data[0]).run(View(data, std::min<std::size_t>(size, 4096)).subspan(1));
  return 0;
}
