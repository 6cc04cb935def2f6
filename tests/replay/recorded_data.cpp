#include "recorded_data.hpp"

#include <algorithm>
#include <span>

#include "core/packet_buffer.hpp"
#include "core/reader.hpp"
#include "ip/ipv4_packet.hpp"
#include "mppe/cipher_batch.hpp"
#include "mppe/decryptor.hpp"
#include "mppe/encryptor.hpp"
#include "ppp/frame.hpp"
#include "session/encryption_keys.hpp"

namespace upptpd::replay {
namespace {

constexpr auto kIpv6 = static_cast<ppp::Protocol>(0x0057);
constexpr auto kVjCompressed = static_cast<ppp::Protocol>(0x002d);
constexpr auto kVjUncompressed = static_cast<ppp::Protocol>(0x002f);

/// Where more packets in a row are noise, the keys are wrong, and not the packets.
constexpr std::size_t kMostDamagedInARow = 3;

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

bool agreed_on_mppc(const Recording& recording) {
  bool agreed = false;
  for (const bool from_client : {false, true}) {
    each_option(recording, from_client, ppp::Protocol::ccp, ppp::Code::configure_ack,
                [&](const ppp::Option& option) {
                  const std::uint32_t bits = option.as_u32().value_or(0);
                  agreed = agreed ||
                           (option.type == kCcpMppe && (bits & ppp::MppeBits::kCompression) != 0);
                });
  }
  return agreed;
}

/// RFC 3078 section 7.3: a stateful key changes with the packet of such a count.
bool changes_key(mppe::CoherencyCount count) { return (count.value() & 0xff) == 0xff; }

struct Receiver {
  mppe::Mode mode;
  Secret<16> start_key;
};

Receiver receiver(const DataKeys& keys, bool from_client) {
  const auto role = from_client ? mppe::Role::server : mppe::Role::client;
  const mppe::Mode mode = session::mode_of(from_client ? keys.modes.from_peer : keys.modes.to_peer);
  return {mode, session::start_keys(keys.material, mode.strength, role).receive};
}

/// Looks at the packets of one direction in their order.
class Look {
 public:
  Look(const crypto::Library& library, const std::optional<DataKeys>& keys,
       const Recording& recording, bool from_client)
      : sender_(from_client ? find_assignment(recording).client : Ipv4Address()),
        from_client_(from_client),
        compresses_(agreed_on_mppc(recording)),
        pool_(1),
        buffer_(pool_.take()) {
    if (!keys) return;
    const auto [mode, start_key] = receiver(*keys, from_client);
    stateless_ = mode.stateless;
    decryptor_.emplace(library, mode, start_key);
  }

  void take(const RecordedPacket& packet) {
    ++data_.packets;
    sequence_ = packet.sequence;
    if (packet.protocol != ppp::Protocol::compressed) {
      decryptor_ ? void(++data_.in_clear) : void(sort_in({packet.protocol, 2}, packet.packet));
    } else if (!decryptor_) {
      ++data_.compressed;
    } else {
      decrypt(packet.packet);
    }
  }

  RecordedData result() {
    end_noise();
    return std::move(data_);
  }

 private:
  void decrypt(View packet) {
    Reader reader(packet);
    const mppe::Header header(reader.u16());
    // Our server takes no notice of it at all.
    if (compresses_ && (header.bits & mppe::Header::kCompressed) != 0) {
      ++data_.compressed;
      return;
    }
    note_gap(header);
    buffer_->clear();
    if (!reader.ok() || !buffer_->assign(packet)) {
      ++noise_;
    } else if (decryptor_->decrypt(*buffer_)) {
      ++(gap_ ? data_.behind_gap : noise_);
    } else {
      const View contents = std::as_const(*buffer_).view();
      data_.plain.push_back({header, copy(contents), copy(packet)});
      const auto inner = ppp::parse_frame_header(contents);
      const bool sound = inner && sort_in(*inner, contents.subspan(inner->size));
      sound ? end_noise() : void(++noise_);
    }
  }

  /// A stateful key fits no more where a packet is missing.
  void note_gap(mppe::Header header) {
    const bool flushed = (header.bits & mppe::Header::kFlushed) != 0;
    gap_ = !stateless_ && !flushed && (gap_ || header.count != expected_);
    expected_ = header.count.next();
  }

  /// False if it is noise. Our server does not check a header's sum: that is for who receives it.
  bool sort_in(ppp::FrameHeader header, View packet) {
    const ppp::Protocol protocol = header.protocol;
    if (protocol == ppp::Protocol::ipv4) {
      const auto parsed = ip::Ipv4Packet::parse(packet);
      if (!parsed) {
        const bool sound = ipv4_checksum_right(packet);
        if (sound) data_.cut.insert(sequence_);
        return sound;
      }
      if (from_client_ && parsed->source != sender_) {
        ++data_.foreign_source;
      } else {
        data_.ipv4.push_back(copy(packet.first(parsed->total_length)));
      }
      return ipv4_checksum_right(packet);
    }
    if (protocol == kIpv6 && !packet.empty() && packet[0] >> 4 == 6) {
      ++data_.ipv6;
    } else if (protocol == kVjCompressed || protocol == kVjUncompressed) {
      ++data_.vj_compressed;
    } else if (ppp::is_network_data(protocol) && header.size == 2) {
      ++data_.other_protocol;
    } else {
      return false;
    }
    return true;
  }

  void end_noise() {
    const bool few = noise_ <= kMostDamagedInARow && data_.plain.size() > noise_;
    (few ? data_.damaged : data_.undecryptable) += noise_;
    noise_ = 0;
  }

  Ipv4Address sender_;
  bool from_client_;
  bool compresses_;
  /// Of the packet that is looked at.
  std::uint32_t sequence_ = 0;
  PacketPool pool_;
  Packet buffer_;
  std::optional<mppe::Decryptor> decryptor_;
  bool stateless_ = true;
  mppe::CoherencyCount expected_;
  bool gap_ = false;
  /// So many were noise since the last that was not.
  std::size_t noise_ = 0;
  RecordedData data_;
};

}  // namespace

RecordedData look_at(const crypto::Library& library, const std::optional<DataKeys>& keys,
                     const Recording& recording, bool from_client) {
  Look look(library, keys, recording, from_client);
  for (const RecordedPacket* packet : find_data(recording, from_client)) look.take(*packet);
  return look.result();
}

std::size_t remove_cut_packets(const crypto::Library& library, const std::optional<DataKeys>& keys,
                               Recording& recording) {
  const auto cut_from_client = look_at(library, keys, recording, true).cut;
  const auto cut_from_server = look_at(library, keys, recording, false).cut;
  return std::erase_if(recording.packets, [&](const RecordedPacket& packet) {
    const auto& cut = packet.from_client ? cut_from_client : cut_from_server;
    return cut.contains(packet.sequence) && ppp::is_network_data(packet.protocol);
  });
}

bool same_in_batches(const crypto::Library& library, const DataKeys& keys, bool from_client,
                     const RecordedData& data) {
  constexpr std::size_t kBatch = 64;
  mppe::CipherBatch batch(kBatch);
  const auto [mode, start_key] = receiver(keys, from_client);
  mppe::Decryptor decryptor(library, mode, start_key, &batch);
  PacketPool pool(kBatch);
  for (std::size_t first = 0; first < data.plain.size(); first += kBatch) {
    const auto part =
        std::span(data.plain).subspan(first, std::min(kBatch, data.plain.size() - first));
    PacketBatch packets;
    for (const RecordedData::Plain& plain : part) {
      packets.push_back(pool.take());
      if (!packets.back()->assign(plain.encrypted) || decryptor.decrypt(*packets.back()))
        return false;
    }
    batch.run();
    const auto same = [](const Packet& packet, const RecordedData::Plain& plain) {
      return std::ranges::equal(packet->view(), plain.contents);
    };
    if (!std::ranges::equal(packets, part, same)) return false;
  }
  return true;
}

EncryptedAgain encrypt_again(const crypto::Library& library, const DataKeys& keys,
                             const RecordedData& data) {
  const mppe::Mode mode = session::mode_of(keys.modes.to_peer);
  mppe::Encryptor encryptor(
      library, mode, session::start_keys(keys.material, mode.strength, mppe::Role::server).send);
  PacketPool pool(1);
  const Packet buffer = pool.take();
  mppe::CoherencyCount next;
  EncryptedAgain result;
  bool defined = true;
  bool reset = false;
  for (const RecordedData::Plain& plain : data.plain) {
    const bool flushed = (plain.header.bits & mppe::Header::kFlushed) != 0;
    const bool due = changes_key(plain.header.count);
    if (!mode.stateless) {
      reset = reset || (flushed && !due && plain.header.count != mppe::CoherencyCount());
      defined = (defined && plain.header.count == next) || due;
    }
    for (; next != plain.header.count; next = next.next()) {
      buffer->clear();
      encryptor.encrypt(*buffer);
    }
    buffer->clear();
    if (!buffer->assign(plain.contents)) continue;
    encryptor.encrypt(*buffer);
    next = next.next();
    if (!defined || reset) {
      ++result.undefined;
    } else if (std::ranges::equal(std::as_const(*buffer).view(), plain.encrypted)) {
      ++result.same;
    } else {
      ++result.different;
    }
  }
  return result;
}

}  // namespace upptpd::replay
