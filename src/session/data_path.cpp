#include "session/data_path.hpp"

#include "core/writer.hpp"
#include "ip/ipv4_packet.hpp"

namespace upptpd::session {

void DataPath::encryption_up(const mppe::StartKeys& keys, mppe::Strength strength) {
  encryptor_.emplace(library_, strength, keys.send);
  decryptor_.emplace(library_, strength, keys.receive);
  encryption_used_ = false;
  undecipherable_ = 0;
}

void DataPath::encryption_down() {
  encryptor_.reset();
  decryptor_.reset();
}

void DataPath::network_up(std::optional<Ipv4Address> only_source, std::uint16_t peer_mru,
                          ppp::HeaderCompression compression) {
  network_ = Network{{}, peer_mru, compression};
  if (only_source) network_->source_filter.emplace(*only_source);
}

bool DataPath::receive(PacketBuffer& packet, ppp::Protocol protocol, Statistics& statistics) {
  auto reason = open_frame(packet, protocol);
  if (!reason) reason = check_packet(packet);
  count_noise(protocol, reason);
  if (reason) {
    statistics.drops.add(*reason);
    return false;
  }
  ++statistics.packets_in;
  statistics.bytes_in += packet.size();
  return true;
}

void DataPath::count_noise(ppp::Protocol protocol, std::optional<DropReason> reason) {
  const bool noise = reason == DropReason::frame_malformed ||
                     reason == DropReason::frame_protocol || reason == DropReason::ip_malformed;
  if (!noise) {
    undecipherable_ = 0;
  } else if (protocol == ppp::Protocol::compressed) {
    ++undecipherable_;
  }
}

std::optional<DropReason> DataPath::open_frame(PacketBuffer& packet, ppp::Protocol protocol) {
  if (!network_) return DropReason::before_network;
  if (protocol != ppp::Protocol::compressed) {
    return protocol == ppp::Protocol::ipv4 ? DropReason::not_encrypted : DropReason::frame_protocol;
  }
  if (!decryptor_) return DropReason::not_decryptable;
  if (const auto reason = decryptor_->decrypt(packet)) return reason;
  encryption_used_ = true;
  const auto inner = ppp::parse_frame_header(packet.view());
  if (!inner) return DropReason::frame_malformed;
  if (inner->protocol != ppp::Protocol::ipv4) return DropReason::frame_protocol;
  packet.pop_front(inner->size);
  return {};
}

std::optional<DropReason> DataPath::check_packet(PacketBuffer& packet) const {
  const auto parsed = ip::Ipv4Packet::parse(packet.view());
  if (!parsed) return DropReason::ip_malformed;
  const auto& filter = network_->source_filter;
  if (filter && !filter->permits(parsed->source)) return DropReason::ip_source;
  packet.resize(parsed->total_length);
  return {};
}

bool DataPath::send(PacketBuffer& packet, Statistics& statistics) {
  const auto drop = [&](DropReason reason) {
    statistics.drops.add(reason);
    return false;
  };
  if (!network_) return drop(DropReason::before_network);
  if (!encryptor_) return drop(DropReason::not_encrypted);
  if (packet.size() + kEncryptionOverhead > network_->peer_mru) {
    return drop(DropReason::exceeds_peer_mru);
  }
  ++statistics.packets_out;
  statistics.bytes_out += packet.size();
  // Two octets inside, as every client sends and takes it there.
  Writer(packet.push_front(2)).u16(static_cast<std::uint16_t>(ppp::Protocol::ipv4));
  encryptor_->encrypt(packet);
  encryption_used_ = true;
  ppp::push_frame_header(packet, ppp::Protocol::compressed, network_->compression);
  return true;
}

}  // namespace upptpd::session
