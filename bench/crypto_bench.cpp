// What stateless MPPE costs: key and data of each packet, as sessions have it done in batches, and
// packet by packet by OpenSSL's EVP with algorithms that were fetched once. For bench/crypto.py,
// which knows what to make of the JSON.
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

#include "mppe/cipher_batch.hpp"
#include "mppe/key_stream.hpp"
#include "session/session.hpp"

namespace {

using namespace upptpd;
using upptpd::mppe::Strength;
using Clock = std::chrono::steady_clock;

/// Packets that one wake-up brings, which is what the server has room for.
constexpr std::size_t kBatch = 64;
constexpr int kPairs = 7;
constexpr auto kTime = std::chrono::milliseconds(150);

const crypto::Library& library() {
  static const crypto::Library loaded = crypto::Library::load().value();
  return loaded;
}

struct Load {
  std::string figure;
  std::size_t size;
  std::size_t calls;
};

/// The packets of one direction of some calls, and both ways to encrypt them.
class Packets {
 public:
  explicit Packets(const Load& load) : data_(kBatch, Bytes(load.size)) {
    const Secret<16> start_key(std::array<std::uint8_t, 16>{1, 2, 3});
    chains_.assign(load.calls, mppe::KeyChain(Strength::bits128, start_key));
    for (std::size_t i = 0; i < load.calls; ++i) {
      streams_.emplace_back(library(), Strength::bits128, start_key);
    }
  }

  void encrypt_together() {
    for (std::size_t i = 0; i < kBatch; ++i) batch_.add(chains_[i % chains_.size()], 0, data_[i]);
    batch_.run();
  }

  void encrypt_one_by_one() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      mppe::KeyStream& stream = streams_[i % streams_.size()];
      stream.change_key();
      stream.apply(data_[i]);
    }
  }

 private:
  std::vector<Bytes> data_;
  std::vector<mppe::KeyChain> chains_;
  std::vector<mppe::KeyStream> streams_;
  mppe::CipherBatch batch_{kBatch};
};

/// What RC4 asks of the memory unit for such packets, their keys included, and nothing else: three
/// loads and two stores for each octet, at places that depend on nothing. No implementation with
/// tables is faster than this.
class MemoryAlone {
 public:
  explicit MemoryAlone(std::size_t size) : steps_(2 * kTable + 16 + size) {}

  void encrypt_together() {
    for (std::size_t step = 0; step < kBatch / kLanes * steps_; ++step) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        volatile std::uint8_t* table = tables_.data() + lane * kStride;
        any_ = any_ * 5 + lane;
        const std::size_t j = any_ >> 16 & 0xff;
        const std::uint8_t a = table[step % kTable];
        const std::uint8_t b = table[j];
        table[j] = a;
        table[step % kTable] = b;
        static_cast<void>(table[j ^ 0x55]);
      }
    }
  }

 private:
  static constexpr std::size_t kTable = 256;
  static constexpr std::size_t kStride = crypto::Rc4Lanes::kLaneSize;
  static constexpr std::size_t kLanes = crypto::Rc4Lanes::kMostLanes;

  std::size_t steps_;
  std::uint64_t any_ = 1;
  alignas(64) std::array<std::uint8_t, kLanes * kStride> tables_{};
};

/// Nanoseconds for each packet.
template <typename Encrypt>
double cost(Encrypt encrypt) {
  const auto begin = Clock::now();
  std::size_t packets = 0;
  auto elapsed = Clock::duration::zero();
  for (; elapsed < kTime; elapsed = Clock::now() - begin) {
    encrypt();
    packets += kBatch;
  }
  return std::chrono::duration<double, std::nano>(elapsed).count() / static_cast<double>(packets);
}

nlohmann::json measure(const Load& load) {
  Packets packets(load);
  std::vector<double> together;
  std::vector<double> one_by_one;
  MemoryAlone memory(load.size);
  std::vector<double> limit;
  for (int pair = 0; pair < kPairs; ++pair) {
    one_by_one.push_back(cost([&] { packets.encrypt_one_by_one(); }));
    together.push_back(cost([&] { packets.encrypt_together(); }));
    limit.push_back(cost([&] { memory.encrypt_together(); }));
  }
  return {{"figure", load.figure}, {"ours", together}, {"base", one_by_one}, {"limit", limit}};
}

}  // namespace

int main() {
  nlohmann::json results = nlohmann::json::array();
  for (const Load& load : std::vector<Load>{{"1400 B, one call", 1400, 1},
                                            {"1400 B, many calls", 1400, kBatch},
                                            {"64 B, one call", 64, 1},
                                            {"64 B, many calls", 64, kBatch}}) {
    results.push_back(measure(load));
  }
  const std::size_t state = sizeof(session::DataPath) + sizeof(gre::Tunnel);
  std::cout << nlohmann::json{{"loads", results}, {"state", state}}.dump(1) << "\n";
}
