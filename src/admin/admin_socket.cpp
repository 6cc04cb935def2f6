#include "admin/admin_socket.hpp"

#include <sys/stat.h>

#include <asio/buffer.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <filesystem>
#include <utility>

namespace upptpd::admin {
namespace {

using asio::local::stream_protocol;

/// Whether somebody answers at this path.
bool is_live(asio::io_context& context, const std::string& path) {
  stream_protocol::socket probe(context);
  asio::error_code error;
  probe.connect(stream_protocol::endpoint(path), error);
  return !error;
}

}  // namespace

struct AdminSocket::Connection {
  stream_protocol::socket socket;
  /// What came and has no answer yet.
  std::string buffer;
  std::string answer;

  explicit Connection(stream_protocol::socket accepted) : socket(std::move(accepted)) {}
};

Result<std::unique_ptr<AdminSocket>> AdminSocket::open(asio::io_context& context, std::string path,
                                                       Handler handler) {
  std::unique_ptr<AdminSocket> made(new AdminSocket(context, std::move(path), std::move(handler)));
  const auto failed = [&](const std::string& why) {
    return fail("cannot listen on the admin socket " + std::exchange(made->path_, {}) + ": " + why);
  };
  if (made->path_.size() >= sizeof(sockaddr_un::sun_path)) return failed("the path is too long");
  std::error_code folder_error;
  const std::filesystem::path folder = std::filesystem::path(made->path_).parent_path();
  if (!folder.empty() && std::filesystem::create_directory(folder, folder_error)) {
    made->made_folder_ = folder;
  }
  if (is_live(context, made->path_)) return failed("a server is running there already");
  if (std::filesystem::is_socket(made->path_, folder_error)) {
    std::filesystem::remove(made->path_, folder_error);
  }
  asio::error_code error;
  made->acceptor_.open(stream_protocol(), error);
  const mode_t before = ::umask(0177);
  if (!error) made->acceptor_.bind(stream_protocol::endpoint(made->path_), error);
  ::umask(before);
  if (!error) made->acceptor_.listen(kMostConnections, error);
  if (error) return failed(error.message());
  made->accept();
  return made;
}

AdminSocket::AdminSocket(asio::io_context& context, std::string path, Handler handler)
    : acceptor_(context), pause_(context), path_(std::move(path)), handler_(std::move(handler)) {}

AdminSocket::~AdminSocket() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove(path_, ignored);
  if (!made_folder_.empty()) std::filesystem::remove(made_folder_, ignored);  // only if empty
}

bool AdminSocket::leave_removal() {
  path_.clear();
  return !std::exchange(made_folder_, {}).empty();
}

void AdminSocket::accept() {
  acceptor_.async_accept([this](const asio::error_code& error, stream_protocol::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error && connections_.size() < kMostConnections) {
      read(connections_.emplace(connections_.end(), std::move(socket)));
    }
    if (!error) return accept();
    // Without descriptors every attempt fails at once: not again before a pause.
    pause_.expires_after(std::chrono::seconds(1));
    pause_.async_wait([this](const asio::error_code& stopped) {
      if (!stopped) accept();
    });
  });
}

void AdminSocket::read(std::list<Connection>::iterator connection) {
  asio::async_read_until(connection->socket,
                         asio::dynamic_buffer(connection->buffer, kLongestRequest), '\n',
                         [this, connection](const asio::error_code& error, std::size_t size) {
                           if (error == asio::error::not_found) return refuse(connection);
                           if (error) {
                             connections_.erase(connection);
                             return;
                           }
                           const std::string request = connection->buffer.substr(0, size);
                           connection->buffer.erase(0, size);
                           connection->answer = handler_(request) + "\n";
                           write(connection, true);
                         });
}

// The line has no end within the limit, so that the next one cannot be found.
void AdminSocket::refuse(std::list<Connection>::iterator connection) {
  connection->answer = "{\"error\":\"a request has at most " + std::to_string(kLongestRequest) +
                       " octets; the connection is closed\"}\n";
  write(connection, false);
}

void AdminSocket::write(std::list<Connection>::iterator connection, bool goes_on) {
  asio::async_write(connection->socket, asio::buffer(connection->answer),
                    [this, connection, goes_on](const asio::error_code& error, std::size_t) {
                      if (error || !goes_on) {
                        connections_.erase(connection);
                      } else {
                        read(connection);
                      }
                    });
}

}  // namespace upptpd::admin
