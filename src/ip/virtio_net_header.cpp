#include "ip/virtio_net_header.hpp"

namespace upptpd::ip {
namespace {

// Little-endian: that of a TUN device with TUNSETVNETLE, and of any on a little-endian host.
std::uint16_t word_at(View octets, std::size_t offset) {
  return static_cast<std::uint16_t>(octets[offset] | octets[offset + 1] << 8);
}

void set_word(MutableView octets, std::size_t offset, std::uint16_t word) {
  octets[offset] = static_cast<std::uint8_t>(word & 0xff);
  octets[offset + 1] = static_cast<std::uint8_t>(word >> 8);
}

}  // namespace

//   0: flags (1) | gso_type (1) | hdr_len (2) | gso_size (2) | csum_start (2) | csum_offset (2)
std::optional<VirtioNetHeader> VirtioNetHeader::parse(View octets) {
  if (octets.size() < kSize) return {};
  VirtioNetHeader header;
  header.flags = octets[0];
  header.gso_type = octets[1];
  header.headers_size = word_at(octets, 2);
  header.gso_size = word_at(octets, 4);
  header.checksum_start = word_at(octets, 6);
  header.checksum_offset = word_at(octets, 8);
  return header;
}

std::array<std::uint8_t, VirtioNetHeader::kSize> VirtioNetHeader::serialise() const {
  std::array<std::uint8_t, kSize> octets{flags, gso_type};
  set_word(octets, 2, headers_size);
  set_word(octets, 4, gso_size);
  set_word(octets, 6, checksum_start);
  set_word(octets, 8, checksum_offset);
  return octets;
}

}  // namespace upptpd::ip
