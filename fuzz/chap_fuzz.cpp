// Arbitrary packets at arbitrary times to an authenticator, whose verdicts come when they like.
#include <algorithm>

#include "auth/chap.hpp"
#include "core/check.hpp"
#include "core/reader.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::auth;

class CountingRandom : public RandomSource {
 public:
  void fill(MutableView out) override {
    for (std::uint8_t& octet : out) octet = ++next_;
  }

 private:
  std::uint8_t next_ = 0;
};

class AuthenticatorUnderAttack {
 public:
  void run(View script) {
    drain();
    Reader reader(script);
    while (reader.left() > 0) {
      const std::uint8_t what = reader.u8();
      if (what % 8 == 0) {
        now_ += std::chrono::milliseconds(64 * what);
        chap_.advance(now_);
      } else if (what % 32 == 1) {
        chap_.answer(LoginAccepted{"bob", "S=", {}}, now_);
      } else if (what % 32 == 2) {
        chap_.answer(LoginRefused{}, now_);
      } else {
        receive(reader, what);
      }
      drain();
      check(!chap_.deadline() || *chap_.deadline() > now_);
    }
  }

 private:
  void receive(Reader& reader, std::uint8_t what) {
    const View body = reader.bytes(std::min<std::size_t>(reader.u8(), reader.left()));
    Bytes packet(body.begin(), body.end());
    if (what % 2 == 0 && packet.size() >= 5) {
      packet.resize(std::max<std::size_t>(packet.size(), 60));
      packet[0] = 2;
      packet[1] = 1;
      packet[2] = 0;
      packet[3] = static_cast<std::uint8_t>(packet.size());
      packet[4] = 49;
    }
    chap_.receive(packet, now_);
  }

  void drain() {
    while (const auto output = chap_.next_output()) {
      std::visit([this](const auto& event) { on(event); }, *output);
    }
  }

  void on(const ChapAuthenticator::Send& sent) {
    check(ppp::ControlPacket::parse(sent.packet).has_value());
    if (sent.packet[0] == 1) {
      check(verdicts_ == 0);
      check(challenge_.empty() || challenge_ == sent.packet);  // always the same one
      challenge_ = sent.packet;
    } else {
      check(verifications_ == 1);
      check(decision_.empty() || decision_ == sent.packet);  // and never two opinions
      decision_ = sent.packet;
    }
  }
  void on(const ChapAuthenticator::Verify& verify) {
    check(++verifications_ == 1 && verify.request.name.size() <= 256);
  }
  void on(const ChapAuthenticator::Succeeded&) { check(++verdicts_ == 1); }
  void on(const ChapAuthenticator::Failed&) { check(++verdicts_ == 1); }
  void on(const ChapAuthenticator::NoAnswer&) { check(verifications_ == 0); }

  CountingRandom random_;
  Instant now_;
  ChapAuthenticator chap_{{.server_name = "fuzz", .policy = {}}, random_, now_};
  Bytes challenge_;
  Bytes decision_;
  int verifications_ = 0;
  int verdicts_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  AuthenticatorUnderAttack().run(View(data, std::min<std::size_t>(size, 4096)));
  return 0;
}
