// One end of the line between the server and its monitor: messages of CBOR, with a file descriptor
// where one is handed over.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/result.hpp"
#include "net/file_descriptor.hpp"

namespace upptpd::server {

struct Message {
  nlohmann::json content;
  /// Invalid where none came.
  net::FileDescriptor descriptor{};
};

class MessageChannel {
 public:
  /// Octets of a message.
  static constexpr std::size_t kLargest = 1 << 16;

  /// Both ends of a new one.
  static Result<std::pair<MessageChannel, MessageChannel>> make();

  /// Waits for room. Texts in it may have any octets. The descriptor, if one is given, stays the
  /// caller's.
  Result<void> send(const nlohmann::json& content, int descriptor = -1) const;
  /// The next message; nothing when the other end has gone, or sends what is no message. Waits for
  /// it at most as long as `give_up_after` said.
  [[nodiscard]] std::optional<Message> receive() const;
  void give_up_after(int seconds) const;
  /// For both ends, and for good.
  void shut_down() const;

  [[nodiscard]] int descriptor() const { return socket_.get(); }

 private:
  explicit MessageChannel(int socket) : socket_(socket) {}

  net::FileDescriptor socket_;
};

/// Overwrites a text of a message.
void wipe_text(nlohmann::json& message, const char* key);

}  // namespace upptpd::server
