// The worker's control connections: accepted within limits, and forgotten.
#include <utility>

#include "net/clock.hpp"
#include "server/worker.hpp"

namespace upptpd::server {
namespace {

/// After the system had no descriptor left for a new connection.
constexpr auto kAcceptPause = std::chrono::seconds(1);
/// Between two lines about that.
constexpr auto kAcceptTold = std::chrono::minutes(1);

}  // namespace

void Worker::accept(std::size_t listener) {
  resources_.acceptors[listener].async_accept(
      [this, listener](const asio::error_code& error, asio::ip::tcp::socket socket) {
        if (error == asio::error::operation_aborted || stage_ != Stage::serving) return;
        if (error) return pause_accepting(listener, error);
        add_connection(std::move(socket), net::now());
        accept(listener);
      });
}

// Connections that are only held open keep nobody out: the oldest of them goes.
bool Worker::make_room(Ipv4Address from, Instant now) {
  if (connections_.size() < kConnectionsPerSession * config_.server.max_sessions) return true;
  const auto oldest = admission_.make_room(from, now, [](ConnectionId) { return true; });
  if (oldest) drop(*oldest);
  return oldest.has_value();
}

// Nor do calls on which nobody logs in.
void Worker::make_room_for_call(ConnectionId id) {
  const auto asking = connections_.find(id);
  if (asking == connections_.end()) return;
  const Instant now = net::now();
  const auto others = [&](auto fits) {
    return [&, fits](ConnectionId other) {
      const auto found = connections_.find(other);
      return other != id && found != connections_.end() && fits(found->second->channel());
    };
  };
  const auto dawdles = others([now](ControlChannel& channel) { return channel.dawdles(now); });
  const auto has_calls = others([](ControlChannel& channel) { return channel.has_calls(); });
  auto oldest = admission_.make_room(asking->second->channel().peer(), now, dawdles);
  if (!oldest) oldest = admission_.make_room_from_most(now, has_calls);
  if (oldest) drop(*oldest);
}

/// Its last operation has yet to come back to it.
void Worker::drop(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found != connections_.end()) found->second->drop();
}

// Without descriptors every attempt fails at once, and trying again at once would take the whole
// processor.
void Worker::pause_accepting(std::size_t listener, const asio::error_code& error) {
  const Instant now = net::now();
  if (!accept_failure_told_ || now - *accept_failure_told_ >= kAcceptTold) {
    accept_failure_told_ = now;
    log_.error(observe::Line("accept_failed")
                   .add("reason", error.message())
                   .add("connections", connections_.size()));
  }
  accept_pauses_[listener].expires_after(kAcceptPause);
  accept_pauses_[listener].async_wait([this, listener](const asio::error_code& stopped) {
    if (!stopped) accept(listener);
  });
}

void Worker::add_connection(asio::ip::tcp::socket socket, Instant now) {
  asio::error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;  // gone already
  const auto local = socket.local_endpoint(error);
  if (error) return;
  const Ipv4Address peer(remote.address().to_v4().to_uint());
  if (!admission_.admits(peer, now) || !make_room(peer, now)) return;
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  const ConnectionId id(++last_connection_);
  if (const auto crowded_out = admission_.entered(id, peer, now)) drop(*crowded_out);
  auto channel = std::make_unique<ControlChannel>(
      services_, id, peer, Ipv4Address(local.address().to_v4().to_uint()), now);
  auto connection = std::make_unique<Connection>(std::move(socket), std::move(channel), [this, id] {
    const auto found = connections_.find(id);
    if (found != connections_.end()) settle(*found->second);
    finish_round(net::now());
  });
  connection->start();
  connection_deadlines_.schedule(id, connection->channel().deadline());
  connections_.emplace(id, std::move(connection));
  arm_timer();
}

void Worker::forget_done_connections() {
  for (const ConnectionId id : std::exchange(done_, {})) {
    admission_.passed(id);
    connections_.erase(id);
  }
}

void Worker::logged_in(ConnectionId id) {
  admission_.passed(id);
  const auto found = connections_.find(id);
  if (found != connections_.end()) found->second->channel().logged_in();
}

void Worker::logged_out(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second->done()) return;
  admission_.waits_again(id, found->second->channel().peer());
}

}  // namespace upptpd::server
