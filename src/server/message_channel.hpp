// One end of the line between the server and its monitor: messages of CBOR, with a file descriptor
// where one is handed over.
#pragma once

#include <nlohmann/json.hpp>
#include <utility>

#include "core/result.hpp"
#include "net/file_descriptor.hpp"

namespace upptpd::server {

struct Message {
  nlohmann::json content;
  /// Invalid where none came, or where this process has no number free for it (RLIMIT_NOFILE).
  net::FileDescriptor descriptor{};
};

class MessageChannel {
 public:
  /// Octets of a message.
  static constexpr std::size_t kLargest = 1 << 16;

  /// Both ends of a new one.
  static Result<std::pair<MessageChannel, MessageChannel>> make();

  /// Waits for room. Texts in it may have any octets. The descriptor, if one is given, stays the
  /// caller's. Or an errno: EPIPE when the other end has gone, EMSGSIZE for what is too long,
  /// EAGAIN when there is no room within the time of `give_up_after`, or at once where Asio waits
  /// on it.
  Result<void, int> send(const nlohmann::json& content, int descriptor = -1) const;
  /// The next message. Or an errno, after which it may still come: EAGAIN when it has not within
  /// the time of `give_up_after`. Or 0, when the other end has gone or sends what is no message.
  [[nodiscard]] Result<Message, int> receive() const;
  void give_up_after(int seconds) const;
  /// Whether `receive` would not wait.
  [[nodiscard]] bool has_message() const;

  [[nodiscard]] int descriptor() const { return socket_.get(); }

 private:
  explicit MessageChannel(int socket) : socket_(socket) {}

  net::FileDescriptor socket_;
};

/// Overwrites a text of a message.
void wipe_text(nlohmann::json& message, const char* key);

}  // namespace upptpd::server
