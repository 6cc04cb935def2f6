#include "auth/chap_codes.hpp"

namespace upptpd::auth {

Bytes value_and_name(View value, std::string_view name) {
  Bytes data;
  data.push_back(static_cast<std::uint8_t>(value.size()));
  data.insert(data.end(), value.begin(), value.end());
  data.insert(data.end(), name.begin(), name.end());
  return data;
}

}  // namespace upptpd::auth
