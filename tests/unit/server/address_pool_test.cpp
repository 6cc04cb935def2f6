#include "server/address_pool.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace upptpd::server {
namespace {

Ipv4Address address(const char* text) { return *Ipv4Address::parse(text); }

std::string secrets(const std::string& user, const std::string& column) {
  return user + " * pw " + column + "\n";
}

class AddressPoolTest : public testing::Test {
 protected:
  /// For a user whose address column says `column`; the file has `others`, too.
  Result<Lease> lease(const std::string& column, const std::string& user = "bob") {
    const auto file = auth::SecretsFile::parse(secrets(user, column) + others_);
    return pool_.lease({user, *file.find(user, "pptpd"), file.fixed_addresses(), outer_peer_});
  }
  std::string refusal(const std::string& column, const std::string& user = "bob") {
    const auto given = lease(column, user);
    return given ? "given " + given->address().to_string() : given.error().message;
  }
  /// What a user gets who comes and goes.
  Ipv4Address visit(const std::string& user, const std::string& column = "*") {
    return lease(column, user)->address();
  }

  Ipv4Address outer_peer_ = address("203.0.113.7");
  std::string others_;
  AddressPool pool_{
      {{address("10.0.0.10"), address("10.0.0.12")}, {address("10.0.1.1"), address("10.0.1.1")}},
      {address("10.0.0.11")}};
};

TEST_F(AddressPoolTest, GivesEachAddressOnceAndNeverAReservedOne) {
  std::list<Lease> leases;
  std::set<Ipv4Address> given;
  for (int i = 0; i < 3; ++i) {
    leases.push_back(lease("*").value());
    given.insert(leases.back().address());
  }
  EXPECT_EQ(given, (std::set{address("10.0.0.10"), address("10.0.0.12"), address("10.0.1.1")}));
  EXPECT_EQ(refusal("*"), "all addresses of network.client_ips are in use");
  leases.pop_front();
  EXPECT_TRUE(lease("*", "eve")) << "the next one after one has left";
}

TEST_F(AddressPoolTest, AnAddressComesBackWithItsLease) {
  { const auto a = lease("10.0.0.10"); }
  const auto again = lease("10.0.0.10");
  EXPECT_EQ(again->address(), address("10.0.0.10"));
}

TEST_F(AddressPoolTest, LeasesOutliveTheirRange) {
  auto old = std::make_optional(lease("*").value());
  const Ipv4Address before = old->address();
  visit("eve");
  pool_.set_pools({{address("10.0.2.1"), address("10.0.2.2")}}, {});
  EXPECT_TRUE(pool_.in_use(before));
  EXPECT_EQ(visit("eve"), address("10.0.2.1")) << "her last one is no range any more";
  old.reset();
  EXPECT_FALSE(pool_.in_use(before));
  EXPECT_EQ(visit("bob"), address("10.0.2.2"));
  pool_.set_pools({{before, before}}, {});
  EXPECT_EQ(visit("anybody"), before) << "nobody is remembered to have had it";
}

TEST_F(AddressPoolTest, AUserGetsTheSameAddressAgain) {
  const Ipv4Address bobs = visit("bob");
  const Ipv4Address eves = visit("eve");
  EXPECT_NE(bobs, eves) << "while nobody had the others";
  EXPECT_EQ(visit("bob"), bobs);
  EXPECT_EQ(visit("eve"), eves);
  EXPECT_EQ(visit("bob"), bobs);
}

TEST_F(AddressPoolTest, AnotherAddressWhileTheOwnOneIsTaken) {
  const auto first = lease("*");
  const auto second = lease("*");
  EXPECT_NE(first->address(), second->address());
}

TEST_F(AddressPoolTest, TheAddressThatRestedLongestGoesToANewUserAndIsForgotten) {
  const Ipv4Address a = visit("a");
  const Ipv4Address b = visit("b");
  const Ipv4Address c = visit("c");
  visit("a");
  const auto held = lease("*", "d");
  EXPECT_EQ(held->address(), b);
  EXPECT_EQ(visit("a"), a);
  EXPECT_EQ(visit("b"), c) << "its own is taken";
  EXPECT_EQ(visit("b"), c);
}

TEST_F(AddressPoolTest, AnAddressThatItsUserWouldNotGetAgainGoesFirst) {
  visit("eve");
  {
    auto former = std::make_optional(lease("*").value());
    const auto last = lease("*");
    const Ipv4Address orphan = former->address();
    former.reset();
    EXPECT_EQ(visit("new"), orphan);
  }
}

TEST_F(AddressPoolTest, AFixedAddressNeedNotBeInThePool) {
  EXPECT_EQ(lease("172.16.0.5")->address(), address("172.16.0.5"));
}

TEST_F(AddressPoolTest, AFixedAddressOutsideTakesNoPlaceInThePool) {
  const auto fixed = lease("172.16.0.5", "fix");
  const auto a = lease("*", "a");
  const auto b = lease("*", "b");
  const auto c = lease("*", "c");
  EXPECT_TRUE(a && b && c);
  EXPECT_EQ(refusal("*", "d"), "all addresses of network.client_ips are in use");
}

TEST_F(AddressPoolTest, AFixedAddressInUseIsNotGivenTwice) {
  const auto first = lease("172.16.0.5");
  EXPECT_EQ(refusal("172.16.0.5"), "the user's address 172.16.0.5 is in use");
}

TEST_F(AddressPoolTest, AFixedAddressInThePoolIsKeptForItsOwner) {
  others_ = secrets("fix", "10.0.0.10") + secrets("also", "10.0.1.1");
  EXPECT_EQ(visit("bob"), address("10.0.0.12"));
  const auto held = lease("*", "eve");
  EXPECT_EQ(refusal("*"),
            "all addresses of network.client_ips are in use, or kept for users with a fixed "
            "address");
  EXPECT_EQ(visit("fix", "10.0.0.10"), address("10.0.0.10"));
}

TEST_F(AddressPoolTest, AnAddressThatBecomesFixedIsTakenFromItsFormerUser) {
  ASSERT_EQ(visit("bob"), address("10.0.0.10"));
  others_ = secrets("fix", "10.0.0.10");
  EXPECT_EQ(visit("bob"), address("10.0.0.12"));
  others_.clear();
  { const auto fixed = lease("10.0.0.10", "fix"); }
  { const auto fixed = lease("10.0.0.10", "fix"); }
  EXPECT_EQ(visit("bob"), address("10.0.0.12"));
  // Fixed no more, it is anybody's again.
  std::vector<Lease> all;
  for (const char* user : {"a", "b", "c"}) all.push_back(lease("*", user).value());
}

TEST_F(AddressPoolTest, TakesOnlyWhatTheColumnPermits) {
  EXPECT_EQ(lease("10.0.1.0/24")->address(), address("10.0.1.1"));
  EXPECT_NE(refusal("192.168.0.0/16").find("is permitted to the user"), std::string::npos);
  EXPECT_NE(refusal("-").find("permits none"), std::string::npos);
}

TEST_F(AddressPoolTest, TheLastAddressIsGivenOnlyWhileItIsPermitted) {
  EXPECT_EQ(visit("bob"), address("10.0.0.10"));
  EXPECT_EQ(visit("bob", "10.0.1.0/24"), address("10.0.1.1"));
  EXPECT_EQ(visit("bob"), address("10.0.1.1"));
}

TEST_F(AddressPoolTest, NeverGivesAClientItsOwnOuterAddress) {
  outer_peer_ = address("10.0.0.10");
  EXPECT_FALSE(lease("10.0.0.10"));
  EXPECT_EQ(lease("10.0.0.0/24")->address(), address("10.0.0.12"));
}

TEST_F(AddressPoolTest, RestsAsLongAsPossible) {
  const Ipv4Address first = visit("a");
  EXPECT_NE(visit("b"), first);
  EXPECT_NE(visit("c"), first);
}

/// Users come and go for a long time, some with fixed addresses inside and outside the pool.
TEST_F(AddressPoolTest, AnAddressThatAHostOfTheLanHasIsPassedOver) {
  pool_.mark_taken(address("10.0.0.10"));
  EXPECT_EQ(visit("bob"), address("10.0.0.12"));
  pool_.mark_taken(address("10.0.0.12"));
  pool_.mark_taken(address("10.0.1.1"));
  EXPECT_EQ(refusal("*", "bob"),
            "all addresses of network.client_ips are in use, or a host on the LAN has them");
  EXPECT_EQ(refusal("10.0.0.10", "fix"), "a host on the LAN has the user's address 10.0.0.10");
  pool_.mark_free(address("10.0.0.12"));
  EXPECT_EQ(visit("bob"), address("10.0.0.12"));
}

TEST_F(AddressPoolTest, TellsWhichAddressesAreNext) {
  EXPECT_EQ(pool_.upcoming(2), (std::vector{address("10.0.0.10"), address("10.0.0.12")}));
  const auto held = lease("*", "bob");
  pool_.mark_taken(address("10.0.0.12"));
  visit("eve");
  EXPECT_EQ(pool_.upcoming(9), std::vector{address("10.0.1.1")}) << "one that rests counts";
}

TEST(AddressPool, AUserOfAPoolGetsItsAddressesOnly) {
  AddressPool pool({{address("10.0.0.1"), address("10.0.0.9")}}, {},
                   {{"office", {{address("10.0.1.1"), address("10.0.1.1")}}}});
  const auto users = auth::SecretsFile::parse(
      "a * secret * -- pool=office\nb * secret *\nc * secret * -- pool=plant\n");
  const auto lease = [&](std::size_t user) {
    const auth::SecretsEntry& entry = users.entries()[user];
    return pool.lease({entry.client, entry, {}, {}});
  };
  const auto first = lease(0);
  EXPECT_EQ(first->address(), address("10.0.1.1"));
  EXPECT_EQ(lease(0).error().message, "all addresses of network.pools.office are in use");
  EXPECT_EQ(lease(1)->address(), address("10.0.0.1"));
  EXPECT_EQ(lease(2).error().message,
            "network.pools does not have the pool that pool= names (secrets file, line 3)");
  EXPECT_TRUE(pool.contains(address("10.0.1.1")));
  EXPECT_FALSE(pool.contains(address("10.0.1.2")));
}

TEST(AddressPool, NeverGivesAnAddressTwice) {
  constexpr unsigned kUsers = 90;
  constexpr std::size_t kDynamic = 60 - 5 - 1;  // without the fixed ones and our own
  const auto name = [](unsigned user) { return "user" + std::to_string(user); };
  std::string text;
  for (unsigned user = 0; user < kUsers; ++user) {
    const std::string fixed = "10.0." + std::to_string(user % 2) + "." + std::to_string(user + 1);
    text += secrets(name(user), user < 10 ? fixed : "*");
  }
  const auto file = auth::SecretsFile::parse(text);
  AddressPool pool({{address("10.0.0.1"), address("10.0.0.60")}}, {address("10.0.0.60")});
  std::map<unsigned, Lease> up;
  std::map<Ipv4Address, unsigned> holder;
  std::mt19937 random(1723);
  std::size_t refused = 0;
  for (int step = 0; step < 50'000; ++step) {
    const auto user = static_cast<unsigned>(random() % kUsers);
    if (const auto leased = up.find(user); leased != up.end()) {
      holder.erase(leased->second.address());
      up.erase(leased);
      continue;
    }
    const std::string user_name = name(user);
    const auto& entry = *file.find(user_name, "pptpd");
    auto lease = pool.lease({user_name, entry, file.fixed_addresses(), address("203.0.113.7")});
    if (!lease) {
      ++refused;
      const auto dynamic = std::ranges::count_if(up, [](const auto& u) { return u.first >= 10; });
      ASSERT_EQ(static_cast<std::size_t>(dynamic), kDynamic) << lease.error().message;
      continue;
    }
    const Ipv4Address given = lease->address();
    ASSERT_TRUE(holder.emplace(given, user).second) << given.to_string() << " twice";
    if (user >= 10) {
      ASSERT_FALSE(file.fixed_addresses().contains(given));
    } else {
      ASSERT_EQ(given, *auth::fixed_address(entry));
    }
    up.emplace(user, std::move(*lease));
  }
  EXPECT_GT(refused, 0U) << "the pool was never full: nothing was tested";
}

TEST(AddressPool, DoesNotGoThroughABigPoolForEachLogin) {
  AddressPool pool({{address("10.0.0.0"), address("10.255.255.255")}}, {});
  const auto file = auth::SecretsFile::parse("* * pw *\n");
  std::vector<Lease> leases;
  for (int i = 0; i < 20'000; ++i) {
    const std::string user = "user" + std::to_string(i);
    leases.push_back(pool.lease({user, file.entries()[0], file.fixed_addresses(), {}}).value());
  }
  EXPECT_EQ(leases.back().address(), address("10.0.78.31"));
}

}  // namespace
}  // namespace upptpd::server
