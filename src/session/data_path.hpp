// The way of one session's packets: PPP frame to IP packet and back, encrypted, nothing let through
// that should not.
#pragma once

#include <bitset>
#include <optional>
#include <utility>

#include "core/packet_buffer.hpp"
#include "crypto/library.hpp"
#include "ip/address_filters.hpp"
#include "ip/dhcp_inform.hpp"
#include "mppe/decryptor.hpp"
#include "mppe/encryptor.hpp"
#include "ppp/frame.hpp"
#include "session/statistics.hpp"

namespace upptpd::session {

/// What encryption adds to an IP packet in the information field: the MPPE header and the inner
/// protocol, two octets each.
inline constexpr std::size_t kEncryptionOverhead = mppe::Header::kSize + 2;

/// What the sessions of a worker encrypt and decrypt together.
struct CipherBatches {
  /// Each for `capacity` packets at a time.
  explicit CipherBatches(std::size_t capacity) : send(capacity), receive(capacity) {}

  mppe::CipherBatch send;
  mppe::CipherBatch receive;
};

/// Clear IP passes in neither direction at any moment, unless the network comes up for it; and
/// never beside encryption.
class DataPath {
 public:
  /// Both must outlive this. Without `batches` each packet is encrypted and decrypted at once.
  explicit DataPath(const crypto::Library& library, CipherBatches* batches = nullptr)
      : library_(library), batches_(batches) {}

  void encryption_up(const mppe::StartKeys& keys, mppe::Mode send, mppe::Mode receive);
  void encryption_down();
  /// The peer has lost packets: the next one is encrypted so that it can begin with it.
  void flush() {
    if (encryptor_) encryptor_->flush();
  }
  struct Network {
    /// Packets from the peer are from this address, if there is one.
    std::optional<ip::SourceFilter> source_filter;
    /// Limits the information field of what we send.
    std::uint16_t peer_mru = 0;
    ppp::HeaderCompression compression{};
    /// Packets pass while there is no encryption.
    bool clear = false;
    /// Where packets from the peer may go.
    ip::DestinationFilter destination_filter{};
    /// TCP connections are kept to this segment size, in octets; 0: as they are.
    std::uint16_t mss = 0;
    /// Where the peer asks for settings by DHCP, and from which address; unspecified: nowhere.
    Ipv4Address dhcp_server{};
    Ipv4Address client{};
  };
  void network_up(const Network& network) { network_ = network; }
  void network_down() { network_.reset(); }

  enum class Opened : std::uint8_t {
    dropped,  // and counted
    clear,    // `arrive` is next
    waiting   // the same, once the batch has been run
  };
  /// Takes what is around the IP packet off a PPP frame whose header (which named `protocol`) is
  /// off already. Does not allocate, here and below.
  Opened open(PacketBuffer& packet, ppp::Protocol protocol, Statistics& statistics);
  /// What was opened is an IP packet that the peer may send. False when it is dropped and counted,
  /// or for us.
  bool arrive(PacketBuffer& packet, ppp::Protocol protocol, Statistics& statistics);
  /// Both, where nothing waits.
  bool receive(PacketBuffer& packet, ppp::Protocol protocol, Statistics& statistics) {
    return open(packet, protocol, statistics) == Opened::clear &&
           arrive(packet, protocol, statistics);
  }

  /// What the last packet asked for, if it was for us: `receive` said false, and nothing was
  /// dropped.
  std::optional<ip::DhcpInform> take_inform() { return std::exchange(inform_, {}); }

  /// A packet that the peer must not send where it wants to.
  struct Refusal {
    DropReason reason;
    Ipv4Address source;
    Ipv4Address destination;
  };
  /// The first one for each reason.
  std::optional<Refusal> take_refusal() { return std::exchange(refusal_, {}); }
  /// Drops and counts one that somebody else found.
  void refuse(const Refusal& refusal, Statistics& statistics);

  /// Makes the PPP frame for an IP packet that goes to the peer, encrypted once the batch has been
  /// run. False when it is dropped and counted.
  bool send(PacketBuffer& packet, Statistics& statistics);

  /// Whether so many packets decrypted to noise, and none to anything else, that the keys of both
  /// sides must be apart: more packets were lost at once than the decryptor can make up for.
  [[nodiscard]] bool keys_are_apart() const { return undecipherable_ >= kMostUndecipherable; }

  /// Whether packets of the peer's are missing, and nothing is understood until it starts anew.
  [[nodiscard]] bool awaits_flush() const { return decryptor_ && decryptor_->awaits_flush(); }

  /// Whether a packet was encrypted or decrypted with the keys in use.
  [[nodiscard]] bool encryption_used() const { return encryption_used_; }

 private:
  static constexpr unsigned kMostUndecipherable = 64;

  void count_noise(ppp::Protocol protocol, std::optional<DropReason> reason);
  std::optional<DropReason> open_frame(PacketBuffer& packet, ppp::Protocol protocol);
  std::optional<DropReason> take_inner_header(PacketBuffer& packet);
  std::optional<DropReason> check_packet(PacketBuffer& packet);
  std::optional<DropReason> check_addresses(const ip::Ipv4Packet& parsed, View packet);
  void note(const Refusal& refusal);

  const crypto::Library& library_;
  CipherBatches* batches_;
  std::optional<mppe::Encryptor> encryptor_;
  std::optional<mppe::Decryptor> decryptor_;
  bool encryption_used_ = false;
  unsigned undecipherable_ = 0;
  std::optional<Network> network_;
  std::optional<ip::DhcpInform> inform_;
  std::optional<Refusal> refusal_;
  std::bitset<static_cast<std::size_t>(DropReason::count_)> refused_before_;
};

}  // namespace upptpd::session
