// The way of one session's packets: PPP frame to IP packet and back, encrypted, nothing let through
// that should not.
#pragma once

#include <optional>

#include "core/packet_buffer.hpp"
#include "crypto/library.hpp"
#include "ip/source_filter.hpp"
#include "mppe/decryptor.hpp"
#include "mppe/encryptor.hpp"
#include "ppp/frame.hpp"
#include "session/statistics.hpp"

namespace upptpd::session {

/// What encryption adds to an IP packet in the information field: the MPPE header and the inner
/// protocol, two octets each.
inline constexpr std::size_t kEncryptionOverhead = mppe::Header::kSize + 2;

/// Clear IP never passes, in either direction, at any moment: without encryption nothing does.
class DataPath {
 public:
  /// `library` must outlive this.
  explicit DataPath(const crypto::Library& library) : library_(library) {}

  void encryption_up(const mppe::StartKeys& keys, mppe::Strength strength);
  void encryption_down();
  /// Packets from the peer are from `only_source`, if there is one; `peer_mru` limits the
  /// information field of what we send.
  void network_up(std::optional<Ipv4Address> only_source, std::uint16_t peer_mru,
                  ppp::HeaderCompression compression);
  void network_down() { network_.reset(); }

  /// Makes the IP packet of a PPP frame whose header (which named `protocol`) is off already. False
  /// when it is dropped and counted. Does not allocate.
  bool receive(PacketBuffer& packet, ppp::Protocol protocol, Statistics& statistics);

  /// Makes the PPP frame for an IP packet that goes to the peer. False when it is dropped and
  /// counted.
  bool send(PacketBuffer& packet, Statistics& statistics);

  /// Whether so many packets in a row decrypted to noise that the keys of both sides must be apart:
  /// 4096 or more packets were lost at once, and the coherency count went round.
  [[nodiscard]] bool keys_are_apart() const { return undecipherable_ >= kMostUndecipherable; }

  /// Whether a packet was encrypted or decrypted with the keys in use.
  [[nodiscard]] bool encryption_used() const { return encryption_used_; }

 private:
  struct Network {
    std::optional<ip::SourceFilter> source_filter;
    std::uint16_t peer_mru;
    ppp::HeaderCompression compression;
  };

  static constexpr unsigned kMostUndecipherable = 64;

  void count_noise(ppp::Protocol protocol, std::optional<DropReason> reason);
  std::optional<DropReason> open_frame(PacketBuffer& packet, ppp::Protocol protocol);
  std::optional<DropReason> check_packet(PacketBuffer& packet) const;

  const crypto::Library& library_;
  std::optional<mppe::Encryptor> encryptor_;
  std::optional<mppe::Decryptor> decryptor_;
  bool encryption_used_ = false;
  unsigned undecipherable_ = 0;
  std::optional<Network> network_;
};

}  // namespace upptpd::session
