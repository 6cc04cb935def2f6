#include "auth/chap_codes.hpp"

#include "core/writer.hpp"

namespace upptpd::auth {

Bytes value_and_name(View value, std::string_view name) {
  Bytes data(1 + value.size() + name.size());
  Writer writer(data);
  writer.u8(static_cast<std::uint8_t>(value.size()));
  writer.bytes(value);
  writer.bytes(as_view(name));
  return data;
}

}  // namespace upptpd::auth
