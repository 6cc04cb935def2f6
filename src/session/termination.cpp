#include "session/termination.hpp"

#include <algorithm>

#include "core/reader.hpp"

namespace upptpd::session {
namespace {

constexpr std::uint32_t kRasMark = 0x003ccd74;
constexpr std::size_t kLongestText = 64;

}  // namespace

ClientTerminates parse_termination(View data) {
  Reader reader(data);
  reader.skip(4);  // its magic number
  const bool marked = reader.u32() == kRasMark;
  const std::uint32_t error = reader.u32();
  if (reader.ok() && marked) return {error, {}};
  return {{}, bounded_text(data)};
}

std::string bounded_text(View octets) {
  const View shown = octets.first(std::min(octets.size(), kLongestText));
  return {shown.begin(), shown.end()};
}

}  // namespace upptpd::session
