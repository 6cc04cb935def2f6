// Calls over bad links: every single loss is survived, and nothing hangs however bad it gets.
#include <gtest/gtest.h>

#include "unit/session/virtual_call.hpp"

namespace upptpd::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Way = VirtualCall::Way;

VirtualCall::Script lose(Way lost_way, unsigned lost_index) {
  return [=](Way way, unsigned index) {
    const bool lost = way == lost_way && index == lost_index;
    return lost ? std::vector<Duration>{} : std::vector<Duration>{Duration{}};
  };
}

void expect_data_flows(VirtualCall& call) {
  const std::size_t in = call.to_network().size();
  const std::size_t out = call.client().received_ip().size();
  call.send_from_client(ip_packet("10.0.0.2", "192.0.2.1"));
  call.send_to_client(ip_packet("192.0.2.1", "10.0.0.2"));
  call.run_for(milliseconds(200));
  EXPECT_EQ(call.to_network().size(), in + 1);
  EXPECT_EQ(call.client().received_ip().size(), out + 1);
}

class EveryLoss : public testing::TestWithParam<Way> {};

TEST_P(EveryLoss, OfOnePacketIsSurvived) {
  VirtualCall whole({});
  ASSERT_TRUE(whole.connect());
  const unsigned packets = whole.packets(GetParam());
  ASSERT_GT(packets, 8U);
  for (unsigned index = 0; index < packets; ++index) {
    SCOPED_TRACE("packet " + std::to_string(index));
    VirtualCall call({.script = lose(GetParam(), index)});
    ASSERT_TRUE(call.connect());
    EXPECT_LT(call.elapsed(), seconds(8));
    call.run_for(seconds(8));
    ASSERT_TRUE(call.established());
    expect_data_flows(call);
  }
}

TEST_P(EveryLoss, OfTwoPacketsIsSurvived) {
  for (unsigned first = 0; first < 16; ++first) {
    for (unsigned second = first + 1; second < 18; ++second) {
      SCOPED_TRACE(std::to_string(first) + " and " + std::to_string(second));
      VirtualCall call({.script = [=, lost = GetParam()](Way way, unsigned index) {
        const bool gone = way == lost && (index == first || index == second);
        return gone ? std::vector<Duration>{} : std::vector<Duration>{Duration{}};
      }});
      ASSERT_TRUE(call.connect());
    }
  }
}

TEST_P(EveryLoss, DelayOfOnePacketIsSurvived) {
  for (unsigned index = 0; index < 20; ++index) {
    SCOPED_TRACE("packet " + std::to_string(index));
    VirtualCall call({.script = [=, late = GetParam()](Way way, unsigned number) {
      const bool delayed = way == late && number == index;
      return std::vector<Duration>{milliseconds(delayed ? 35 : 0)};
    }});
    ASSERT_TRUE(call.connect());
    call.run_for(seconds(8));
    ASSERT_TRUE(call.established());
    expect_data_flows(call);
  }
}

INSTANTIATE_TEST_SUITE_P(Session, EveryLoss, testing::Values(Way::to_server, Way::to_client),
                         [](const auto& way) {
                           return way.param == Way::to_server ? "ToServer" : "ToClient";
                         });

TEST(BadLink, EveryPacketTwiceIsSurvived) {
  VirtualCall call({.script = [](Way, unsigned) {
    return std::vector<Duration>{Duration{}, milliseconds(1)};
  }});
  ASSERT_TRUE(call.connect());
  call.run_for(seconds(5));
  ASSERT_TRUE(call.established());
  EXPECT_EQ(call.verifications(), 1U);
}

/// Loss, delay and repetition, all from one seed.
VirtualCall::Script bad_link(std::uint32_t seed, unsigned loss_percent) {
  auto random = std::make_shared<SeededRandom>(seed);
  return [random, loss_percent](Way, unsigned) {
    std::vector<Duration> arrivals;
    if (random->next() % 100 >= loss_percent) {
      arrivals.push_back(milliseconds(random->next() % 10 == 0 ? random->next() % 60 : 0));
    }
    if (random->next() % 20 == 0) arrivals.push_back(milliseconds(random->next() % 100));
    return arrivals;
  };
}

TEST(BadLink, ConnectsOrEndsButNeverHangs) {
  unsigned connected = 0;
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    VirtualCall call({.script = bad_link(seed, 20), .seed = seed});
    call.run_until([&call] { return call.established() || call.finished(); });
    if (call.established()) {
      ++connected;
      continue;
    }
    ASSERT_TRUE(call.finished()) << "after two minutes neither here nor there";
  }
  EXPECT_GT(connected, 180U);
}

TEST(BadLink, EndsWhenNothingGoodCanComeOfIt) {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    VirtualCall call({.script = bad_link(seed, 70), .seed = seed});
    call.run_for(seconds(120));
    EXPECT_TRUE(call.established() || call.finished() || call.session().deadline().has_value());
    // Whoever is still there is found out when the client goes away.
    call.set_script([](Way, unsigned) { return std::vector<Duration>{}; });
    call.run_for(seconds(300));
    EXPECT_TRUE(call.finished());
  }
}

}  // namespace
}  // namespace upptpd::session
