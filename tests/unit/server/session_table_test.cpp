#include "server/session_table.hpp"

#include <gtest/gtest.h>

#include <set>

namespace upptpd::server {
namespace {

/// Counts, so that the next value is known.
class CountingRandom : public RandomSource {
 public:
  void fill(MutableView out) override {
    out[0] = static_cast<std::uint8_t>(next_ >> 8);
    out[1] = static_cast<std::uint8_t>(next_);
    ++next_;
  }

 private:
  std::uint16_t next_ = 0;
};

TEST(SessionTable, CallIdsAreUniqueAndNeverZero) {
  SessionTable table;
  CountingRandom random;
  std::set<CallId> ids;
  for (int i = 0; i < 30000; ++i) ids.insert(table.allocate(random).value());
  EXPECT_EQ(ids.size(), 30000U);
  EXPECT_FALSE(ids.contains(CallId(0)));
}

/// Always the same.
class FixedRandom : public RandomSource {
 public:
  void fill(MutableView out) override { std::fill(out.begin(), out.end(), std::uint8_t{7}); }
};

TEST(SessionTable, AReleasedCallIdRestsBeforeItIsUsedAgain) {
  SessionTable table;
  FixedRandom always_the_same;
  CountingRandom others;
  const CallId id = table.allocate(always_the_same).value();
  table.release(id);
  EXPECT_FALSE(table.allocate(always_the_same));
  for (std::size_t i = 0; i < SessionTable::kResting; ++i) {
    table.release(table.allocate(others).value());
  }
  EXPECT_EQ(table.allocate(always_the_same), id);
}

}  // namespace
}  // namespace upptpd::server
