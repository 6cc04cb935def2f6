#include "server/worker.hpp"

#include <fcntl.h>

#include <utility>

#include "ip/ipv4_packet.hpp"
#include "net/clock.hpp"

namespace upptpd::server {
namespace {

/// Packets for the network or for peers that may wait for the rest of a round.
constexpr std::size_t kBurst = tun::PacketIo::kBurst;

std::shared_ptr<const ip::DhcpSettings> dhcp_settings(const config::NetworkConfig& config) {
  return std::make_shared<const ip::DhcpSettings>(
      ip::DhcpSettings{config.local_ip, config.dns, config.wins, config.domain, config.routes});
}

auth::LoginGuard::Settings guard_settings(const config::Config& config) {
  return {config.limits.login_failures, config.limits.block_time};
}

auth::LoginRules login_rules(const config::Config& config) {
  return {config.auth.server_name, config.auth.strip_domain, config.auth.methods,
          config.encryption};
}

int duplicate(int descriptor) { return ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0); }

}  // namespace

Worker::Worker(asio::io_context& context, config::Config config, const crypto::Library& library,
               observe::Log& log, Resources resources)
    : context_(context),
      config_(std::move(config)),
      log_(log),
      resources_(std::move(resources)),
      io_(std::move(resources_.gre), std::move(resources_.tun),
          {config_.server.simple_path,
           config_.network.mtu - unsigned{session::kEncryptionOverhead}},
          drops_),
      // Room for what a burst brings; more is a second batch.
      cipher_(config_.server.simple_path ? nullptr
                                         : std::make_unique<session::CipherBatches>(kBurst)),
      addresses_(config_.network.client_ips, {config_.network.local_ip}, config_.network.pools),
      arp_(config_.network, log, addresses_, drops_, std::move(resources_.arp)),
      hooks_(context, config_.hooks, log, std::move(resources_.start_hook)),
      guard_(guard_settings(config_)),
      admission_(config_.limits, guard_, log),
      verifier_(library, login_rules(config_)),
      services_{config_,
                session::Environment{library, random_, io_.pool(), traffic_, cipher_.get()},
                log,
                counters_,
                sessions_,
                addresses_,
                resources_.netlink,
                resources_.secrets,
                std::move(resources_.store_password),
                verifier_,
                guard_,
                arp_,
                hooks_,
                dhcp_settings(config_.network),
                [this](ConnectionId id) { logged_in(id); },
                [this](ConnectionId id) { logged_out(id); },
                [this](ConnectionId id) { make_room_for_call(id); },
                [this](CallId id) { call_changed(id); }},
      // Asio closes what it is given, and so do the owners: it gets a duplicate.
      gre_ready_(context, duplicate(io_.gre_descriptor())),
      tun_ready_(context, duplicate(io_.tun_descriptor())),
      arp_ready_(context, duplicate(arp_.arp_descriptor())),
      interfaces_ready_(context, duplicate(arp_.interfaces_descriptor())),
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
  wait_for(gre_ready_, &Worker::receive_from_gre);
  wait_for(tun_ready_, &Worker::receive_from_tun);
  wait_for(arp_ready_, &Worker::receive_arp);
  wait_for(interfaces_ready_, &Worker::interfaces_changed);
  finish_round(net::now());
}

/// Calls `receive`, which says how many packets it has carried, whenever there is something to
/// read, and finishes the round.
void Worker::wait_for(asio::posix::stream_descriptor& ready,
                      std::size_t (Worker::*receive)(Instant)) {
  ready.async_wait(asio::posix::stream_descriptor::wait_read,
                   [this, &ready, receive](asio::error_code error) {
                     if (error) return;
                     ++wake_ups_;
                     const Instant now = net::now();
                     const std::size_t carried = (this->*receive)(now);
                     finish_round(now);
                     if (!config_.server.simple_path) stay_while_busy(carried);
                     wait_for(ready, receive);
                   });
}

void Worker::stay_while_busy(std::size_t carried) {
  wake_ups_ += busy_rounds_.stay(carried, [this] {
    const Instant now = net::now();
    const std::size_t packets = receive_from_gre(now) + receive_from_tun(now);
    finish_round(now);
    return packets;
  });
}

std::size_t Worker::receive_arp(Instant now) {
  arp_.receive(resources_.secrets.loaded().fixed_addresses(), now);
  return 0;
}

std::size_t Worker::interfaces_changed(Instant now) {
  arp_.interfaces_changed(now);
  resources_.netlink.restore_routes();
  return 0;
}

std::size_t Worker::receive_from_gre(Instant now) {
  io_.receive_gre(arrived_);
  const std::size_t packets = arrived_.size();
  for (Packet& packet : arrived_) dispatch(std::move(packet), now);
  arrived_.clear();
  services_.environment.decrypt_opened(now);
  settle_touched(now);
  return packets;
}

void Worker::dispatch(Packet packet, Instant now) {
  const auto header = gre::parse(packet->view());
  if (!header) return drop(header.error());
  ServedCall* call = sessions_.find(CallId(header->call_id));
  if (call == nullptr) return drop(DropReason::gre_unknown_call);
  call->receive(std::move(packet), *header, now);
  if (touched_.empty() || touched_.back() != call->id()) touched_.push_back(call->id());
}

// Once for all that a call has got, and not before that is decrypted: it may go.
void Worker::settle_touched(Instant now) {
  std::ranges::sort(touched_);
  // Not the one of std::ranges: clang 14 trips over its subrange.
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  for (const CallId id : touched_) {
    if (ServedCall* call = sessions_.find(id)) settle(*call, now);
  }
  touched_.clear();
}

std::size_t Worker::receive_from_tun(Instant) {
  if (!tun_ready_.is_open()) return 0;
  const bool there = io_.read_tun(arrived_);
  const std::size_t packets = arrived_.size();
  for (Packet& packet : arrived_) {
    const auto parsed = ip::Ipv4Packet::parse(packet->view());
    ServedCall* call = parsed ? sessions_.find_client(parsed->destination) : nullptr;
    if (call != nullptr) {
      call->send(std::move(packet));
    } else {
      drop(parsed ? DropReason::no_session : DropReason::ip_malformed);
    }
  }
  arrived_.clear();
  if (!there) interface_gone();
  return packets;
}

void Worker::interface_gone() {
  asio::error_code ignored;
  tun_ready_.close(ignored);
  if (stage_ != Stage::serving) return;
  log_.error(observe::Line("interface_gone").add("interface", config_.network.interface));
  give_up("the interface " + config_.network.interface + " was removed by somebody else");
}

void Worker::give_up(std::string why) {
  if (stage_ != Stage::serving) return;
  failure_ = std::move(why);
  drain();
}

// A call took an input: its deadline may be nearer, or it may have ended.
void Worker::settle(ServedCall& call, Instant now) {
  call.drain(now);
  call_deadlines_.schedule(call.id(), call.deadline());
  if (!call.finished()) return;
  Connection& connection = *connections_.at(call.connection());
  connection.channel().reap_calls(now);
  settle(connection);
}

void Worker::settle(Connection& connection) {
  connection.flush();
  ControlChannel& channel = connection.channel();
  if (connection.done()) done_.push_back(channel.id());
  channel.for_each_call(
      [this](ServedCall& call) { call_deadlines_.schedule(call.id(), call.deadline()); });
  connection_deadlines_.schedule(channel.id(), channel.deadline());
}

void Worker::finish_round(Instant now) {
  run_deadlines(now);
  settle_ended(now);
  continue_drain(now);
  flush_traffic(now);
  if (const auto at = arp_.deadline(); at && *at <= now) {
    arp_.advance(resources_.secrets.loaded().fixed_addresses(), now);
  }
  forget_done_connections();
  arm_timer();
}

void Worker::settle_ended(Instant now) {
  if (services_.ended.empty()) return;
  // Their Terminate-Requests say why, and so go before the word of the control connections.
  flush_traffic(now);
  for (const CallId id : std::exchange(services_.ended, {})) {
    if (ServedCall* call = sessions_.find(id)) settle(*call, now);
  }
}

void Worker::flush_traffic(Instant now) {
  services_.environment.encrypt_waiting();
  io_.send_gre(traffic_.to_peer);
  if (!config_.network.client_to_client) {
    std::erase_if(traffic_.to_network,
                  [&](const Packet& packet) { return stays_among_clients(*packet, now); });
  }
  io_.write_tun(traffic_.to_network);
}

/// Such a packet is dropped, and counted where it came from.
bool Worker::stays_among_clients(const PacketBuffer& packet, Instant now) {
  const auto parsed = ip::Ipv4Packet::parse(packet.view());
  if (!parsed || sessions_.find_client(parsed->destination) == nullptr) return false;
  if (ServedCall* sender = sessions_.find_client(parsed->source)) {
    sender->refuse({DropReason::client_to_client, parsed->source, parsed->destination}, now);
  }
  return true;
}

/// Not from within a round.
void Worker::call_changed(CallId id) {
  const Instant now = net::now();
  if (ServedCall* call = sessions_.find(id)) settle(*call, now);
  finish_round(now);
}

void Worker::run_deadlines(Instant now) {
  while (const auto id = call_deadlines_.pop_due(now)) {
    if (ServedCall* call = sessions_.find(*id)) {
      call->advance(now);
      services_.environment.decrypt_opened(now);
      settle(*call, now);
      if (traffic_.to_peer.size() >= kBurst) flush_traffic(now);
    }
  }
  while (const auto id = connection_deadlines_.pop_due(now)) {
    const auto found = connections_.find(*id);
    if (found == connections_.end()) continue;
    ControlChannel& channel = found->second->channel();
    channel.advance(now);
    if (channel.unheard()) found->second->drop();
    settle(*found->second);
  }
}

void Worker::arm_timer() {
  const Deadline calls = earlier(call_deadlines_.next(), connection_deadlines_.next());
  const Deadline at = earlier(earlier(calls, arp_.deadline()), drain_timer_.deadline());
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

Result<void> Worker::fits(const config::Config& config) const {
  return check_addresses(config.network, arp_.interfaces());
}

void Worker::reconfigure(config::Config config, SecretsStore secrets) {
  config_ = std::move(config);
  resources_.secrets = std::move(secrets);
  addresses_.set_pools(config_.network.client_ips, config_.network.pools);
  guard_.set(guard_settings(config_));
  verifier_.set_rules(login_rules(config_));
  services_.dhcp = dhcp_settings(config_.network);
  const Instant now = net::now();
  arp_.reconfigured(now);
  finish_round(now);
}

void Worker::drain() {
  const Instant now = net::now();
  if (stage_ != Stage::serving) {
    hooks_.tell_what_is_left();
    return context_.stop();
  }
  stage_ = Stage::hanging_up;
  asio::error_code ignored;
  for (auto& acceptor : resources_.acceptors) acceptor.close(ignored);
  for (auto& [id, connection] : connections_) {
    connection->channel().hang_up(now);
    settle(*connection);
    if (traffic_.to_peer.size() >= kBurst) flush_traffic(now);
  }
  drain_timer_.start(now + config_.server.drain_timeout / 2);
  finish_round(now);
}

// First the calls end (LCP Terminate), then the control connections (Stop-Control-Connection), both
// in bounded time.
void Worker::continue_drain(Instant now) {
  const bool overdue = drain_timer_.expire(now);
  if (stage_ == Stage::hanging_up && (sessions_.size() == 0 || overdue)) {
    stage_ = Stage::stopping;
    drain_timer_.start(now + config_.server.drain_timeout / 2);
    for (auto& [id, connection] : connections_) {
      connection->channel().stop(now);
      settle(*connection);
    }
    forget_done_connections();
  }
  const bool stopped = stage_ == Stage::stopping && (connections_.empty() || overdue);
  if (stopped) {
    stage_ = Stage::waiting_for_hooks;
    hooks_timer_.start(now + config_.hooks.timeout);
  }
  if (stage_ == Stage::waiting_for_hooks) wait_for_hooks(now);
}

// What an ip_down hook has to undo is undone before we are gone.
void Worker::wait_for_hooks(Instant now) {
  if (hooks_.idle() || hooks_timer_.expire(now)) {
    hooks_.tell_what_is_left();
    return context_.stop();
  }
  drain_timer_.start(now + kHookCheck);
}

}  // namespace upptpd::server
