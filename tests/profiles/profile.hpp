// What one kind of client is known to do, as data: octets, order, waits, strictness. What plays it
// is ProfileClient, by rules of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/messages.hpp"
#include "core/time.hpp"
#include "ppp/auth_method.hpp"

namespace upptpd::profiles {

/// Of every user, unless a row says otherwise. Stands in no text of ours.
inline constexpr const char* kPassword = "plugh-4711";

/// The control connection.
struct ControlSide {
  control::StartControlConnectionRequest start{};
  control::OutgoingCallRequest call{};
  /// What stands behind the NUL that ends the vendor's name.
  std::string junk{};
  /// Between the reply to the start and the call.
  Duration before_call{};
  /// Sends a Set-Link-Info when its PPP engine starts, and more of them later.
  bool sends_link_info = false;
};

/// The GRE tunnel.
struct TunnelSide {
  std::uint32_t first_sequence = 0;
  /// Its first packet acknowledges number -1.
  bool acknowledges_nothing_first = false;
  /// How long an acknowledgment waits for data.
  Duration acknowledgment = std::chrono::milliseconds(80);
};

/// LCP, and PPP frames.
struct LinkSide {
  /// From the answered call to its first Configure-Request.
  Duration engine_start{};
  /// Frames that come before that are lost.
  bool drops_early_frames = true;
  Duration restart = std::chrono::seconds(2);
  /// Its Configure-Request, in hexadecimal.
  const char* options = "";
  /// LCP Identifications once LCP is open.
  std::vector<std::string> identifications{};
  /// And one more that is no text: 16 octets that identify the call for Microsoft's own servers.
  bool sends_correlation_id = false;
  /// FF 03 in front of every frame, and never a short protocol number.
  bool always_full_header = false;
};

struct LoginSide {
  /// In order of preference: the first is what it names in a Nak.
  std::vector<ppp::AuthMethod> methods{};
  /// As it is sent.
  std::string name = "bob";
  /// One after the other, where the server lets it try again.
  std::vector<std::string> passwords = {kPassword};
  /// What it takes for a new password, if the old one has expired.
  std::optional<std::string> new_password{};
  /// The last octet of an MS-CHAPv2 response.
  std::uint8_t flags = 0;
  /// MS-CHAPv1 without an NT response.
  bool lan_manager_only = false;
  /// Gives the login up if anything stands behind the digits of "S=".
  bool wants_bare_success = false;
  /// Tells with a Terminate-Request and a RAS error number why it ends.
  bool explains_its_end = false;
};

struct EncryptionSide {
  enum class Wish : std::uint8_t {
    /// Rejects CCP, the protocol.
    none,
    optional,
    /// Ends the connection with 742 where there is none.
    required
  };
  Wish wish = Wish::none;
  /// The values of option 18 (RFC 3078) that it encrypts with, the best first.
  std::vector<std::uint32_t> takes{};
  /// Asks once more for what was acknowledged, when CCP is open already.
  bool repeats_request_when_open = false;
  /// Answers a Reset-Request with another key, as Linux does, not with the same (RFC 3078).
  bool changes_key_on_flush = false;
};

/// A protocol that it negotiates after the login, and the options in hexadecimal.
struct Ask {
  std::uint16_t protocol = 0;
  const char* options = "";
};

enum class End : std::uint8_t {
  /// Terminate-Request, Call-Clear-Request, Stop-Control-Connection-Request, each when the one
  /// before is answered.
  windows,
  /// Terminate-Request, then Call-Clear-Request and the end of TCP at once.
  pptp_linux,
  /// Says nothing any more.
  silence,
  /// TCP is reset.
  reset
};

struct Profile {
  const char* name = "";
  /// "capture 2", "log", "documents": what it rests on.
  const char* evidence = "";
  ControlSide control{};
  TunnelSide tunnel{};
  LinkSide link{};
  LoginSide login{};
  EncryptionSide encryption{};
  /// In order. CCP and IPCP are among them where it asks for them.
  std::vector<Ask> asks_for{};
  End end = End::windows;
};

/// Windows 95 to 11, as they come.
std::vector<Profile> windows_profiles();
/// macOS, Linux, routers and a test machine.
std::vector<Profile> other_profiles();
/// Each strict in one respect; the rest of it is Windows.
std::vector<Profile> strict_profiles();

/// All of them.
std::vector<Profile> all_profiles();
/// Among all of them. There must be one.
Profile profile_named(std::string_view name);

}  // namespace upptpd::profiles
