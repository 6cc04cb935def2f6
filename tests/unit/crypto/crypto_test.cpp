#include <gtest/gtest.h>

#include "crypto/des.hpp"
#include "crypto/digest.hpp"
#include "crypto/rc4.hpp"
#include "crypto/sha1.hpp"

namespace upptpd::crypto {
namespace {

const Library& library() {
  static const Library loaded = Library::load().value();
  return loaded;
}

// RFC 1320 A.5, RFC 3174 7.3.
TEST(Digest, Md4OfTheRfc) {
  EXPECT_EQ(to_hex(md4(library(), as_view("abc"))), "a448017aaf21d8525fc10ae87aa6729d");
}

// RFC 1321 A.5.
TEST(Digest, Md5TakesItsInputInPieces) {
  EXPECT_EQ(to_hex(md5(library(), {as_view("message"), {}, as_view(" digest")})),
            "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(to_hex(md5(library(), {})), "d41d8cd98f00b204e9800998ecf8427e");
}

TEST(Sha1, TakesItsInputInPieces) {
  EXPECT_EQ(to_hex(sha1({as_view("ab"), as_view("c")})),
            "a9993e364706816aba3e25717850c26c9cd0d89d");
}

// RFC 2759 section 9.3.
TEST(Des, InsertsParityAsTheRfcShows) {
  const Bytes hash = from_hex("FC156AF7EDCD6C0EDDE3337D427F4EAC");
  const View view(hash);
  EXPECT_EQ(to_upper_hex(des_key_with_parity(view.first<7>())), "FD0B5B5E7F6E34D9");
  EXPECT_EQ(to_upper_hex(des_key_with_parity(view.subspan<7, 7>())), "0E6E796737EA08FE");
}

// FIPS 81: "Now is t" under the key 0123456789abcdef, whose 7-octet form leaves the parity bits
// out.
TEST(Des, EncryptsOneBlock) {
  const Bytes key = from_hex("00451338957377");
  const Bytes clear = to_bytes("Now is t");
  EXPECT_EQ(to_hex(des_key_with_parity(View(key).first<7>())), "0123456789abcdef");
  EXPECT_EQ(to_hex(des_encrypt(library(), View(clear).first<8>(), View(key).first<7>())),
            "3fa40e8a984d4815");
}

// RFC 6229 has no short plaintexts; this is the classic vector of key "Key".
TEST(Rc4, StartsItsKeyStreamAnewWithEachKey) {
  Rc4 rc4(library());
  for (int round = 0; round < 2; ++round) {
    Bytes text = to_bytes("Plaintext");
    rc4.set_key(as_view("Key"));
    rc4.apply(text);
    EXPECT_EQ(to_upper_hex(text), "BBF316E8D940AF0AD3");
  }
}

TEST(Rc4, TakesKeysOfSeveralLengths) {
  Rc4 rc4(library());
  for (std::size_t size : {8U, 16U, 8U}) {
    const Bytes key(size, 7);
    Bytes text = to_bytes("text");
    rc4.set_key(key);
    rc4.apply(text);
    rc4.set_key(key);
    rc4.apply(text);
    EXPECT_EQ(text, to_bytes("text"));
  }
}

}  // namespace
}  // namespace upptpd::crypto
