#include "recorded_data.hpp"

#include <algorithm>

#include "core/packet_buffer.hpp"
#include "core/reader.hpp"
#include "ip/ipv4_packet.hpp"
#include "mppe/decryptor.hpp"
#include "mppe/encryptor.hpp"
#include "ppp/frame.hpp"

namespace upptpd::replay {
namespace {

constexpr auto kIpv6 = static_cast<ppp::Protocol>(0x0057);
constexpr auto kVjCompressed = static_cast<ppp::Protocol>(0x002d);
constexpr auto kVjUncompressed = static_cast<ppp::Protocol>(0x002f);

Bytes copy(View octets) { return {octets.begin(), octets.end()}; }

/// RFC 1071: all 16-bit words of an intact header add up to all ones.
bool ipv4_checksum_right(View packet) {
  if (packet.empty()) return false;
  const std::size_t size = std::size_t{packet[0] & 0x0fU} * 4;
  if (size < 20 || size > packet.size()) return false;
  Reader reader(packet.first(size));
  std::uint32_t sum = 0;
  while (reader.left() > 0) sum += reader.u16();
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

void sort_in(DecryptedData& data, View contents, Ipv4Address client) {
  const auto inner = ppp::parse_frame_header(contents);
  if (!inner) {
    ++data.undecryptable;
    return;
  }
  const View packet = contents.subspan(inner->size);
  if (inner->protocol == ppp::Protocol::ipv4) {
    const auto parsed = ip::Ipv4Packet::parse(packet);
    if (!parsed || !ipv4_checksum_right(packet)) {
      ++data.undecryptable;
    } else if (parsed->source != client) {
      ++data.foreign_source;
    } else {
      data.ipv4.push_back(copy(packet.first(parsed->total_length)));
    }
  } else if (inner->protocol == kIpv6 && !packet.empty() && packet[0] >> 4 == 6) {
    ++data.ipv6;
  } else if (inner->protocol == kVjCompressed || inner->protocol == kVjUncompressed) {
    ++data.vj_compressed;
  } else if (ppp::is_network_data(inner->protocol) && inner->size == 2) {
    ++data.other_protocol;
  } else {
    ++data.undecryptable;
  }
}

mppe::StartKeys keys_as(mppe::Role role, const auth::KeyMaterial& keys) {
  return mppe::start_keys(mppe::master_key(keys.password_hash_hash, keys.nt_response), role);
}

}  // namespace

DecryptedData decrypt(const crypto::Library& library, const auth::KeyMaterial& keys,
                      const Recording& recording, bool from_client) {
  const auto role = from_client ? mppe::Role::server : mppe::Role::client;
  mppe::Decryptor decryptor(library, mppe::Strength::bits128, keys_as(role, keys).receive);
  const Ipv4Address client = find_assignment(recording).client;
  PacketPool pool(1);
  const Packet buffer = pool.take();
  DecryptedData data;
  for (const RecordedPacket* packet : find_data(recording, from_client)) {
    ++data.packets;
    const std::uint16_t header = Reader(packet->packet).u16();
    buffer->clear();
    if (!buffer->assign(packet->packet) || decryptor.decrypt(*buffer)) {
      ++data.undecryptable;
      continue;
    }
    const View contents = std::as_const(*buffer).view();
    data.plain.push_back({mppe::Header(header), copy(contents), packet->packet});
    sort_in(data, contents, client);
  }
  return data;
}

std::size_t count_same_encryption(const crypto::Library& library, const auth::KeyMaterial& keys,
                                  const DecryptedData& data) {
  mppe::Encryptor encryptor(library, mppe::Strength::bits128,
                            keys_as(mppe::Role::server, keys).send);
  PacketPool pool(1);
  const Packet buffer = pool.take();
  mppe::CoherencyCount next;
  std::size_t same = 0;
  for (const DecryptedData::Plain& plain : data.plain) {
    for (; next != plain.header.count; next = next.next()) {
      buffer->clear();
      encryptor.encrypt(*buffer);
    }
    buffer->clear();
    if (!buffer->assign(plain.contents)) continue;
    encryptor.encrypt(*buffer);
    next = next.next();
    if (std::ranges::equal(std::as_const(*buffer).view(), plain.encrypted)) ++same;
  }
  return same;
}

}  // namespace upptpd::replay
