#include "core/secret.hpp"

#include <cstring>

namespace upptpd {

void wipe(MutableView octets) {
  if (octets.empty()) return;
  std::memset(octets.data(), 0, octets.size());
  // The compiler must assume that the zeros are read, so it cannot leave the memset out.
  asm volatile("" : : "r"(octets.data()) : "memory");  // NOLINT
}

bool equal_in_constant_time(View a, View b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

void SecretString::clear() {
  for (char& letter : value_) *const_cast<volatile char*>(&letter) = '\0';  // NOLINT
  value_.clear();
}

}  // namespace upptpd
