// All of a server but its sockets, in virtual time: control channels with scripted clients, and
// real routes in a network namespace of the test's own.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <list>
#include <memory>
#include <string>

#include "control/message_stream.hpp"
#include "server/control_channel.hpp"
#include "support/crypto_library.hpp"
#include "tun/tun_device.hpp"
#include "unit/session/scripted_client.hpp"

namespace upptpd::server {

/// One client with its control connection and its call. Packets take no time.
struct VirtualClient {
  Ipv4Address peer;
  ControlChannel channel;
  session::ScriptedClient ppp;
  CallId call;
  /// None of its packets arrives any more, and none reaches it.
  bool cut = false;
  /// What the server said on the control connection.
  std::vector<control::Message> heard;

  VirtualClient(Services& services, std::uint16_t number, const session::ClientProfile& profile,
                Instant now)
      : peer(Ipv4Address(0xcb007100U + number)),  // 203.0.113.0/24
        channel(services, ConnectionId(number), peer, Ipv4Address(0xcb007101U), now),
        ppp(library(), profile, now) {}

  /// The last message of this type.
  template <class Message>
  std::optional<Message> heard_last() const {
    std::optional<Message> last;
    for (const control::Message& message : heard) {
      if (const auto* found = std::get_if<Message>(&message)) last = *found;
    }
    return last;
  }
};

class VirtualServer {
 public:
  /// Why tests with it cannot run here; empty if they can.
  static std::string obstacle() {
    static const std::string why = [] {
      if (::unshare(CLONE_NEWNET) != 0) return std::string("no right to a network namespace");
      const auto tun = tun::TunDevice::create("probe");
      return tun ? std::string() : tun.error().message;
    }();
    return why;
  }

  VirtualServer(config::Config config, const std::string& secrets)
      : config_(std::move(config)),
        addresses_(config_.network.client_ips, {config_.network.local_ip}),
        tun_(tun::TunDevice::create(config_.network.interface).value()),
        netlink_(tun::Netlink::open().value()),
        secrets_(open_secrets(secrets)) {
    EXPECT_TRUE(netlink_.configure(config_.network.interface, config_.network.local_ip, 1396));
    testing::internal::CaptureStderr();
  }
  VirtualServer(const VirtualServer&) = delete;
  VirtualServer& operator=(const VirtualServer&) = delete;
  ~VirtualServer() {
    clients_.clear();
    said_ += testing::internal::GetCapturedStderr();
    if (testing::Test::HasFailure()) std::cerr << said_;
    std::filesystem::remove(path_);
  }

  /// A client that has asked for a call. Time goes on with `run`.
  VirtualClient& call(const std::string& user) {
    session::ClientProfile profile;
    profile.name = user;
    return call(profile, static_cast<std::uint16_t>(++last_number_));
  }
  /// The same from 203.0.113.`number`.
  VirtualClient& call(session::ClientProfile profile, std::uint16_t number) {
    profile.engine_start = Duration{};
    VirtualClient& client = clients_.emplace_back(services_, number, profile, now_);
    say(client, control::StartControlConnectionRequest{});
    control::OutgoingCallRequest request;
    request.call_id = kPeerCallId;
    say(client, request);
    client.channel.for_each_call([&](ServedCall& call) { client.call = call.id(); });
    exchange();
    return client;
  }

  /// The client takes its call back.
  void clear(VirtualClient& client) {
    say(client, control::CallClearRequest{.call_id = kPeerCallId});
    exchange();
  }

  void run(Duration time) {
    const Instant end = now_ + time;
    for (;;) {
      Deadline next;
      for (VirtualClient& client : clients_) {
        next = earlier(next, client.ppp.deadline());
        if (const ServedCall* call = sessions_.find(client.call)) {
          next = earlier(next, call->deadline());
        }
      }
      if (!next || *next > end) break;
      now_ = std::max(now_, *next);
      for (VirtualClient& client : clients_) {
        client.ppp.advance(now_);
        if (ServedCall* call = sessions_.find(client.call)) {
          call->advance(now_);
          settle(*call);
        }
      }
      exchange();
    }
    now_ = end;
  }

  /// The hooks that have been begun come to their end.
  void run_hooks() {
    while (!hooks_.idle()) {
      context_.restart();
      context_.run_one_for(std::chrono::milliseconds(10));
    }
    context_.restart();
    context_.poll();  // what they have said is passed on
    exchange();
  }

  /// The server gets no processor for so long.
  void stall(Duration time) { now_ += time; }

  /// The address of the client's session; none while it has none.
  [[nodiscard]] std::string address(const VirtualClient& client) const {
    const ServedCall* call = sessions_.find(client.call);
    if (call == nullptr || !call->connected_since()) return "none";
    EXPECT_EQ(sessions_.find_client(call->client()), call) << "packets go to somebody else";
    return call->client().to_string();
  }
  [[nodiscard]] std::size_t calls() const { return sessions_.size(); }
  [[nodiscard]] ServedCall* find(const VirtualClient& client) const {
    return sessions_.find(client.call);
  }
  [[nodiscard]] Services& services() { return services_; }
  [[nodiscard]] Instant now() const { return now_; }

  [[nodiscard]] std::string log() {
    said_ += testing::internal::GetCapturedStderr();
    testing::internal::CaptureStderr();
    return said_;
  }

 private:
  static constexpr control::SenderCallId kPeerCallId{session::ClientTunnel::kOwn};

  SecretsStore open_secrets(const std::string& text) {
    std::ofstream(path_) << text;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_read);
    return SecretsStore::open(path_).value();
  }

  void logged_in(ConnectionId id) {
    for (VirtualClient& client : clients_) {
      if (client.channel.id() == id) client.channel.logged_in();
    }
  }

  void say(VirtualClient& client, const control::Message& message) {
    client.channel.receive(control::serialise(message), now_);
    hear(client);
  }

  void hear(VirtualClient& client) {
    const Bytes octets = client.channel.take_output();
    View rest(octets);
    control::MessageStream stream;
    while (auto item = stream.next(rest)) {
      client.heard.push_back(std::get<control::Message>(*item));
    }
  }

  /// As the worker does after each input to a call.
  void settle(ServedCall& call) {
    if (!call.finished()) return;
    for (VirtualClient& client : clients_) {
      if (client.channel.id() != call.connection()) continue;
      client.channel.reap_calls(now_);
      return hear(client);
    }
  }

  /// Until nobody has anything to say.
  void exchange() {
    bool busy = true;
    while (busy) {
      busy = false;
      for (const CallId id : std::exchange(services_.ended, {})) {
        if (ServedCall* call = sessions_.find(id)) settle(*call);
      }
      for (const Packet& packet : std::exchange(traffic_.to_peer, {})) {
        busy = true;
        for (VirtualClient& client : clients_) {
          if (client.peer == packet->peer && !client.cut) client.ppp.receive(packet->view(), now_);
        }
      }
      for (VirtualClient& client : clients_) {
        while (auto packet = client.ppp.next_packet()) {
          busy = true;
          if (!client.cut) arrive(client, *packet);
        }
      }
    }
  }

  void arrive(const VirtualClient& client, const Bytes& contents) {
    const auto header = gre::parse(contents);
    ServedCall* call = sessions_.find(client.call);
    Packet packet = pool_.take();
    if (call == nullptr || !packet->assign(contents)) return;
    packet->peer = client.peer;
    call->receive(std::move(packet), header.value(), now_);
    settle(*call);
  }

  std::string path_ = testing::TempDir() + "virtual-server-" + std::to_string(::getpid());
  config::Config config_;
  SeededRandom random_{1};
  PacketPool pool_{256};
  session::Traffic traffic_;
  observe::Log log_;
  observe::Counters counters_;
  std::string said_;
  SessionTable sessions_;
  AddressPool addresses_;
  tun::TunDevice tun_;
  tun::Netlink netlink_;
  DropCounters drops_;
  ProxyArp arp_{config_.network, log_, addresses_, drops_, ProxyArp::open_sources().value()};
  asio::io_context context_;
  HookPrograms programs_{context_, config_.hooks};
  HookRunner hooks_{context_, config_.hooks, log_,
                    [this](Hook hook, const HookFacts& facts, HookProcess::Ended ended) {
                      return programs_.start(hook, facts, std::move(ended));
                    }};
  SecretsStore secrets_;
  auth::LoginGuard guard_{{config_.limits.login_failures, config_.limits.block_time}};
  auth::LocalVerifier verifier_{library(), {.server_name = "pptpd"}};
  Services services_{config_,
                     session::Environment{library(), random_, pool_, traffic_},
                     log_,
                     counters_,
                     sessions_,
                     addresses_,
                     netlink_,
                     secrets_,
                     {},
                     verifier_,
                     guard_,
                     arp_,
                     hooks_,
                     {},
                     [this](ConnectionId id) { logged_in(id); },
                     [](ConnectionId) {},
                     [](ConnectionId) {},
                     [](CallId) {},
                     {}};
  Instant now_ = Instant(std::chrono::hours(1));
  unsigned last_number_ = 10;
  std::list<VirtualClient> clients_;
};

}  // namespace upptpd::server
