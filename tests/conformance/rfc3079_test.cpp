// MPPE keys: the example of RFC 3079 section 3.5 (with its errata), and the keys of recorded
// Windows sessions.
#include <gtest/gtest.h>

#include "mppe/decryptor.hpp"
#include "mppe/encryptor.hpp"
#include "mppe/master_keys.hpp"
#include "mppe/session_key.hpp"

namespace upptpd::mppe {
namespace {

const crypto::Library& library() {
  static const crypto::Library loaded = crypto::Library::load().value();
  return loaded;
}

Secret<16> secret(const char* hex) {
  const Bytes bytes = from_hex(hex);
  EXPECT_EQ(bytes.size(), 16U);
  Secret<16> out;
  std::copy_n(bytes.begin(), 16, out.overwrite().begin());
  return out;
}

/// The session of RFC 2759 section 9.2.
StartKeys rfc_keys(Role role) {
  const auto master = master_key(secret("41C00C584BD2D91C4017A2A12FA59F3F"),
                                 from_hex("82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF"));
  EXPECT_EQ(to_upper_hex(master.reveal()), "FDECE3717A8C838CB388E527AE3CDD31");
  return start_keys(master, role);
}

TEST(Rfc3079, StartKeysOfBothSidesMeet) {
  const StartKeys server = rfc_keys(Role::server);
  const StartKeys client = rfc_keys(Role::client);
  EXPECT_EQ(to_upper_hex(server.send.reveal()), "8B7CDC149B993A1BA118CB153F56DCCB");
  EXPECT_EQ(to_upper_hex(server.receive.reveal()), "D5F0E9521E3EA9589645E86051C82226");
  EXPECT_TRUE(server.send == client.receive);
  EXPECT_TRUE(server.receive == client.send);
}

std::string encrypted(const SessionKey& key, std::string_view text) {
  crypto::Rc4 rc4(library());
  Bytes bytes = to_bytes(text);
  rc4.set_key(key.reveal());
  rc4.apply(bytes);
  return to_upper_hex(bytes);
}

struct Expected {
  Strength strength;
  const char* initial;
  const char* test_message;
  const char* changed[3];  // after one, two and three changes
};

// Server to client. The RFC prints the last octet of the 56-bit message as 58: an erratum, it is
// B8.
constexpr Expected kExpected[] = {
    {Strength::bits40,
     "D1269EC49FA62E3E",
     "929137917E5803D668D75898",
     {"D1269ECE4D98D181", "D1269EDEEFBD8AFF", "D1269EB1A7FCB215"}},
    {Strength::bits56,
     "D15C00C49FA62E3E",
     "3F106833FA448DA842BC57B8",
     {"D16182A2AB481407", "D178CC274F63FAF1", "D1894870DAAB684A"}},
    {Strength::bits128,
     "405CB2247A7956E6E211007AE27B22D4",
     "81848317DF68846272FB5ABE",
     {"726F10500E2B54135B1B74D7682F0471", "2805BC7869BEC825573A7803E95A3ACD",
      "58128C36CABD54968139FD94B5883D4A"}},
};

TEST(Rfc3079, SessionKeysOfAllStrengths) {
  const StartKeys keys = rfc_keys(Role::server);
  for (const Expected& expected : kExpected) {
    SessionKey key(library(), expected.strength, keys.send);
    EXPECT_EQ(to_upper_hex(key.reveal()), expected.initial);
    EXPECT_EQ(encrypted(key, "test message"), expected.test_message);
    for (const char* changed : expected.changed) {
      key.change();
      EXPECT_EQ(to_upper_hex(key.reveal()), changed);
    }
  }
}

// Client to server, which the RFC does not print.
TEST(Rfc3079, SessionKeysOfTheOtherDirection) {
  const Secret<16> start_key = rfc_keys(Role::server).receive;
  const auto expect = [&](Strength strength, const char* initial, const char* test_message) {
    const SessionKey key(library(), strength, start_key);
    EXPECT_EQ(to_upper_hex(key.reveal()), initial);
    EXPECT_EQ(encrypted(key, "test message"), test_message);
  };
  expect(Strength::bits40, "D1269ED2AE999038", "DA2FFC50B22612D41FA7F2BB");
  expect(Strength::bits56, "D16A9BD2AE999038", "4AB6DF617437264825FB655C");
  expect(Strength::bits128, "49D11D0F0CC6BEFBA2A9B4B688F91EEE", "B56CA95695E14ACB15F1BA3C");
}

struct Recorded {
  const char* start_key;
  const char* payload;  // MPPE header and data
  const char* clear;
};

// Windows 7, 2000 and 7 again: the first packet of each direction, and one 256 packets later in a
// session.
constexpr Recorded kRecorded[] = {
    {"f47f7460117d0275ea0af343fcd3092f",
     "9000e79c9730a73cebec643fe09dea0a49396bf88c208aced654b3c65c23b1d838a5b98a61290219d4812e14",
     "0021460000280000000001028127c0a802eae0000016940400002200ea030000000104000000effffffa"},
    {"5feb418becd3d469e35a579c206297d0",
     "90000e55bc7331b4cb89d6f49a82be2c59345b08192f4a7447d9c2d1a27088607ca1618f7a5fd741127f787c",
     "00214600002800000000010258a2c0a82b6fe0000016940400002200f9010000000104000000e00000fc"},
    {"b34084a4b243be1aa89b97ccaf0782e3",
     "9000aa08ca24b704f5036dbc3b8b7943151cf6aed8e8d92763cc9b475b391fb7c143e8157045efb75b2740cf4ea4e"
     "e4df5479fa20c5f79"
     "2c",
     "0021450000343a19000074062954cbd02b6fc0a82b6f01bbcc362f7700eddc75271d8012ffff8a240000020405500"
     "1010402010303"
     "08"},
    {"5feb418becd3d469e35a579c206297d0",
     "9100d850d47468bf3235f0b7229f2b1689a71fa2826a52121d1bf9593a678abde46e8c9644351d3d89825ba89cd4f"
     "fddcd480a0af908e7"
     "5a",
     "002145000034010040008006a38ec0a82b6f1f0d4b11cc4801bbcbbdb4f20000000080022000aa8a0000020405500"
     "10303080101040"
     "2"},
};

TEST(Mppe, DecryptsAndEncryptsWhatWindowsSent) {
  for (const Recorded& recorded : kRecorded) {
    PacketPool pool(1);
    Packet packet = pool.take();
    ASSERT_TRUE(packet->assign(from_hex(recorded.payload)));
    Decryptor decryptor(library(), Mode{}, secret(recorded.start_key));
    EXPECT_FALSE(decryptor.decrypt(*packet));
    EXPECT_EQ(to_hex(packet->view()), recorded.clear);
    if (std::string_view(recorded.payload).starts_with("9000")) {
      Encryptor encryptor(library(), Mode{}, secret(recorded.start_key));
      encryptor.encrypt(*packet);
      EXPECT_EQ(to_hex(packet->view()), recorded.payload);
    }
  }
}

// Section 2.5. Its step 3 of 128 bits prints ...ACCA..., an erratum; step 4 has it right.
TEST(Rfc3079, KeysOfMsChapV1) {
  const Secret<16> nt_hash_hash = secret("41C00C584BD2D91C4017A2A12FA59F3F");
  const Bytes lm_hash = from_hex("76a152936096d783");
  const Bytes challenge = from_hex("102db5df085d3041");
  const auto keys = [&](Strength strength) {
    return ms_chap_v1_start_keys(strength, View(lm_hash).first<8>(), nt_hash_hash,
                                 View(challenge).first<8>());
  };
  EXPECT_EQ(to_hex(keys(Strength::bits128).send.reveal()), "a8947850cfc0acc1d1789fb62ddcddb0");
  const auto initial = [&](Strength strength) {
    return to_hex(SessionKey(library(), strength, keys(strength).send).reveal());
  };
  EXPECT_EQ(initial(Strength::bits40), "d1269e538cec4a08");
  EXPECT_EQ(initial(Strength::bits56), "d10801538cec4a08");
  EXPECT_EQ(initial(Strength::bits128), "59d159bc09f76f1da2a86a28ffec0b1e");
  for (const Strength strength : {Strength::bits40, Strength::bits128}) {
    EXPECT_TRUE(keys(strength).send == keys(strength).receive) << "one key for both directions";
  }
}

}  // namespace
}  // namespace upptpd::mppe
