#include "auth/user_secret.hpp"

#include <gtest/gtest.h>

#include <string>

namespace upptpd::auth {
namespace {

// RFC 2759 section 9.2: the password "clientPass" and its NtPasswordHash.
constexpr const char* kPassword = "clientPass";
constexpr const char* kHash = "$NT$44ebba8d5312b8d611474411f56989ae";

class UserSecretTest : public testing::Test {
 protected:
  static UserSecret secret(const char* word) {
    return UserSecret::from_word(SecretString(word)).value();
  }

  crypto::Library library_ = std::move(crypto::Library::load().value());
};

TEST_F(UserSecretTest, GivesTheSameHashForAPasswordAndForItsHash) {
  EXPECT_EQ(to_hex(secret(kPassword).nt_hash(library_).reveal()), kHash + 4);
  EXPECT_EQ(secret(kHash).nt_hash(library_), secret(kPassword).nt_hash(library_));
}

TEST_F(UserSecretTest, HasThePasswordOnlyWhereItIsKnown) {
  ASSERT_NE(secret(kPassword).clear(), nullptr);
  EXPECT_EQ(secret(kPassword).clear()->reveal(), kPassword);
  EXPECT_EQ(secret(kHash).clear(), nullptr);
  EXPECT_EQ(UserSecret().clear()->reveal(), "");
}

TEST_F(UserSecretTest, WordReadsBack) {
  for (const char* word : {kPassword, kHash, "", "$NT", "@login"}) {
    EXPECT_EQ(secret(word).word().reveal(), word);
  }
  EXPECT_EQ(secret("$NT$44EBBA8D5312B8D611474411F56989AE").word().reveal(), kHash);
  EXPECT_EQ(UserSecret(secret(kPassword).nt_hash(library_)), secret(kHash));
}

TEST_F(UserSecretTest, APasswordIsNotTheSameAsItsHash) {
  EXPECT_NE(secret(kPassword), secret(kHash));
  EXPECT_NE(secret(kPassword), secret("clientpass"));
}

TEST_F(UserSecretTest, RefusesAHashThatIsNone) {
  for (const char* word :
       {"$NT$", "$NT$44ebba8d5312b8d611474411f56989a", "$NT$44ebba8d5312b8d611474411f56989ae0",
        "$NT$44ebba8d5312b8d611474411f56989ag", "$NT$44 bba8d5312b8d611474411f56989ae"}) {
    const auto secret = UserSecret::from_word(SecretString(word));
    ASSERT_FALSE(secret) << word;
    EXPECT_EQ(secret.error().message.find("44"), std::string::npos);
  }
}

}  // namespace
}  // namespace upptpd::auth
