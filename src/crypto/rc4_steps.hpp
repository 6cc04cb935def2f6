// One step of RC4 in one lane, and where its table is. For rc4_lanes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "crypto/rc4_lanes.hpp"

namespace upptpd::crypto::rc4 {

constexpr std::size_t kTableSize = 256;
constexpr std::size_t kKeySize = 16;
/// Octets of the stream that are made before they meet the data. With more the loops would have no
/// room in the processor's cache of decoded instructions.
constexpr std::size_t kBlock = 8;

// All tables in one piece, so that one register and a constant reach each.
constexpr std::size_t table_at(std::size_t lane) { return lane * Rc4Lanes::kLaneSize; }
constexpr std::size_t key_at(std::size_t lane) { return table_at(lane) + kTableSize; }

// In what follows `tables` is where the first lane's table begins, and `row` stands `i` further,
// less kOctet.

/// For any processor.
struct PortableSteps {
  /// More would only be more code.
  static constexpr std::size_t kMostLanes = 4;
  /// Made in a register: octets in memory would be one store more for each.
  using Block = std::uint64_t;

  /// j += S[i] + K[i]; swap(S[i], S[j])
  template <std::size_t kLane, std::size_t kOctet>
  [[gnu::always_inline]] static void schedule(std::uint8_t* tables, std::uint8_t* row,
                                              std::uint64_t& j) {
    std::uint8_t& at_i = row[table_at(kLane) + kOctet];
    j = (j + at_i + tables[key_at(kLane) + kOctet % kKeySize]) % kTableSize;
    std::swap(at_i, tables[table_at(kLane) + j]);
  }

  /// j += S[i]; swap(S[i], S[j]); block[kInto] = S[S[i] + S[j]]
  template <std::size_t kLane, std::size_t kOctet, std::size_t kInto>
  [[gnu::always_inline]] static void stream(std::uint8_t* tables, std::uint8_t* row,
                                            std::uint64_t& j, Block& block) {
    std::uint8_t& at_i = row[table_at(kLane) + kOctet];
    const std::uint8_t a = at_i;
    j = (j + a) % kTableSize;
    const std::uint8_t b = tables[table_at(kLane) + j];
    tables[table_at(kLane) + j] = a;
    at_i = b;
    const std::uint64_t octet = tables[table_at(kLane) + (a + b) % kTableSize];
    constexpr std::size_t kPlace =
        std::endian::native == std::endian::little ? kInto : kBlock - 1 - kInto;
    block |= octet << (8 * kPlace);
  }

  [[gnu::always_inline]] static void apply(const Block& block, std::uint8_t* data) {
    std::uint64_t octets = 0;
    std::memcpy(&octets, data, kBlock);
    octets ^= block;
    std::memcpy(data, &octets, kBlock);
  }
};

#if defined(__x86_64__)
/// For x86-64 with SSE 4.1, which gathers the stream in vector registers. Word for word, because
/// compilers need three instructions more for each octet (they cut sums down to an octet that are
/// one already, and compute addresses that an operand could), and are a fifth slower.
struct Sse41Steps {
  static constexpr std::size_t kMostLanes = Rc4Lanes::kMostLanes;
  /// The first half of it is used.
  using Block [[gnu::vector_size(16)]] = std::uint8_t;

  template <std::size_t kLane, std::size_t kOctet>
  [[gnu::always_inline]] static void schedule(std::uint8_t* tables, std::uint8_t* row,
                                              std::uint64_t& j) {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    asm volatile(  // NOLINT
        "movzbl %c[at_i](%[row]), %k[a]\n\t"
        "addb %b[a], %b[j]\n\t"
        "addb %c[key](%[tables]), %b[j]\n\t"
        "movzbl %c[table](%[tables],%[j]), %k[b]\n\t"
        "movb %b[a], %c[table](%[tables],%[j])\n\t"
        "movb %b[b], %c[at_i](%[row])"
        : [a] "=&q"(a), [b] "=&q"(b), [j] "+q"(j)
        : [row] "r"(row), [tables] "r"(tables), [at_i] "i"(table_at(kLane) + kOctet),
          [table] "i"(table_at(kLane)), [key] "i"(key_at(kLane) + kOctet % kKeySize)
        : "memory", "cc");
  }

  template <std::size_t kLane, std::size_t kOctet, std::size_t kInto>
  [[gnu::always_inline]] static void stream(std::uint8_t* tables, std::uint8_t* row,
                                            std::uint64_t& j, Block& block) {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    asm volatile(  // NOLINT
        "movzbl %c[at_i](%[row]), %k[a]\n\t"
        "addb %b[a], %b[j]\n\t"
        "movzbl %c[table](%[tables],%[j]), %k[b]\n\t"
        "movb %b[a], %c[table](%[tables],%[j])\n\t"
        "movb %b[b], %c[at_i](%[row])\n\t"
        "addb %b[a], %b[b]\n\t"
        "pinsrb $%c[into], %c[table](%[tables],%[b]), %[block]"
        : [a] "=&q"(a), [b] "=&q"(b), [j] "+q"(j), [block] "+x"(block)
        : [row] "r"(row), [tables] "r"(tables), [at_i] "i"(table_at(kLane) + kOctet),
          [table] "i"(table_at(kLane)), [into] "i"(kInto)
        : "memory", "cc");
  }

  [[gnu::always_inline]] static void apply(const Block& block, std::uint8_t* data) {
    using Halves [[gnu::vector_size(16)]] = std::uint64_t;
    std::uint64_t octets = 0;
    std::memcpy(&octets, data, kBlock);
    octets ^= std::bit_cast<Halves>(block)[0];
    std::memcpy(data, &octets, kBlock);
  }
};
#endif

}  // namespace upptpd::crypto::rc4
