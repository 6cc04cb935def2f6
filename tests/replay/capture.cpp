#include "capture.hpp"

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

namespace upptpd::replay {
namespace {

using nlohmann::json;

/// As it stands there, or nothing if it is no number that fits.
template <class T>
std::optional<T> number(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return {};
  const auto value = found->get<std::uint64_t>();
  if (value > std::numeric_limits<T>::max()) return {};
  return static_cast<T>(value);
}

std::string text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<CapturedItem> read_item(const std::string& line) {
  const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return {};
  const std::string direction = text(object, "dir");
  const std::string kind = text(object, "kind");
  if (direction != "C>S" && direction != "S>C") return {};
  if (kind != "ctrl" && kind != "gre") return {};
  CapturedItem item;
  const auto time = object.find("t");
  if (time != object.end() && time->is_number()) item.time = time->get<double>();
  item.from_client = direction == "C>S";
  item.control = kind == "ctrl";
  item.call_id = number<std::uint16_t>(object, "call").value_or(0);
  item.sequence = number<std::uint32_t>(object, "seq");
  item.octets = from_hex(text(object, "hex"));
  return item;
}

}  // namespace

Result<Capture> read_capture(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return fail("cannot be read");
  Capture capture;
  for (std::string line; std::getline(in, line);) {
    if (auto item = read_item(line)) capture.push_back(std::move(*item));
  }
  if (capture.empty()) return fail("holds no line of a capture");
  return capture;
}

Credentials read_credentials(const std::filesystem::path& file) {
  Credentials credentials;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.starts_with('#')) continue;
    const std::size_t first = line.find('\t');
    if (first == std::string::npos) continue;
    const std::size_t second = line.find('\t', first + 1);
    if (second == std::string::npos) continue;
    credentials.emplace(line.substr(0, first),
                        Login{line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return credentials;
}

}  // namespace upptpd::replay
