// The way between a recorded client and our server, in virtual time: nothing is lost, everything
// takes 10 ms.
#pragma once

#include <string>

#include "auth/secrets_file.hpp"
#include "recorded_client.hpp"
#include "support/pure_server.hpp"

namespace upptpd::replay {

inline constexpr Duration kLatency = std::chrono::milliseconds(10);

struct ReplayedCall {
  /// When the first control message left the client.
  Instant began;
  RecordedClient::Progress client;
  PureServer::Progress server;
  /// How far each got.
  std::string client_words;
  std::string server_words;
  unsigned client_rebuilt = 0;
  bool client_disturbed = false;
};

/// From the client's first message until the call has ended as the recorded one did, or can't.
ReplayedCall replay_call(const crypto::Library& library, const Recording& recording,
                         const Expectation& expectation, const auth::SecretsFile& users);

}  // namespace upptpd::replay
