// A member of a JSON object that may be missing or of another type: reading it never throws.
#pragma once

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace upptpd::admin {

/// Null where it is missing, or `object` is none.
inline const nlohmann::json& member(const nlohmann::json& object, const char* key) {
  static const nlohmann::json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

/// Empty where it is no text.
inline std::string text_of(const nlohmann::json& object, const char* key) {
  const nlohmann::json& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

/// 0 where it is no whole number from 0.
inline std::uint64_t number_in(const nlohmann::json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (!value.is_number_integer()) return 0;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(value.get<std::int64_t>(), 0));
}

inline std::uint64_t number_of(const nlohmann::json& object, const char* key) {
  return number_in(member(object, key));
}

}  // namespace upptpd::admin
