// The TCP socket of one control connection: reads, writes in order, closes. What is said is
// ControlChannel's.
#pragma once

#include <array>
#include <asio/ip/tcp.hpp>
#include <functional>

#include "server/control_channel.hpp"

namespace upptpd::server {

class Connection {
 public:
  /// Octets that may wait for a client that does not read; then it is closed.
  static constexpr std::size_t kMostUnsent = 16384;

  /// `changed` is called last after each completed operation: it may destroy this.
  Connection(asio::ip::tcp::socket socket, std::unique_ptr<ControlChannel> channel,
             std::function<void()> changed);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start() { read(); }
  /// Closes without a word.
  void drop() { lost({}); }
  /// Sends what the channel has to say, and closes if it is closed. After every input to the
  /// channel.
  void flush();

  [[nodiscard]] ControlChannel& channel() { return *channel_; }
  /// Closed, and no operation outstanding that would find this gone.
  [[nodiscard]] bool done() const { return !socket_.is_open() && operations_ == 0; }

 private:
  void read();
  void write();
  void lost(const asio::error_code& why);

  asio::ip::tcp::socket socket_;
  std::unique_ptr<ControlChannel> channel_;
  std::function<void()> changed_;
  std::array<std::uint8_t, 1024> incoming_{};
  Bytes writing_;
  Bytes unsent_;
  unsigned operations_ = 0;
};

}  // namespace upptpd::server
