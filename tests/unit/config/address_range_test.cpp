#include "config/address_range.hpp"

#include <gtest/gtest.h>

#include <string>

namespace upptpd::config {
namespace {

/// "first-last" of each range, or the error.
std::string parsed(std::string_view text) {
  const auto ranges = parse_address_ranges(text);
  if (!ranges) return "error: " + ranges.error().message;
  std::string out;
  for (const AddressRange& range : *ranges) {
    if (!out.empty()) out += " ";
    out += range.first.to_string() + "-" + range.last.to_string();
  }
  return out;
}

bool refused(std::string_view text) { return parsed(text).starts_with("error: "); }

TEST(AddressRange, OneAddress) { EXPECT_EQ(parsed("10.0.0.5"), "10.0.0.5-10.0.0.5"); }

TEST(AddressRange, RangeInTheLastNumber) {
  EXPECT_EQ(parsed("192.168.0.234-238"), "192.168.0.234-192.168.0.238");
  EXPECT_EQ(parsed("192.168.0.5-5"), "192.168.0.5-192.168.0.5");
}

TEST(AddressRange, RangeInAnotherNumberIsSeveralAddresses) {
  EXPECT_EQ(parsed("10.0.1-3.7"), "10.0.1.7-10.0.1.7 10.0.2.7-10.0.2.7 10.0.3.7-10.0.3.7");
  EXPECT_EQ(parsed("10.1-2.0.7"), "10.1.0.7-10.1.0.7 10.2.0.7-10.2.0.7");
  EXPECT_EQ(parsed("222-223.0.0.7"), "222.0.0.7-222.0.0.7 223.0.0.7-223.0.0.7");
}

TEST(AddressRange, NetworkMeansItsHosts) {
  EXPECT_EQ(parsed("192.168.7.0/24"), "192.168.7.1-192.168.7.254");
  EXPECT_EQ(parsed("10.0.0.0/30"), "10.0.0.1-10.0.0.2");
  EXPECT_EQ(parsed("10.0.0.0/8"), "10.0.0.1-10.255.255.254");
}

TEST(AddressRange, SmallestNetworksHaveNoAddressToSpare) {
  EXPECT_EQ(parsed("10.0.0.4/31"), "10.0.0.4-10.0.0.5");
  EXPECT_EQ(parsed("10.0.0.4/32"), "10.0.0.4-10.0.0.4");
}

TEST(AddressRange, NetworkWithHostPartIsRefusedWithWhatToWrite) {
  EXPECT_NE(parsed("192.168.7.9/24").find("write \"192.168.7.0/24\""), std::string::npos);
}

TEST(AddressRange, RefusesWhatIsNoRange) {
  for (const char* text :
       {"", "10.0.0", "10.0.0.256", "host", "10.0.0.5-", "10.0.0.-5", "-", "10.0.0.5-300",
        "10.0.0.9-5", "10.0.0.1-10.0.0.5", "10.0-1.0-1.1", "10.0.0.1-2-3", "234-8", "10.0.0.0/33",
        "10.0.0.0/", "10.0.0.0/24+", "10.0.0.1 ", "10.0.0.01"}) {
    EXPECT_TRUE(refused(text)) << text;
  }
}

TEST(AddressRange, RefusesAddressesThatNoHostCanHave) {
  for (const char* text :
       {"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "126-128.0.0.1", "0.0.0.0/0",
        "64.0.0.0/2", "127.0.0.0/8", "223-224.0.0.1", "0.0.0.1-9"}) {
    EXPECT_TRUE(refused(text)) << text;
  }
}

}  // namespace
}  // namespace upptpd::config
