// Answers the logins of bench/load.cpp with what upptpd answers, and decides nothing: no state but
// call ids and counts, no secrets, no cipher, no log. What it costs is what the system calls for a
// failing login cost; bench/hostile.py shows it beside upptpd's.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <deque>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "control/message_types.hpp"
#include "core/reader.hpp"
#include "core/writer.hpp"
#include "gre/header.hpp"
#include "ppp/protocol.hpp"

namespace {

using namespace upptpd;
using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kControlPort = 1723;
/// As upptpd does when nobody has failed for a while.
constexpr std::chrono::milliseconds kVerdictAfter{250};
constexpr std::size_t kBatch = 64;
constexpr std::size_t kIpHeader = 20;

// RFC 1661 sections 3.1 and 5, RFC 1994 section 4.
constexpr std::uint16_t kAllStations = 0xff03;
constexpr std::uint8_t kConfigureRequest = 1;
constexpr std::uint8_t kConfigureAck = 2;
constexpr std::uint8_t kTerminateRequest = 5;
constexpr std::uint8_t kResponse = 2;

void must(long result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

struct Call {
  sockaddr_in peer{};
  std::uint16_t peer_id = 0;
  std::uint32_t next_sequence = 0;
  std::optional<gre::SequenceNumber> heard{};
  bool acknowledged = false;
  bool challenged = false;
};

class BareServer {
 public:
  BareServer() {
    const int yes = 1;
    const int large = 4 << 20;
    must(listener_, "TCP");
    must(gre_, "GRE");
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    ::setsockopt(listener_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    ::setsockopt(gre_, SOL_SOCKET, SO_RCVBUFFORCE, &large, sizeof(large));
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(kControlPort);
    must(::bind(listener_, reinterpret_cast<const sockaddr*>(&any), sizeof(any)), "bind");
    must(::listen(listener_, SOMAXCONN), "listen");
    watch(listener_);
    watch(gre_);
  }

  [[noreturn]] void serve() {
    for (;;) {
      std::array<epoll_event, 128> ready{};
      const int count = ::epoll_wait(epoll_, ready.data(), ready.size(), until_verdict());
      for (int i = 0; i < count; ++i) {
        const int descriptor = ready[static_cast<std::size_t>(i)].data.fd;
        if (descriptor == listener_) {
          accept();
        } else if (descriptor == gre_) {
          receive_gre();
        } else {
          receive_control(descriptor);
        }
      }
      for (; until_verdict() == 0; verdicts_.pop_front()) {
        const auto call = calls_.find(verdicts_.front().second);
        if (call != calls_.end()) send(call->second, failure_);
      }
      send_waiting();
    }
  }

 private:
  void watch(int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
  }

  /// Milliseconds; -1 if none is waited for.
  [[nodiscard]] int until_verdict() const {
    if (verdicts_.empty()) return -1;
    const auto left = verdicts_.front().first - Clock::now();
    return static_cast<int>(
        std::max(std::chrono::ceil<std::chrono::milliseconds>(left).count(), 0L));
  }

  void accept() {
    sockaddr_in peer{};
    socklen_t size = sizeof(peer);
    int descriptor = 0;
    while ((descriptor = ::accept4(listener_, reinterpret_cast<sockaddr*>(&peer), &size,
                                   SOCK_NONBLOCK)) >= 0) {
      peer.sin_port = 0;
      connections_[descriptor] = peer;
      watch(descriptor);
    }
  }

  void receive_control(int descriptor) {
    std::array<std::uint8_t, 1024> message{};
    const ssize_t size = ::recv(descriptor, message.data(), message.size(), 0);
    if (size <= 0) {
      calls_.erase(call_of(descriptor));
      connections_.erase(descriptor);
      ::close(descriptor);
      return;
    }
    // Each request comes in one piece; its reply has the next type, and begins as it does.
    using control::ControlMessageType;
    Reader request(View(message).subspan(8));
    const auto type = static_cast<ControlMessageType>(request.u16());
    request.skip(2);
    const std::uint16_t peer_id = request.u16();
    const auto reply = [&](std::size_t length) {
      message[1] = static_cast<std::uint8_t>(length);
      ++message[9];
      ::send(descriptor, message.data(), length, MSG_NOSIGNAL);
    };
    const std::uint16_t id = call_of(descriptor);
    Writer body(MutableView(message).subspan(control::kHeaderLength));
    if (type == ControlMessageType::start_control_connection_request) {
      message[14] = 1;  // successful
      reply(156);
    } else if (type == ControlMessageType::stop_control_connection_request) {
      message[12] = 1;  // closed
      reply(16);
    } else if (type == ControlMessageType::outgoing_call_request) {
      body.u16(id);
      body.u16(peer_id);
      body.u32(1 << 24);  // connected
      body.u32(100'000'000);
      body.u16(64);  // the window
      body.zeros(6);
      reply(32);
      send(calls_[id] = {connections_[descriptor], peer_id}, configure_request_);
    } else if (type == ControlMessageType::call_clear_request) {
      body.u16(id);
      body.u32(4 << 24);  // by request
      body.zeros(2 + control::kCallStatisticsLength);
      reply(148);
    }
  }

  static std::uint16_t call_of(int descriptor) { return static_cast<std::uint16_t>(descriptor); }

  void receive_gre() {
    std::array<mmsghdr, kBatch> headers{};
    std::array<iovec, kBatch> spaces{};
    for (std::size_t i = 0; i < kBatch; ++i) {
      spaces[i] = {incoming_[i].data(), incoming_[i].size()};
      headers[i].msg_hdr.msg_iov = &spaces[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
    const int count = ::recvmmsg(gre_, headers.data(), kBatch, 0, nullptr);
    for (std::size_t i = 0; count > 0 && i < static_cast<std::size_t>(count); ++i) {
      receive_packet(View(incoming_[i]).first(headers[i].msg_len).subspan(kIpHeader));
    }
  }

  void receive_packet(View packet) {
    const auto header = gre::parse(packet);
    if (!header || !header->sequence) return;
    const auto found = calls_.find(header->call_id);
    if (found == calls_.end()) return;
    Call& call = found->second;
    call.heard = header->sequence;
    Reader frame(packet.subspan(header->size()));
    std::uint16_t number = frame.u16();
    if (number == kAllStations) number = frame.u16();
    const auto protocol = static_cast<ppp::Protocol>(number);
    const View said = frame.rest();
    const std::uint8_t code = said.empty() ? 0 : said[0];
    if (protocol == ppp::Protocol::chap && code == kResponse) {
      verdicts_.emplace_back(Clock::now() + kVerdictAfter, header->call_id);
    } else if (protocol != ppp::Protocol::lcp) {
      return;
    } else if (code == kConfigureAck && !std::exchange(call.challenged, true)) {
      send(call, challenge_);
    } else if ((code == kConfigureRequest && !std::exchange(call.acknowledged, true)) ||
               code == kTerminateRequest) {
      Bytes answer = from_hex("ff03c021");
      answer.insert(answer.end(), said.begin(), said.end());
      ++answer[4];  // Configure-Ack, Terminate-Ack
      send(call, answer);
    }
  }

  void send(Call& call, const Bytes& frame) {
    gre::Header header;
    header.call_id = call.peer_id;
    header.payload_length = static_cast<std::uint16_t>(frame.size());
    header.sequence = gre::SequenceNumber(call.next_sequence++);
    header.acknowledgment = call.heard;
    Bytes packet(header.size());
    gre::serialise(header, packet);
    packet.insert(packet.end(), frame.begin(), frame.end());
    waiting_.emplace_back(call.peer, std::move(packet));
  }

  void send_waiting() {
    if (waiting_.empty()) return;
    std::vector<mmsghdr> headers(waiting_.size());
    std::vector<iovec> pieces(waiting_.size());
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      auto& [peer, packet] = waiting_[i];
      pieces[i] = {packet.data(), packet.size()};
      msghdr& header = headers[i].msg_hdr;
      header.msg_name = &peer;
      header.msg_namelen = sizeof(peer);
      header.msg_iov = &pieces[i];
      header.msg_iovlen = 1;
    }
    ::sendmmsg(gre_, headers.data(), static_cast<unsigned>(headers.size()), 0);
    waiting_.clear();
  }

  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int gre_ = ::socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, 47);
  int epoll_ = ::epoll_create1(0);
  std::unordered_map<int, sockaddr_in> connections_;
  std::unordered_map<std::uint16_t, Call> calls_;
  std::deque<std::pair<Clock::time_point, std::uint16_t>> verdicts_;
  std::vector<std::pair<sockaddr_in, Bytes>> waiting_;
  std::array<std::array<std::uint8_t, 2048>, kBatch> incoming_{};

  /// MRU 1400, MS-CHAPv2, a magic number, and both compressions.
  const Bytes configure_request_ =
      from_hex("ff03c02101010017010405780305c223810506223305f307020802");
  const Bytes challenge_ = from_hex(
      "c2230101001b10"
      "00112233445566778899aabbccddeeff"
      "757070747064");
  const Bytes failure_ = from_hex(
      "c22304010034"
      "453d36393120523d3020433d3030303030303030303030303030303030303030303030303030"
      "303030303030303020563d33");
};

}  // namespace

int main() try {
  BareServer server;
  std::cout << "ready" << std::endl;
  server.serve();
} catch (const std::exception& error) {
  std::cerr << "bare_server: " << error.what() << "\n";
  return 1;
}
