#include "server/connection.hpp"

#include <asio/buffer.hpp>
#include <asio/write.hpp>
#include <utility>

#include "net/clock.hpp"

namespace upptpd::server {

Connection::Connection(asio::ip::tcp::socket socket, std::unique_ptr<ControlChannel> channel,
                       std::function<void()> changed)
    : socket_(std::move(socket)), channel_(std::move(channel)), changed_(std::move(changed)) {}

void Connection::read() {
  ++operations_;
  socket_.async_read_some(asio::buffer(incoming_),
                          [this](const asio::error_code& error, std::size_t size) {
                            --operations_;
                            if (error) {
                              lost(error);
                            } else {
                              channel_->receive(View(incoming_).first(size), net::now());
                              flush();
                              if (socket_.is_open()) read();
                            }
                            changed_();
                          });
}

void Connection::flush() {
  const Bytes more = channel_->take_output();
  unsent_.insert(unsent_.end(), more.begin(), more.end());
  if (unsent_.size() > kMostUnsent) return lost({});
  write();
}

void Connection::write() {
  if (!socket_.is_open() || !writing_.empty()) return;
  if (unsent_.empty()) {
    asio::error_code ignored;
    if (channel_->closed()) socket_.close(ignored);
    return;
  }
  writing_ = std::exchange(unsent_, {});
  ++operations_;
  asio::async_write(socket_, asio::buffer(writing_),
                    [this](const asio::error_code& error, std::size_t) {
                      --operations_;
                      writing_.clear();
                      error ? lost(error) : write();
                      changed_();
                    });
}

void Connection::lost(const asio::error_code& why) {
  asio::error_code ignored;
  socket_.close(ignored);
  // The end of the stream is no error of the system's, but the peer's doing.
  const bool has_failed = why && &why.category() == &asio::error::get_system_category();
  if (has_failed) channel_->connection_failed(why.message());
  if (!channel_->closed()) channel_->peer_closed(net::now());
}

}  // namespace upptpd::server
