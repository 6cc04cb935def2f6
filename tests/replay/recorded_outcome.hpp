// What came of a recorded call in the end, and who ended it how: the same is to come of it with our
// server.
#pragma once

#include "recorded_rules.hpp"

namespace upptpd::replay {

/// How far the call came.
enum class Reach {
  no_common_method,
  login_refused,
  /// Nobody could encrypt as the other wanted.
  no_encryption,
  logged_in,
  connected
};
Reach find_reach(const Recording& recording, const RecordedLogin& login, bool login_is_refused);

/// The first that either side did to end the call.
struct RecordedEnd {
  enum class Way {
    /// The recording just ends, as if the connection did.
    connection_lost,
    client_terminates,  // LCP
    client_clears,
    client_stops,
    server
  };
  Way way = Way::connection_lost;
  /// The client's LCP packet or control message.
  Bytes packet{};
  /// What an LCP Terminate-Request says.
  Bytes reason{};
};
RecordedEnd find_end(const Recording& recording);

/// All that a recording says about what our server has to make of its client.
struct Expectation {
  RecordedLogin login{};
  /// What the recorded login was made with, where that is known without our server.
  std::optional<std::string> password{};
  ExpectedVerdict verdict{};
  auth::LoginRules rules{};
  std::optional<ppp::EncryptionModes> modes{};
  Reach reach{};
  RecordedEnd end{};

  /// Whether it is our server alone that has a reason to end the call.
  [[nodiscard]] bool server_ends_alone() const;
};
Expectation expect(const crypto::Library& library, const Recording& recording,
                   const std::vector<Login>& logins);

}  // namespace upptpd::replay
