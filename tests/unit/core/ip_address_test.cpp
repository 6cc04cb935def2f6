#include "core/ip_address.hpp"

#include <gtest/gtest.h>

namespace upptpd {
namespace {

TEST(Ipv4Address, ParsesDottedQuadsOnly) {
  EXPECT_EQ(Ipv4Address::parse("10.0.255.1")->value(), 0x0a00ff01U);
  for (const char* bad :
       {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "a.b.c.d", "1..2.3"}) {
    EXPECT_FALSE(Ipv4Address::parse(bad)) << bad;
  }
  EXPECT_EQ(Ipv4Address(0xc0a80001).to_string(), "192.168.0.1");
}

TEST(Ipv4Address, KnowsWhatAHostCanHave) {
  EXPECT_TRUE(Ipv4Address::parse("192.168.0.1")->is_host());
  for (const char* bad : {"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"}) {
    EXPECT_FALSE(Ipv4Address::parse(bad)->is_host()) << bad;
  }
}

TEST(Ipv4Network, ContainsItsHosts) {
  const auto network = *Ipv4Network::parse("10.0.5.0/24");
  EXPECT_TRUE(network.contains(*Ipv4Address::parse("10.0.5.255")));
  EXPECT_FALSE(network.contains(*Ipv4Address::parse("10.0.6.0")));
  EXPECT_TRUE(Ipv4Network::parse("0.0.0.0/0")->contains(Ipv4Address(0xffffffff)));
  EXPECT_FALSE(Ipv4Network::parse("10.0.0.0/33"));
  EXPECT_EQ(Ipv4Network::parse("10.0.0.1")->prefix_length, 32U);
}

}  // namespace
}  // namespace upptpd
