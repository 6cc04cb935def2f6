// The address column of chap-secrets, as a line of the file shows it.
#include "auth/address_rule.hpp"

#include <gtest/gtest.h>

#include "auth/secrets_file.hpp"

namespace upptpd::auth {
namespace {

using Severity = Diagnostic::Severity;

Ipv4Address ip(std::string_view text) { return Ipv4Address::parse(text).value(); }

/// What a line permits.
SecretsEntry entry_with(std::string_view addresses) {
  const auto file = SecretsFile::parse("joe * secret " + std::string(addresses));
  EXPECT_EQ(file.entries().size(), 1U) << addresses;
  return file.entries()[0];
}

/// "error 3" for each diagnostic that contains a text.
std::vector<std::string> said(const SecretsFile& file, std::string_view text) {
  std::vector<std::string> out;
  for (const Diagnostic& diagnostic : file.diagnostics()) {
    if (diagnostic.message.find(text) == std::string::npos) continue;
    const char* severity = diagnostic.severity == Severity::error ? "error " : "warning ";
    out.push_back(severity + std::to_string(diagnostic.line));
  }
  return out;
}

using Said = std::vector<std::string>;

TEST(AddressColumn, MissingPermitsNothingAndIsWarnedOf) {
  const auto file = SecretsFile::parse("joe * secret\n");
  EXPECT_EQ(said(file, "write * after the secret"), Said{"warning 1"});
  ASSERT_EQ(file.entries().size(), 1U);
  EXPECT_FALSE(permits_any_address(file.entries()[0]));
  EXPECT_FALSE(permits(file.entries()[0], ip("10.0.0.1")));
}

TEST(AddressColumn, DashStops) {
  EXPECT_FALSE(permits_any_address(entry_with("-")));
  EXPECT_FALSE(permits_any_address(entry_with("- 10.0.0.1")));
  EXPECT_TRUE(permits(entry_with("10.0.0.1 - 10.0.0.2"), ip("10.0.0.1")));
  EXPECT_FALSE(permits(entry_with("10.0.0.1 - 10.0.0.2"), ip("10.0.0.2")));
}

TEST(AddressColumn, StarPermitsAllAndStops) {
  EXPECT_TRUE(permits_any_address(entry_with("*")));
  EXPECT_TRUE(permits(entry_with("*"), ip("10.0.0.1")));
  EXPECT_TRUE(permits(entry_with("* !10.0.0.1"), ip("10.0.0.1")));
}

TEST(AddressColumn, SingleAddressPermitsItself) {
  EXPECT_TRUE(permits(entry_with("10.0.0.1"), ip("10.0.0.1")));
  EXPECT_FALSE(permits(entry_with("10.0.0.1"), ip("10.0.0.2")));
}

TEST(AddressColumn, NetworkPermitsItsAddresses) {
  const auto entry = entry_with("10.0.0.77/24");
  EXPECT_TRUE(permits(entry, ip("10.0.0.1")));
  EXPECT_FALSE(permits(entry, ip("10.0.1.1")));
  EXPECT_TRUE(permits(entry_with("10.0.0.1/32"), ip("10.0.0.1")));
}

TEST(AddressColumn, NetworkWithPlusPermitsItsHosts) {
  const auto file = SecretsFile::parse("joe * secret 10.0.0.0/24+");
  const SecretsEntry& entry = file.entries()[0];
  EXPECT_TRUE(permits(entry, ip("10.0.0.1")));
  EXPECT_TRUE(permits(entry, ip("10.0.0.254")));
  EXPECT_FALSE(permits(entry, ip("10.0.0.0")));
  EXPECT_FALSE(permits(entry, ip("10.0.0.255")));
  EXPECT_FALSE(permits(entry, ip("10.0.1.1")));
  EXPECT_EQ(said(file, "no interface units"), Said{"warning 1"});
}

TEST(AddressColumn, ExclamationMarkDenies) {
  const auto entry = entry_with("!10.0.0.1 !10.0.1.0/24 *");
  EXPECT_FALSE(permits(entry, ip("10.0.0.1")));
  EXPECT_FALSE(permits(entry, ip("10.0.1.9")));
  EXPECT_TRUE(permits(entry, ip("10.0.0.2")));
}

TEST(AddressColumn, FirstMatchWins) {
  const auto entry = entry_with("10.0.0.1 !10.0.0.0/24 10.0.0.2 10.0.0.0/16");
  EXPECT_TRUE(permits(entry, ip("10.0.0.1")));
  EXPECT_FALSE(permits(entry, ip("10.0.0.2")));
  EXPECT_TRUE(permits(entry, ip("10.0.1.1")));
}

TEST(AddressColumn, DeniesWhatNothingMatches) {
  EXPECT_FALSE(permits(entry_with("!10.0.0.1"), ip("10.0.0.2")));
  EXPECT_FALSE(permits_any_address(entry_with("!10.0.0.1")));
}

TEST(AddressColumn, LoopbackMulticastAndClassEAreAlwaysRefused) {
  for (const char* address : {"127.0.0.1", "127.255.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
                              "255.255.255.255", "0.0.0.0"}) {
    EXPECT_FALSE(permits(entry_with("*"), ip(address))) << address;
    EXPECT_FALSE(permits(entry_with(address), ip(address))) << address;
    EXPECT_EQ(fixed_address(entry_with(address)), std::nullopt) << address;
  }
}

TEST(AddressColumn, ItemThatIsNotUnderstoodIsAnErrorAndSkipped) {
  for (const char* item : {"host.example.org", "10.0.0", "10.0.0.0/0", "10.0.0.0/33", "10.0.0.1+",
                           "10.0.0.0/31+", "10.0.0.0/24x", "10.0.0.0/"}) {
    const auto file = SecretsFile::parse("\njoe * secret " + std::string(item) + " 10.9.9.9");
    EXPECT_EQ(said(file, "item 1 of the address column"), Said{"error 2"}) << item;
    ASSERT_EQ(file.entries().size(), 1U);
    EXPECT_TRUE(permits(file.entries()[0], ip("10.9.9.9")));
    EXPECT_EQ(file.entries()[0].addresses.size(), 1U);
  }
}

TEST(AddressColumn, DenialThatIsNotUnderstoodTakesTheLineWithIt) {
  for (const char* item : {"!host.example.org", "!*", "!-", "!"}) {
    const auto file = SecretsFile::parse("joe * secret " + std::string(item) + " *");
    EXPECT_EQ(said(file, "no restriction is lost"), Said{"error 1"}) << item;
    EXPECT_TRUE(file.entries().empty());
  }
}

TEST(AddressColumn, FixedAddressIsTheFirstSingleHost) {
  EXPECT_EQ(fixed_address(entry_with("10.0.0.0/24 10.0.0.5 10.0.0.6")), ip("10.0.0.5"));
  EXPECT_EQ(fixed_address(entry_with("10.0.0.5/32 *")), ip("10.0.0.5"));
  EXPECT_EQ(fixed_address(entry_with("*")), std::nullopt);
  EXPECT_EQ(fixed_address(entry_with("10.0.0.0/24")), std::nullopt);
}

TEST(AddressColumn, FixedAddressIsOneThatIsPermitted) {
  EXPECT_EQ(fixed_address(entry_with("!10.0.0.5 10.0.0.0/24 10.0.0.5 10.0.0.6")), ip("10.0.0.6"));
}

TEST(AddressColumn, RulesAreShownAsTheyAreWritten) {
  for (const char* item :
       {"*", "10.0.0.5", "!10.0.0.5", "10.0.0.0/24", "!10.0.0.0/1", "10.0.0.0/24+"}) {
    EXPECT_EQ(entry_with(item).addresses.at(0).to_string(), item);
  }
}

}  // namespace
}  // namespace upptpd::auth
