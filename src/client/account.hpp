// Tells what becomes of a call, step by step: a line for a person, or a JSON object a line.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>

#include "client/diagnosis.hpp"

namespace upptpd::client {

class Account {
 public:
  enum class Format : std::uint8_t { text, json };

  /// `out` must outlive this. `encryption` is what we require, in words.
  Account(std::ostream& out, Format format, std::string encryption)
      : out_(out), format_(format), encryption_(std::move(encryption)) {}

  void calling(const std::string& host, Ipv4Address server, std::uint16_t port);
  void note(const DialedCall::Output& output);
  /// Traffic flows, and the interface is there.
  void connected(const std::string& interface, const session::Connected& connected);
  /// For what is worth knowing and ends nothing.
  void warning(const std::string& sentence);
  void hanging_up();
  void ended(const Diagnosis::Explanation& why, bool was_connected, Duration duration,
             const session::Statistics& statistics);

 private:
  void note_event(const session::Event& event);
  /// `fields` are those of the JSON object beside "event".
  void say(const char* event, const std::string& sentence, const nlohmann::json& fields);

  std::ostream& out_;
  Format format_;
  std::string encryption_;
};

}  // namespace upptpd::client
