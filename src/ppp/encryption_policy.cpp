#include "ppp/encryption_policy.hpp"

#include <bit>

namespace upptpd::ppp {
namespace {

using Requirement = EncryptionPolicy::Requirement;

constexpr std::array<std::pair<std::string_view, Requirement>, 4> kRequirements = {
    {{"require", Requirement::require},
     {"prefer", Requirement::prefer},
     {"allow", Requirement::allow},
     {"off", Requirement::off}}};

}  // namespace

std::uint32_t strongest_of(std::uint32_t bits) {
  for (const auto& [name, strength] : kStrengthNames) {
    if ((bits & strength) != 0) return strength;
  }
  return 0;
}

std::optional<EncryptionPolicy> EncryptionPolicy::limited_to(std::uint32_t possible) const {
  EncryptionPolicy limited = *this;
  limited.strengths &= possible;
  if (limited.strengths != 0) return limited;
  if (required()) return {};
  limited.requirement = Requirement::off;
  return limited;
}

std::optional<Requirement> requirement_named(std::string_view name) {
  for (const auto& [word, requirement] : kRequirements) {
    if (word == name) return requirement;
  }
  return {};
}

std::string_view to_string(Requirement requirement) {
  for (const auto& [word, value] : kRequirements) {
    if (value == requirement) return word;
  }
  return "?";
}

std::string mode_in_words(std::uint32_t bits) {
  for (const auto& [name, strength] : kStrengthNames) {
    if ((bits & strength) == 0) continue;
    const bool stateless = (bits & MppeBits::kStateless) != 0;
    return "MPPE-" + std::string(name) + (stateless ? " stateless" : " stateful");
  }
  return "none";
}

std::string offer_in_words(std::uint32_t bits) {
  std::string words;
  const auto add = [&](std::uint32_t bit, const char* word) {
    if ((bits & bit) == 0) return;
    if (!words.empty()) words += ", ";
    words += word;
  };
  add(MppeBits::k40, "40 bit");
  add(MppeBits::k56, "56 bit");
  add(MppeBits::k128, "128 bit");
  if ((bits & MppeBits::kStrengths) == 0) words = "no key length";
  add(MppeBits::kStateless, "stateless");
  add(MppeBits::kCompression, "compression");
  return words;
}

std::string policy_in_words(const EncryptionPolicy& policy) {
  const bool off = policy.requirement == EncryptionPolicy::Requirement::off;
  if (off || policy.strengths == 0) return "no encryption";
  if (std::has_single_bit(policy.strengths) && !policy.stateful) {
    return mode_in_words(policy.strengths | MppeBits::kStateless);
  }
  std::string words;
  for (const auto& [name, strength] : kStrengthNames) {
    if ((policy.strengths & strength) == 0) continue;
    if (!words.empty()) words += " or ";
    words += "MPPE-" + std::string(name);
  }
  return words + (policy.stateful ? ", stateless or stateful" : " stateless");
}

}  // namespace upptpd::ppp
