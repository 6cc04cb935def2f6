// One log line of key=value pairs.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace upptpd::observe {

/// Values with blanks or quotes are quoted; what is not printable ASCII is escaped. So a peer can
/// neither forge a line nor break one.
class Line {
 public:
  explicit Line(std::string_view event);

  Line& add(std::string_view key, std::string_view value);
  Line& add(std::string_view key, const char* value) { return add(key, std::string_view(value)); }
  template <std::integral T>
  Line& add(std::string_view key, T value) {
    return add(key, std::string_view(std::to_string(value)));
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace upptpd::observe
