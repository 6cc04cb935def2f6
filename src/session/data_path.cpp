#include "session/data_path.hpp"

#include "core/writer.hpp"
#include "ip/ipv4_packet.hpp"
#include "ip/mss_clamp.hpp"

namespace upptpd::session {

void DataPath::encryption_up(const mppe::StartKeys& keys, mppe::Mode send, mppe::Mode receive) {
  encryptor_.emplace(library_, send, keys.send, batches_ ? &batches_->send : nullptr);
  decryptor_.emplace(library_, receive, keys.receive, batches_ ? &batches_->receive : nullptr);
  encryption_used_ = false;
  undecipherable_ = 0;
}

void DataPath::encryption_down() {
  encryptor_.reset();
  decryptor_.reset();
}

DataPath::Opened DataPath::open(PacketBuffer& packet, ppp::Protocol protocol,
                                Statistics& statistics) {
  if (const auto reason = open_frame(packet, protocol)) {
    count_noise(protocol, reason);
    statistics.drops.add(*reason);
    return Opened::dropped;
  }
  const bool waits = protocol == ppp::Protocol::compressed && decryptor_->waits_for_batch();
  return waits ? Opened::waiting : Opened::clear;
}

bool DataPath::arrive(PacketBuffer& packet, ppp::Protocol protocol, Statistics& statistics) {
  std::optional<DropReason> reason;
  // The network may have gone down meanwhile.
  if (!network_) reason = DropReason::before_network;
  if (!reason && protocol == ppp::Protocol::compressed) reason = take_inner_header(packet);
  if (!reason) reason = check_packet(packet);
  count_noise(protocol, reason);
  if (reason) {
    statistics.drops.add(*reason);
    return false;
  }
  ++statistics.packets_in;
  statistics.bytes_in += packet.size();
  return !inform_;
}

// What was dropped for another reason without being decrypted tells nothing of the keys. But for
// gaps that are not paid for: as long as nothing else comes, none will be.
void DataPath::count_noise(ppp::Protocol protocol, std::optional<DropReason> reason) {
  if (protocol != ppp::Protocol::compressed) return;
  const bool noise = reason == DropReason::frame_malformed ||
                     reason == DropReason::frame_protocol || reason == DropReason::ip_malformed ||
                     reason == DropReason::mppe_gap;
  if (noise) ++undecipherable_;
  const bool understood = !reason || reason == DropReason::ip_source ||
                          reason == DropReason::ip_destination ||
                          reason == DropReason::dhcp_refused;
  if (understood) undecipherable_ = 0;
}

std::optional<DropReason> DataPath::open_frame(PacketBuffer& packet, ppp::Protocol protocol) {
  if (!network_) return DropReason::before_network;
  if (protocol == ppp::Protocol::compressed) {
    if (!decryptor_) return DropReason::not_decryptable;
    const auto reason = decryptor_->decrypt(packet);
    if (!reason) encryption_used_ = true;
    return reason;
  }
  if (protocol != ppp::Protocol::ipv4) return DropReason::frame_protocol;
  const bool clear = network_->clear && !decryptor_;
  return clear ? std::nullopt : std::optional(DropReason::not_encrypted);
}

std::optional<DropReason> DataPath::take_inner_header(PacketBuffer& packet) {
  const auto inner = ppp::parse_frame_header(packet.view());
  if (!inner) return DropReason::frame_malformed;
  if (inner->protocol != ppp::Protocol::ipv4) return DropReason::frame_protocol;
  packet.pop_front(inner->size);
  return {};
}

std::optional<DropReason> DataPath::check_packet(PacketBuffer& packet) {
  const auto parsed = ip::Ipv4Packet::parse(packet.view());
  if (!parsed) return DropReason::ip_malformed;
  if (const auto reason = check_addresses(*parsed, packet.view())) {
    // Who may not go everywhere tries to reach everybody all the same: Windows does so at once.
    const bool worth_a_word =
        *reason != DropReason::ip_destination || parsed->destination.is_host();
    if (worth_a_word) note({*reason, parsed->source, parsed->destination});
    return reason;
  }
  packet.resize(parsed->total_length);
  if (network_->mss != 0) ip::clamp_mss(packet.view(), *parsed, network_->mss);
  return {};
}

std::optional<DropReason> DataPath::check_addresses(const ip::Ipv4Packet& parsed, View packet) {
  const auto& filter = network_->source_filter;
  if (filter && !filter->permits(parsed.source)) return DropReason::ip_source;
  if (!network_->dhcp_server.is_unspecified()) {
    const auto inform =
        ip::read_dhcp_inform(packet, parsed, network_->client, network_->dhcp_server);
    if (!inform && inform.error() != ip::NotInform::not_ours) return DropReason::dhcp_refused;
    if (inform) {
      inform_ = *inform;
      return {};
    }
  }
  // What goes back to where it came from would go round until its time to live is over.
  const bool turns_back = filter && filter->permits(parsed.destination);
  if (turns_back || !network_->destination_filter.permits(parsed.destination)) {
    return DropReason::ip_destination;
  }
  return {};
}

void DataPath::refuse(const Refusal& refusal, Statistics& statistics) {
  statistics.drops.add(refusal.reason);
  note(refusal);
}

void DataPath::note(const Refusal& refusal) {
  auto before = refused_before_[static_cast<std::size_t>(refusal.reason)];
  if (before) return;
  before = true;
  refusal_ = refusal;
}

bool DataPath::send(PacketBuffer& packet, Statistics& statistics) {
  const auto drop = [&](DropReason reason) {
    statistics.drops.add(reason);
    return false;
  };
  if (!network_) return drop(DropReason::before_network);
  if (!encryptor_ && !network_->clear) return drop(DropReason::not_encrypted);
  const std::size_t overhead = encryptor_ ? kEncryptionOverhead : 0;
  if (packet.size() + overhead > network_->peer_mru) return drop(DropReason::exceeds_peer_mru);
  if (network_->mss != 0) {
    const auto parsed = ip::Ipv4Packet::parse(packet.view());
    if (parsed) ip::clamp_mss(packet.view(), *parsed, network_->mss);
  }
  ++statistics.packets_out;
  statistics.bytes_out += packet.size();
  if (!encryptor_) {
    ppp::push_frame_header(packet, ppp::Protocol::ipv4, network_->compression);
    return true;
  }
  // Two octets inside, as every client sends and takes it there.
  Writer(packet.push_front(2)).u16(static_cast<std::uint16_t>(ppp::Protocol::ipv4));
  encryptor_->encrypt(packet);
  encryption_used_ = true;
  ppp::push_frame_header(packet, ppp::Protocol::compressed, network_->compression);
  return true;
}

}  // namespace upptpd::session
