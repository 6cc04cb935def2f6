// The network packets of a recorded call, decrypted and looked at one by one, so that we know what
// our data path must make of them.
#pragma once

#include <set>
#include <vector>

#include "auth/login.hpp"
#include "crypto/library.hpp"
#include "mppe/header.hpp"
#include "ppp/ccp.hpp"
#include "recording.hpp"

namespace upptpd::replay {

/// What the data of a call are encrypted with.
struct DataKeys {
  auth::KeyMaterial material{};
  ppp::EncryptionModes modes{};
};

struct RecordedData {
  std::size_t packets = 0;
  /// The IPv4 packets from the client's own address: these must arrive.
  std::vector<Bytes> ipv4{};

  // What must not arrive, for a reason of its own.
  std::size_t foreign_source = 0;
  std::size_t ipv6 = 0;
  std::size_t vj_compressed = 0;
  std::size_t other_protocol = 0;
  /// In clear, where data are encrypted.
  std::size_t in_clear = 0;
  /// Compressed, where nothing was agreed on that this server knows.
  std::size_t compressed = 0;
  /// Statefully encrypted, after packets that the capture lost, and before the next flush.
  std::size_t behind_gap = 0;

  /// The sequence numbers of those whose ends the capture has not kept: on the network they were
  /// whole, or dropped before anybody looked into them.
  std::set<std::uint32_t> cut{};
  /// Noise, in one packet here or there: the capture or the way damaged it.
  std::size_t damaged = 0;
  /// Noise, or not MPPE, and not for any of these reasons.
  std::size_t undecryptable = 0;

  [[nodiscard]] std::size_t encrypted() const { return plain.size(); }
  /// MPPE's header, inner protocol and data, in the order of the packets.
  struct Plain {
    mppe::Header header;
    Bytes contents;
    /// As recorded, with the header.
    Bytes encrypted;
  };
  std::vector<Plain> plain{};
};

/// The client's packets as a server sees them, or the server's as the client does. Without keys: in
/// clear.
RecordedData look_at(const crypto::Library& library, const std::optional<DataKeys>& keys,
                     const Recording& recording, bool from_client);

/// Takes out of both directions what the capture has cut short; says how many that was.
std::size_t remove_cut_packets(const crypto::Library& library, const std::optional<DataKeys>& keys,
                               Recording& recording);

/// Whether our decryption in batches makes the same of all that were decrypted one by one.
bool same_in_batches(const crypto::Library& library, const DataKeys& keys, bool from_client,
                     const RecordedData& data);

/// The recorded server's packets, encrypted again by us.
struct EncryptedAgain {
  std::size_t same = 0;
  std::size_t different = 0;
  /// What each sender does in its own way: stateful packets after one that a capture lost, up to
  /// the next change of the key, and all that follow a flush which the client asked for.
  std::size_t undefined = 0;
};
EncryptedAgain encrypt_again(const crypto::Library& library, const DataKeys& keys,
                             const RecordedData& data);

}  // namespace upptpd::replay
