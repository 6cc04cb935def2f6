// The Unix socket that upptpctl talks to: a line of JSON each way (docs/admin-protocol.md).
#pragma once

#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <string>

#include "core/result.hpp"

namespace upptpd::admin {

/// Answers one request, a JSON text, with another.
using Handler = std::function<std::string(const std::string& request)>;

class AdminSocket {
 public:
  /// Connections at a time; a further one is closed at once.
  static constexpr std::size_t kMostConnections = 16;
  /// Octets of a request with its end of line. A longer one is answered with an error, and the
  /// connection closed.
  static constexpr std::size_t kLongestRequest = 4096;

  /// Listens at `path`, readable by the owner only, in a folder that is made if it is missing. What
  /// a dead server left there is replaced; a live one is an error. Everything made here is removed
  /// by the destructor.
  static Result<std::unique_ptr<AdminSocket>> open(asio::io_context& context, std::string path,
                                                   Handler handler);
  AdminSocket(const AdminSocket&) = delete;
  AdminSocket& operator=(const AdminSocket&) = delete;
  ~AdminSocket();

  /// Leaves it to somebody else to remove the socket. Yields whether its folder was made, too.
  bool leave_removal();

 private:
  struct Connection;

  AdminSocket(asio::io_context& context, std::string path, Handler handler);
  void accept();
  void read(std::list<Connection>::iterator connection);
  void refuse(std::list<Connection>::iterator connection);
  void write(std::list<Connection>::iterator connection, bool goes_on);

  asio::local::stream_protocol::acceptor acceptor_;
  asio::steady_timer pause_;
  std::string path_;
  std::string made_folder_;
  Handler handler_;
  /// An element lives until its last operation has come back.
  std::list<Connection> connections_;
};

}  // namespace upptpd::admin
