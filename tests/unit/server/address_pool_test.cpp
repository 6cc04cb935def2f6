#include "server/address_pool.hpp"

#include <gtest/gtest.h>

namespace upptpd::server {
namespace {

Ipv4Address address(const char* text) { return *Ipv4Address::parse(text); }

/// A user whose address column says `column`.
auth::SecretsFile user(const std::string& column) {
  return auth::SecretsFile::parse("bob * pw " + column + "\n");
}

class AddressPoolTest : public testing::Test {
 protected:
  Result<Lease> lease(const std::string& column) {
    const auto file = user(column);
    return pool_.lease(*file.find("bob", "pptpd"), outer_peer_);
  }

  Ipv4Address outer_peer_ = address("203.0.113.7");
  AddressPool pool_{
      {{address("10.0.0.10"), address("10.0.0.12")}, {address("10.0.1.1"), address("10.0.1.1")}},
      {address("10.0.0.11")}};
};

TEST_F(AddressPoolTest, GivesEachAddressOnceAndNeverAReservedOne) {
  std::vector<Lease> leases;
  std::set<Ipv4Address> given;
  for (int i = 0; i < 3; ++i) {
    leases.push_back(lease("*").value());
    given.insert(leases.back().address());
  }
  EXPECT_EQ(given, (std::set{address("10.0.0.10"), address("10.0.0.12"), address("10.0.1.1")}));
  EXPECT_FALSE(lease("*"));
}

TEST_F(AddressPoolTest, AnAddressComesBackWithItsLease) {
  { const auto a = lease("10.0.0.10"); }
  const auto again = lease("10.0.0.10");
  EXPECT_EQ(again->address(), address("10.0.0.10"));
}

TEST_F(AddressPoolTest, AFixedAddressNeedNotBeInThePool) {
  EXPECT_EQ(lease("172.16.0.5")->address(), address("172.16.0.5"));
}

TEST_F(AddressPoolTest, AFixedAddressInUseIsNotGivenTwice) {
  const auto first = lease("172.16.0.5");
  const auto second = lease("172.16.0.5");
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("172.16.0.5 is in use"), std::string::npos);
}

TEST_F(AddressPoolTest, TakesOnlyWhatTheColumnPermits) {
  EXPECT_EQ(lease("10.0.1.0/24")->address(), address("10.0.1.1"));
  EXPECT_FALSE(lease("192.168.0.0/16"));
  EXPECT_FALSE(lease("-"));
}

TEST_F(AddressPoolTest, NeverGivesAClientItsOwnOuterAddress) {
  outer_peer_ = address("10.0.0.10");
  EXPECT_FALSE(lease("10.0.0.10"));
  EXPECT_EQ(lease("10.0.0.0/24")->address(), address("10.0.0.12"));
}

TEST_F(AddressPoolTest, AnAddressRestsAsLongAsPossible) {
  const Ipv4Address first = lease("*")->address();
  const Ipv4Address second = lease("*")->address();
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace upptpd::server
