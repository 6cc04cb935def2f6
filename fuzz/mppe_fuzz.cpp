// Arbitrary packets to a decryptor, between good ones of its peer.
#include <algorithm>

#include "core/check.hpp"
#include "core/reader.hpp"
#include "mppe/decryptor.hpp"
#include "mppe/encryptor.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::mppe;

const crypto::Library& library() {
  static const crypto::Library loaded = crypto::Library::load().value();
  return loaded;
}

class DecryptorUnderAttack {
 public:
  void run(View script) {
    Reader reader(script);
    // Each gap costs thousands of key changes: a few of them say all.
    for (int packets = 0; reader.left() > 0 && packets < 32; ++packets) {
      const std::uint8_t what = reader.u8();
      if (what % 4 == 0) {
        for (int lost = what / 4; lost > 0; --lost) seal();
        expect_good();
      } else {
        attack(reader.bytes(std::min<std::size_t>(what, reader.left())));
      }
    }
  }

 private:
  Packet seal() {
    Packet packet = pool_.take();
    check(packet->assign(from_hex("0021 45000000")));
    encryptor_.encrypt(*packet);
    return packet;
  }

  /// A good packet comes through while nobody has forged a count.
  void expect_good() {
    const Packet packet = seal();
    const auto reason = decryptor_.decrypt(*packet);
    if (forged_) return;
    check(!reason && to_hex(packet->view()) == "002145000000");
  }

  void attack(View contents) {
    const Packet packet = pool_.take();
    check(packet->assign(contents));
    const auto reason = decryptor_.decrypt(*packet);
    if (!reason) {
      forged_ = true;
      check(packet->size() + Header::kSize == contents.size());
    } else if (*reason == DropReason::mppe_malformed) {
      check(contents.size() < 2 || (contents[0] & 0xf0) != 0x90);
    } else {
      check(*reason == DropReason::mppe_late);
    }
  }

  PacketPool pool_{4};
  Secret<16> key_{std::array<std::uint8_t, 16>{7}};
  Encryptor encryptor_{library(), Strength::bits128, key_};
  Decryptor decryptor_{library(), Strength::bits128, key_};
  bool forged_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  DecryptorUnderAttack().run(View(data, size));
  return 0;
}
