// Arbitrary packets to a decryptor, between good ones of its peer.
#include <algorithm>

#include "core/check.hpp"
#include "core/reader.hpp"
#include "mppe/decryptor.hpp"
#include "mppe/encryptor.hpp"
#include "support/crypto_library.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::mppe;

class DecryptorUnderAttack {
 public:
  explicit DecryptorUnderAttack(std::uint8_t kind)
      : mode_{kind % 3 == 0   ? Strength::bits40
              : kind % 3 == 1 ? Strength::bits56
                              : Strength::bits128,
              kind % 2 == 0} {}

  void run(View script) {
    Reader reader(script);
    // Each gap costs thousands of key changes: a few of them say all.
    for (int packets = 0; reader.left() > 0 && packets < 32; ++packets) {
      const std::uint8_t what = reader.u8();
      if (what % 4 == 0) {
        for (int lost = what / 4; lost > 0; --lost) seal();
        expect_good(what / 4 > 0);
      } else {
        attack(reader.bytes(std::min<std::size_t>(what, reader.left())));
      }
    }
  }

 private:
  static constexpr const char* kPacket = "0021 45000004";

  Packet seal() {
    Packet packet = pool_.take();
    check(packet->assign(from_hex(kPacket)));
    encryptor_.encrypt(*packet);
    return packet;
  }

  /// A good packet comes through while nobody has forged a count: after a loss, once the stateful
  /// key was flushed.
  void expect_good(bool lost) {
    Packet packet = seal();
    auto reason = decryptor_.decrypt(*packet);
    if (decryptor_.awaits_flush()) {
      check(!mode_.stateless && (lost || forged_) && reason);
      encryptor_.flush();
      packet = seal();
      reason = decryptor_.decrypt(*packet);
    }
    if (forged_) return;
    check(!reason && View(packet->view()).size() == from_hex(kPacket).size());
    check(std::ranges::equal(std::as_const(*packet).view(), from_hex(kPacket)));
  }

  void attack(View contents) {
    const Packet packet = pool_.take();
    check(packet->assign(contents));
    const auto reason = decryptor_.decrypt(*packet);
    if (!reason) {
      forged_ = true;
      check(packet->size() + Header::kSize == contents.size());
      return;
    }
    check(packet->size() == contents.size());
    // What was discarded may have moved the key.
    if (*reason == DropReason::mppe_lost) forged_ = true;
    const bool well_formed = contents.size() >= 2 && (contents[0] & 0x70) == 0x10 &&
                             (!mode_.stateless || (contents[0] & 0x80) != 0);
    check((*reason == DropReason::mppe_malformed) != well_formed);
  }

  PacketPool pool_{4};
  Secret<16> key_{std::array<std::uint8_t, 16>{7}};
  Mode mode_;
  Encryptor encryptor_{library(), mode_, key_};
  Decryptor decryptor_{library(), mode_, key_};
  bool forged_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  DecryptorUnderAttack(data[0]).run(View(data, size).subspan(1));
  return 0;
}
