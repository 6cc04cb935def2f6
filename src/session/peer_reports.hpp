// What a peer tells about itself, as events: each thing once, so that it cannot fill the log.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "session/client_fingerprint.hpp"
#include "session/events.hpp"

namespace upptpd::session {

class PeerReports {
 public:
  /// So many of a kind are reported; clients have three or four protocols too many.
  static constexpr std::size_t kMost = 8;

  // The event to emit, if any.
  std::optional<Event> identified(View text);
  /// Encryption that the client asked for is not to be had.
  std::optional<Event> encryption_refused(const ppp::EncryptionPolicy& policy,
                                          std::optional<std::uint32_t> offered);
  std::optional<Event> recognised(const ClientTraits& traits);
  std::optional<Event> protocol_rejected(ppp::Protocol protocol);
  std::optional<Event> terminates(View data);

 private:
  std::vector<ppp::Protocol> rejected_;
  std::size_t identifications_ = 0;
  std::size_t recognitions_ = 0;
  std::string recognised_;
  bool terminates_ = false;
  bool encryption_refused_ = false;
};

}  // namespace upptpd::session
