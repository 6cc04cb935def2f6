#include "ip/route_table.hpp"

#include <gtest/gtest.h>

#include "ip/address_filters.hpp"

namespace upptpd::ip {
namespace {

Ipv4Address address(const char* text) { return *Ipv4Address::parse(text); }
Ipv4Network network(const char* text) { return *Ipv4Network::parse(text); }

TEST(RouteTable, TheLongestPrefixWins) {
  RouteTable<int> table;
  EXPECT_TRUE(table.add(network("10.0.0.0/8"), 8));
  EXPECT_TRUE(table.add(network("10.5.0.1"), 32));
  EXPECT_TRUE(table.add(network("10.5.0.0/16"), 16));
  EXPECT_EQ(*table.find(address("10.5.0.1")), 32);
  EXPECT_EQ(*table.find(address("10.5.0.2")), 16);
  EXPECT_EQ(*table.find(address("10.6.0.2")), 8);
  EXPECT_EQ(table.find(address("11.0.0.1")), nullptr);
  table.remove(network("10.5.0.0/16"));
  EXPECT_EQ(*table.find(address("10.5.0.2")), 8);
  table.remove(network("10.5.0.0/16"));
  EXPECT_EQ(*table.find(address("10.5.0.1")), 32);
}

TEST(RouteTable, ANetworkIsOnesOnly) {
  RouteTable<int> table;
  EXPECT_TRUE(table.add(network("10.5.0.0/16"), 1));
  EXPECT_FALSE(table.add(network("10.5.0.0/16"), 2));
  EXPECT_EQ(*table.find(address("10.5.9.9")), 1);
}

TEST(RouteTable, EverythingMayBeANetwork) {
  RouteTable<int> table;
  EXPECT_TRUE(table.add(network("0.0.0.0/0"), 1));
  EXPECT_EQ(*table.find(address("255.255.255.255")), 1);
}

TEST(SourceFilter, PermitsTheNetworksBehindAClientToo) {
  const SourceFilter filter(address("10.0.0.2"), {network("10.5.0.0/16")});
  EXPECT_TRUE(filter.permits(address("10.0.0.2")));
  EXPECT_TRUE(filter.permits(address("10.5.255.255")));
  EXPECT_FALSE(filter.permits(address("10.6.0.1")));
  EXPECT_FALSE(filter.permits(address("10.0.0.3")));
}

TEST(DestinationFilter, PermitsEverythingUnlessToldOtherwise) {
  EXPECT_TRUE(DestinationFilter().permits(address("10.0.0.2")));
  const DestinationFilter filter({network("10.5.0.0/16"), network("10.6.0.1")});
  EXPECT_TRUE(filter.permits(address("10.5.0.1")));
  EXPECT_TRUE(filter.permits(address("10.6.0.1")));
  EXPECT_FALSE(filter.permits(address("10.6.0.2")));
}

}  // namespace
}  // namespace upptpd::ip
