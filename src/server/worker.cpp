#include "server/worker.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "ip/ipv4_packet.hpp"
#include "net/clock.hpp"

namespace upptpd::server {
namespace {

/// Enough for a few bursts in both directions and what the sequencers hold back: 16 MiB.
constexpr std::size_t kPacketBuffers = 8192;
/// Packets taken from one source before the others get their turn.
constexpr std::size_t kBurst = 256;
/// After the system had no descriptor left for a new connection.
constexpr auto kAcceptPause = std::chrono::seconds(1);

std::chrono::seconds seconds_since(std::chrono::system_clock::time_point then) {
  const auto passed = std::chrono::system_clock::now() - then;
  return std::max(std::chrono::duration_cast<std::chrono::seconds>(passed),
                  std::chrono::seconds(0));
}

/// Of a call on which traffic flows.
admin::SessionRow row_of(const ServedCall& call) {
  const auto since = *call.connected_since();
  const session::Statistics& statistics = call.statistics();
  return {call.user(),
          call.peer().to_string(),
          call.client().to_string(),
          since,
          seconds_since(since),
          statistics.bytes_in,
          statistics.bytes_out,
          statistics.packets_in,
          statistics.packets_out,
          call.encryption() ? ppp::in_words(*call.encryption()) : "none",
          call.id().value(),
          std::string(ppp::to_string(call.method())),
          call.client_name(),
          call.computer()};
}

int duplicate(int descriptor) { return ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0); }

}  // namespace

Worker::Worker(asio::io_context& context, const config::Config& config,
               const crypto::Library& library, observe::Log& log, Resources resources)
    : context_(context),
      config_(config),
      log_(log),
      resources_(std::move(resources)),
      pool_(kPacketBuffers),
      addresses_(config.network.client_ips, {config.network.local_ip}),
      verifier_(library, {config.auth.server_name, config.auth.strip_domain, config.auth.methods,
                          config.encryption}),
      services_{config,
                session::Environment{library, random_, pool_, traffic_},
                log,
                counters_,
                sessions_,
                addresses_,
                resources_.netlink,
                resources_.secrets,
                verifier_},
      // Asio closes what it is given, and so do the owners: it gets a duplicate.
      gre_ready_(context, duplicate(resources_.gre.descriptor())),
      tun_ready_(context, duplicate(resources_.tun.descriptor())),
      timer_(context) {}

Worker::~Worker() {
  // Calls hold packets and parts of the tables: they go first.
  connections_.clear();
}

void Worker::start() {
  for (std::size_t listener = 0; listener < resources_.acceptors.size(); ++listener) {
    accept_pauses_.emplace_back(context_);
    accept(listener);
  }
  wait_for_gre();
  wait_for_tun();
}

void Worker::accept(std::size_t listener) {
  resources_.acceptors[listener].async_accept(
      [this, listener](const asio::error_code& error, asio::ip::tcp::socket socket) {
        if (error == asio::error::operation_aborted || stage_ != Stage::serving) return;
        if (error) return pause_accepting(listener, error);
        if (make_room()) add_connection(std::move(socket));
        accept(listener);
      });
}

// The oldest of those that say nothing goes, so that connections which are only held open keep
// nobody out.
bool Worker::make_room() {
  if (connections_.size() < kConnectionsPerSession * config_.server.max_sessions) return true;
  if (!std::exchange(crowd_logged_, true)) {
    log_.warn(observe::Line("many_connections")
                  .add("connections", connections_.size())
                  .add("message", "the oldest that has not started is closed for each new one"));
  }
  auto oldest = connections_.end();
  for (auto each = connections_.begin(); each != connections_.end(); ++each) {
    const bool older = oldest == connections_.end() || each->first < oldest->first;
    if (!each->second->channel().started() && older) oldest = each;
  }
  if (oldest == connections_.end()) return false;
  oldest->second->drop();
  // Its last operation has yet to come back to it.
  return true;
}

// Without descriptors every attempt fails at once, and trying again at once would take the whole
// processor.
void Worker::pause_accepting(std::size_t listener, const asio::error_code& error) {
  if (!std::exchange(accept_failure_logged_, true)) {
    log_.error(observe::Line("accept_failed")
                   .add("reason", error.message())
                   .add("connections", connections_.size()));
  }
  accept_pauses_[listener].expires_after(kAcceptPause);
  accept_pauses_[listener].async_wait([this, listener](const asio::error_code& stopped) {
    if (!stopped) accept(listener);
  });
}

void Worker::add_connection(asio::ip::tcp::socket socket) {
  asio::error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;  // gone already
  const auto local = socket.local_endpoint(error);
  if (error) return;
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  const ConnectionId id(++last_connection_);
  auto channel = std::make_unique<ControlChannel>(
      services_, id, Ipv4Address(remote.address().to_v4().to_uint()),
      Ipv4Address(local.address().to_v4().to_uint()), net::now());
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

void Worker::wait_for_gre() {
  gre_ready_.async_wait(asio::posix::stream_descriptor::wait_read, [this](asio::error_code error) {
    if (error) return;
    const Instant now = net::now();
    receive_from_gre(now);
    finish_round(now);
    wait_for_gre();
  });
}

void Worker::wait_for_tun() {
  if (stage_ != Stage::serving) return;
  tun_ready_.async_wait(asio::posix::stream_descriptor::wait_read, [this](asio::error_code error) {
    if (error) return;
    receive_from_tun();
    finish_round(net::now());
    wait_for_tun();
  });
}

void Worker::receive_from_gre(Instant now) {
  for (std::size_t taken = 0; taken < kBurst;) {
    const std::size_t count = resources_.gre.receive(pool_, arrived_, drops_);
    for (Packet& packet : arrived_) dispatch(std::move(packet), now);
    arrived_.clear();
    taken += count;
    if (count < net::GreSocket::kBatch) return;
  }
}

void Worker::dispatch(Packet packet, Instant now) {
  const auto header = gre::parse(packet->view());
  if (!header) return drop(header.error());
  ServedCall* call = sessions_.find(CallId(header->call_id));
  if (call == nullptr) return drop(DropReason::gre_unknown_call);
  call->receive(std::move(packet), *header, now);
  settle(*call, now);
}

void Worker::receive_from_tun() {
  for (std::size_t taken = 0; taken < kBurst; ++taken) {
    Packet packet = pool_.take();
    if (!packet) return drop(DropReason::no_buffer);
    const auto read = resources_.tun.read(*packet);
    if (read == tun::TunDevice::Read::gone) return interface_gone();
    if (read == tun::TunDevice::Read::nothing) return;
    const auto parsed = ip::Ipv4Packet::parse(packet->view());
    ServedCall* call = parsed ? sessions_.find_client(parsed->destination) : nullptr;
    if (call == nullptr) {
      drop(parsed ? DropReason::no_session : DropReason::ip_malformed);
      continue;
    }
    call->send(std::move(packet));
  }
}

void Worker::interface_gone() {
  if (stage_ != Stage::serving) return;
  failure_ = "the interface " + config_.network.interface + " was removed by somebody else";
  log_.error(observe::Line("interface_gone").add("interface", config_.network.interface));
  tun_ready_.cancel();
  drain();
}

// A call took an input: its deadline may be nearer, or it may have ended.
void Worker::settle(ServedCall& call, Instant now) {
  call_deadlines_.schedule(call.id(), call.deadline());
  if (!call.finished()) return;
  Connection& connection = *connections_.at(call.connection());
  connection.channel().reap_calls(now);
  settle(connection);
}

void Worker::settle(Connection& connection) {
  connection.flush();
  ControlChannel& channel = connection.channel();
  channel.for_each_call(
      [this](ServedCall& call) { call_deadlines_.schedule(call.id(), call.deadline()); });
  connection_deadlines_.schedule(channel.id(), channel.deadline());
}

void Worker::finish_round(Instant now) {
  run_deadlines(now);
  settle_ended(now);
  continue_drain(now);
  flush_traffic();
  std::erase_if(connections_, [](const auto& entry) { return entry.second->done(); });
  arm_timer();
}

void Worker::settle_ended(Instant now) {
  if (services_.ended.empty()) return;
  // Their Terminate-Requests say why, and so go before the word of the control connections.
  flush_traffic();
  for (const CallId id : std::exchange(services_.ended, {})) {
    if (ServedCall* call = sessions_.find(id)) settle(*call, now);
  }
}

void Worker::flush_traffic() {
  resources_.gre.send(traffic_.to_peer, drops_);
  for (const Packet& packet : traffic_.to_network) {
    if (!resources_.tun.write(packet->view())) drop(DropReason::send_failed);
  }
  traffic_.to_network.clear();
}

void Worker::run_deadlines(Instant now) {
  while (const auto id = call_deadlines_.pop_due(now)) {
    if (ServedCall* call = sessions_.find(*id)) {
      call->advance(now);
      settle(*call, now);
      if (traffic_.to_peer.size() >= kBurst) flush_traffic();
    }
  }
  while (const auto id = connection_deadlines_.pop_due(now)) {
    const auto found = connections_.find(*id);
    if (found == connections_.end()) continue;
    found->second->channel().advance(now);
    settle(*found->second);
  }
}

void Worker::arm_timer() {
  const Deadline at = earlier(earlier(call_deadlines_.next(), connection_deadlines_.next()),
                              drain_timer_.deadline());
  if (!at) return;
  const auto when = net::to_steady_clock(*at);
  if (timer_armed_ && timer_.expiry() <= when) return;
  timer_armed_ = true;
  timer_.expires_at(when);
  timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    timer_armed_ = false;
    finish_round(net::now());
  });
}

void Worker::drain() {
  const Instant now = net::now();
  if (stage_ != Stage::serving) return context_.stop();
  stage_ = Stage::hanging_up;
  for (auto& acceptor : resources_.acceptors) acceptor.close();
  for (auto& [id, connection] : connections_) {
    connection->channel().hang_up(now);
    settle(*connection);
    if (traffic_.to_peer.size() >= kBurst) flush_traffic();
  }
  drain_timer_.start(now + kDrainTimeout);
  finish_round(now);
}

// First the calls end (LCP Terminate), then the control connections (Stop-Control-Connection), both
// in bounded time.
void Worker::continue_drain(Instant now) {
  const bool overdue = drain_timer_.expire(now);
  if (stage_ == Stage::hanging_up && (sessions_.size() == 0 || overdue)) {
    stage_ = Stage::stopping;
    drain_timer_.start(now + kDrainTimeout);
    for (auto& [id, connection] : connections_) {
      connection->channel().stop(now);
      settle(*connection);
    }
    std::erase_if(connections_, [](const auto& entry) { return entry.second->done(); });
  } else if (stage_ == Stage::stopping && overdue) {
    context_.stop();
  }
  if (stage_ == Stage::stopping && connections_.empty()) context_.stop();
}

std::vector<admin::SessionRow> Worker::sessions() const {
  std::vector<admin::SessionRow> rows;
  sessions_.for_each([&](const ServedCall& call) {
    if (call.connected_since()) rows.push_back(row_of(call));
  });
  return rows;
}

std::vector<admin::SessionRow> Worker::kick(const Kick& kick) {
  const auto* user = std::get_if<std::string>(&kick.target);
  const auto* address = std::get_if<Ipv4Address>(&kick.target);
  std::vector<admin::SessionRow> rows;
  std::vector<CallId> calls;
  sessions_.for_each([&](ServedCall& call) {
    const bool meant = user != nullptr ? call.user() == *user : call.client() == *address;
    if (!meant) return;
    // Who has logged in and is about to be connected must not slip through.
    calls.push_back(call.id());
    if (call.connected_since()) rows.push_back(row_of(call));
  });
  log_.info(observe::Line("kick")
                .add("target", user != nullptr ? *user : address->to_string())
                .add("sessions", calls.size())
                .add("reason", kick.reason));
  const Instant now = net::now();
  for (const CallId id : calls) {
    ServedCall* call = sessions_.find(id);
    if (call == nullptr) continue;  // its connection broke when another call on it ended
    call->hang_up(session::Cause::kicked, now, kick.reason);
    settle(*call, now);
  }
  finish_round(now);
  return rows;
}

Stats Worker::stats() const {
  Stats stats{started_, seconds_since(started_), counters_.totals()};
  session::Statistics& traffic = stats.totals.traffic;
  traffic.drops.add(drops_);
  sessions_.for_each([&](const ServedCall& call) {
    if (!call.finished()) observe::add(traffic, call.statistics());
  });
  return stats;
}

}  // namespace upptpd::server
