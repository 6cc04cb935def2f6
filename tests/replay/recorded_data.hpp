// The encrypted packets of a recorded call, decrypted and looked at one by one, so that we know
// what our data path must make of them.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "auth/login.hpp"
#include "crypto/library.hpp"
#include "mppe/header.hpp"
#include "mppe/master_keys.hpp"
#include "recording.hpp"

namespace upptpd::replay {

struct DecryptedData {
  std::size_t packets = 0;
  /// The IPv4 packets from the client's own address: these must arrive. Their header checksums are
  /// right, so that nobody can take noise for one.
  std::vector<Bytes> ipv4{};
  /// What must not arrive, for a reason of its own.
  std::size_t foreign_source = 0;
  std::size_t ipv6 = 0;
  std::size_t vj_compressed = 0;
  std::size_t other_protocol = 0;
  /// Noise, or not MPPE.
  std::size_t undecryptable = 0;
  /// Both directions: MPPE's header, inner protocol and data, in the order of the packets.
  struct Plain {
    mppe::Header header;
    Bytes contents;
    /// As recorded, with the header.
    Bytes encrypted;
  };
  std::vector<Plain> plain{};
};

/// The client's packets, as a server sees them, or the server's, as the client does.
DecryptedData decrypt(const crypto::Library& library, const auth::KeyMaterial& keys,
                      const Recording& recording, bool from_client);

/// How many of the recorded server's packets our encryption makes octet by octet the same, each
/// count that the capture lacks filled up with something.
std::size_t count_same_encryption(const crypto::Library& library, const auth::KeyMaterial& keys,
                                  const DecryptedData& data);

}  // namespace upptpd::replay
