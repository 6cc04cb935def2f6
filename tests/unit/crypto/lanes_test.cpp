// Each kernel against OpenSSL.
#include <gtest/gtest.h>

#include <random>

#include "crypto/rc4.hpp"
#include "crypto/rc4_lanes.hpp"
#include "crypto/sha1.hpp"
#include "crypto/sha1_lanes.hpp"
#include "support/crypto_library.hpp"

namespace upptpd::crypto {
namespace {

/// What this processor has, and what lesser ones have.
std::vector<ProcessorFeatures> kinds_of_processor() {
  const ProcessorFeatures here = processor_features();
  std::vector<ProcessorFeatures> kinds = {{false, false}};
  if (here.sse41) kinds.push_back({true, false});
  if (here.sha) kinds.push_back(here);
  return kinds;
}

class LanesTest : public testing::TestWithParam<ProcessorFeatures> {
 protected:
  Bytes random_octets(std::size_t size) {
    Bytes octets(size);
    for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(dice_());
    return octets;
  }

  /// Of jobs with these sizes, each with a key of 8 or 16 octets.
  void expect_as_by_openssl(const std::vector<std::size_t>& sizes) {
    Rc4 openssl(library());
    std::vector<Bytes> keys;
    std::vector<Bytes> data;
    std::vector<Bytes> expected;
    for (const std::size_t size : sizes) {
      keys.push_back(random_octets(dice_() % 4 == 0 ? 8 : 16));
      data.push_back(random_octets(size));
      expected.push_back(data.back());
      openssl.set_key(keys.back());
      openssl.apply(expected.back());
    }
    std::vector<Rc4Job> jobs;
    for (std::size_t i = 0; i < sizes.size(); ++i) jobs.push_back({keys[i], data[i]});
    rc4_.run(jobs);
    ASSERT_EQ(data, expected) << sizes.size() << " jobs";
  }

  std::mt19937 dice_{1};
  Rc4Lanes rc4_{GetParam()};
};

TEST_P(LanesTest, Rc4OfEachLength) {
  for (std::size_t size = 0; size <= 1500; ++size) {
    ASSERT_NO_FATAL_FAILURE(expect_as_by_openssl({size, size / 2, 1500 - size}));
  }
}

TEST_P(LanesTest, Rc4OfEachNumberOfJobs) {
  for (std::size_t jobs = 0; jobs <= 70; ++jobs) {
    std::vector<std::size_t> sizes(jobs, 200);
    ASSERT_NO_FATAL_FAILURE(expect_as_by_openssl(sizes));
    for (std::size_t& size : sizes) size = dice_() % 300;
    ASSERT_NO_FATAL_FAILURE(expect_as_by_openssl(sizes));
  }
}

// The stream's index is back at its beginning every 256 octets, in the middle of a block of it.
TEST_P(LanesTest, Rc4WherePacketsEndBesideOthersThatGoOn) {
  for (std::size_t size = 240; size < 272; ++size) {
    ASSERT_NO_FATAL_FAILURE(expect_as_by_openssl({1500, size, size + 1, 512, 255, 1, 0, 257}));
  }
}

TEST_P(LanesTest, Rc4OfAKeyByItself) {
  Bytes key = random_octets(16);
  Bytes expected = key;
  Rc4 openssl(library());
  openssl.set_key(key);
  openssl.apply(expected);
  std::vector<Rc4Job> jobs = {{key, key}};
  rc4_.run(jobs);
  EXPECT_EQ(key, expected);
}

TEST_P(LanesTest, Sha1OfEachLengthAndNumberOfMessages) {
  for (std::size_t size = 56; size < 120; ++size) {
    std::vector<Sha1Message> messages(size % 10, Sha1Message(size));
    for (Sha1Message& message : messages) {
      std::ranges::copy(random_octets(size), message.contents().begin());
    }
    std::vector<Sha1First16> digests(messages.size());
    sha1_of_each(GetParam(), messages, digests);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const Sha1Digest expected = sha1({messages[i].contents()});
      ASSERT_TRUE(std::ranges::equal(digests[i], View(expected).first(16))) << size;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Processors, LanesTest, testing::ValuesIn(kinds_of_processor()));

}  // namespace
}  // namespace upptpd::crypto
