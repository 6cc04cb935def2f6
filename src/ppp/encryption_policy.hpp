// What a side wants of MPPE, and the bits that say so on the wire. RFC 3078 section 2.1.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace upptpd::ppp {

/// The supported bits of CCP's option 18.
struct MppeBits {
  static constexpr std::uint32_t kStateless = 0x01000000;    // H
  static constexpr std::uint32_t k56 = 0x00000080;           // M
  static constexpr std::uint32_t k128 = 0x00000040;          // S
  static constexpr std::uint32_t k40 = 0x00000020;           // L
  static constexpr std::uint32_t kObsolete = 0x00000010;     // D
  static constexpr std::uint32_t kCompression = 0x00000001;  // C, MPPC

  static constexpr std::uint32_t kStrengths = k128 | k56 | k40;
};

/// The length of a key, as configuration files have it, and its bit; the strongest first.
inline constexpr std::array<std::pair<std::string_view, std::uint32_t>, 3> kStrengthNames = {
    {{"128", MppeBits::k128}, {"56", MppeBits::k56}, {"40", MppeBits::k40}}};

/// The one bit; 0 if there is no strength among these.
std::uint32_t strongest_of(std::uint32_t bits);

struct EncryptionPolicy {
  enum class Requirement : std::uint8_t {
    require,  // nothing passes in clear
    prefer,   // asked for; where the peer cannot, packets pass in clear
    allow,    // not asked for, but agreed to
    off       // not agreed to
  };
  Requirement requirement = Requirement::require;
  /// The strengths that may be agreed on, as MppeBits; the strongest is preferred.
  std::uint32_t strengths = MppeBits::k128;
  /// Whether stateful keys are agreed to where the peer does no other.
  bool stateful = false;

  /// The same where there are keys for these strengths only: "off" where that leaves none; nothing
  /// where encryption is required then.
  [[nodiscard]] std::optional<EncryptionPolicy> limited_to(std::uint32_t possible) const;
  [[nodiscard]] bool required() const { return requirement == Requirement::require; }
  friend bool operator==(const EncryptionPolicy&, const EncryptionPolicy&) = default;
};

/// The words of configuration files: require, prefer, allow, off.
std::optional<EncryptionPolicy::Requirement> requirement_named(std::string_view name);
std::string_view to_string(EncryptionPolicy::Requirement requirement);

/// "MPPE-128 stateless" for what was agreed on; "none" without a strength.
std::string mode_in_words(std::uint32_t bits);
/// "40 bit, 128 bit, stateless" for what a peer offers.
std::string offer_in_words(std::uint32_t bits);
/// "MPPE-128 stateless", "MPPE-128 or MPPE-40, stateless or stateful", "no encryption":
/// what a policy takes.
std::string policy_in_words(const EncryptionPolicy& policy);

}  // namespace upptpd::ppp
