// Many calls from one process, and UDP through them: a client for bench/path.py, which says what to
// do on standard input, a line at a time, and gets a line of JSON for each.
//
//   load SERVER CALLS DESTINATION
//     send SIZE SECONDS RATE   datagrams of SIZE octets, with the IP header, through each call in
//                              turn, at most RATE a second
//     receive SECONDS          counts the datagrams that come
//     guess SECONDS RATE       logins with a wrong password, RATE a second, on connections of their
//                              own; with 0 as CALLS only
//
// A process for each call would have a raw socket each, and every GRE packet would be copied to
// all.
#include <poll.h>

#include <array>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "client/dialed_call.hpp"
#include "core/writer.hpp"
#include "ip/checksum.hpp"
#include "ip/ipv4_packet.hpp"
#include "net/clock.hpp"
#include "net/gre_socket.hpp"
#include "net/system_random.hpp"

namespace {

using namespace upptpd;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kControlPort = 1723;
constexpr std::size_t kInProgress = 32;
constexpr std::size_t kBurst = 64;
/// Guesses before the first one's place is taken, and its call id used, again.
constexpr std::size_t kGuesses = 2048;
constexpr std::uint16_t kDiscardPort = 9;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

Bytes datagram(Ipv4Address from, Ipv4Address to, std::size_t size) {
  Bytes packet(size);
  const auto length = static_cast<std::uint16_t>(size - 20);
  const auto header = ip::ipv4_header(ip::Ipv4Packet::kUdp, from, to, length);
  std::ranges::copy(header, packet.begin());
  const MutableView udp = MutableView(packet).subspan(header.size());
  Writer writer(udp);
  writer.u16(kDiscardPort);
  writer.u16(kDiscardPort);
  writer.u16(length);
  const std::uint16_t sum = ip::pseudo_header_sum(from, to, ip::Ipv4Packet::kUdp, length);
  writer.u16(ip::internet_checksum(udp, sum));
  return packet;
}

struct Call {
  tcp::socket socket;
  std::optional<client::DialedCall> dialed{};
  std::array<std::uint8_t, 1024> incoming{};
  std::optional<Ipv4Address> address{};
};

class Load {
 public:
  Load(const crypto::Library& library, net::GreSocket gre, Ipv4Address server)
      : gre_(std::move(gre)),
        server_(server),
        environment_{library, random_, pool_, traffic_, &cipher_} {}

  /// Returns the calls' addresses.
  std::vector<std::string> connect(std::size_t count) {
    while (connected_ < count) {
      while (calls_.size() < count && calls_.size() < connected_ + kInProgress) dial();
      wait();
    }
    std::vector<std::string> addresses;
    for (const auto& call : calls_) addresses.push_back(call->address->to_string());
    return addresses;
  }

  /// At most `rate` a second. Returns how many were sent.
  std::size_t send(Ipv4Address to, std::size_t size, double seconds, double rate) {
    std::vector<Bytes> datagrams;
    for (const auto& call : calls_) datagrams.push_back(datagram(*call->address, to, size));
    std::size_t sent = 0;
    for (const auto begin = Clock::now(); seconds_since(begin) < seconds;) {
      for (std::size_t i = 0; i < kBurst; ++i, ++sent) {
        Packet packet = pool_.take();
        if (!packet || !packet->assign(datagrams[sent % calls_.size()])) break;
        calls_[sent % calls_.size()]->dialed->send(std::move(packet));
      }
      carry();
      while (static_cast<double>(sent) > seconds_since(begin) * rate) carry();
    }
    return sent;
  }

  /// Returns how many came.
  std::size_t receive(double seconds) {
    const std::size_t before = received_;
    for (const auto begin = Clock::now(); seconds_since(begin) < seconds;) wait();
    return received_ - before;
  }

  /// Returns how many were begun. What is not over when its place is needed is broken off.
  std::size_t guess(double seconds, double rate) {
    std::size_t begun = 0;
    for (const auto begin = Clock::now(); seconds_since(begin) < seconds;) {
      if (static_cast<double>(begun) < seconds_since(begin) * rate) {
        const std::size_t place = begun++ % kGuesses;
        if (calls_.size() == place) calls_.emplace_back();
        if (calls_[place]) calls_[place]->socket.close();
        calls_[place] = dialed(place, "wrong");
        drain(*calls_[place]);
        carry();
      } else {
        wait();
      }
    }
    return begun;
  }

  /// For something to come, at most a few milliseconds.
  void wait() {
    const std::size_t before = arrived_count_;
    carry();
    if (arrived_count_ != before) return;
    pollfd ready{gre_.descriptor(), POLLIN, 0};
    ::poll(&ready, 1, 5);
  }

 private:
  void dial() {
    calls_.push_back(dialed(calls_.size(), "secret1"));
    drain(*calls_.back());
  }

  std::shared_ptr<Call> dialed(std::size_t place, const char* password) {
    auto call = std::make_shared<Call>(tcp::socket(context_));
    call->socket.connect({asio::ip::make_address_v4(server_.value()), kControlPort});
    call->socket.set_option(tcp::no_delay(true));
    client::DialedCall::Settings settings;
    settings.control.host_name = "load";
    settings.control.call_id = CallId(static_cast<std::uint16_t>(place + 1));
    settings.link.mru = 1400;
    settings.link.log_in_as = auth::Credentials{"alice", SecretString(password)};
    settings.link.encryption.strengths = ppp::MppeBits::k128;
    settings.server = server_;
    settings.local = Ipv4Address(call->socket.local_endpoint().address().to_v4().to_uint());
    call->dialed.emplace(std::move(settings), environment_, net::now());
    read_control(call);
    return call;
  }

  void read_control(const std::shared_ptr<Call>& call) {
    call->socket.async_read_some(
        asio::buffer(call->incoming), [this, call](asio::error_code error, auto size) {
          if (error) return lost(*call, error);
          call->dialed->receive(View(call->incoming).first(size), net::now());
          drain(*call);
          read_control(call);
        });
  }

  /// As guesses are; but who has an address is to keep it.
  void lost(Call& call, const asio::error_code& error) {
    if (call.address) throw std::runtime_error("the server ended a call: " + error.message());
    call.socket.close();
    if (!call.dialed->closed()) call.dialed->peer_closed(net::now());
  }

  /// What has come, what is due, and what is to be sent.
  void carry() {
    context_.poll();
    const Instant now = net::now();
    gre_.receive(pool_, arrived_, drops_);
    arrived_count_ += arrived_.size();
    for (Packet& packet : arrived_) dispatch(std::move(packet), now);
    arrived_.clear();
    for (Call* call : touched_) {
      call->dialed->decrypt(now);
      drain(*call);
    }
    touched_.clear();
    if (now >= next_look_) advance(now);
    environment_.encrypt_waiting();
    gre_.send(traffic_.to_peer, drops_);
    received_ += traffic_.to_network.size();
    traffic_.to_network.clear();
  }

  void dispatch(Packet packet, Instant now) {
    const auto header = gre::parse(packet->view());
    if (!header || header->call_id == 0 || header->call_id > calls_.size()) return;
    Call& call = *calls_[header->call_id - std::size_t{1}];
    call.dialed->receive(std::move(packet), now);
    touched_.push_back(&call);
  }

  void advance(Instant now) {
    next_look_ = now + std::chrono::milliseconds(10);
    for (auto& call : calls_) {
      if (const auto at = call->dialed->deadline(); at && *at <= now) {
        call->dialed->advance(now);
        drain(*call);
      }
    }
  }

  void drain(Call& call) {
    while (auto output = call.dialed->next_output()) {
      if (const auto* send = std::get_if<control::SendBytes>(&*output)) {
        asio::error_code lost;  // which the read finds out, too
        asio::write(call.socket, asio::buffer(send->bytes), lost);
      } else if (const auto* event = std::get_if<session::Event>(&*output)) {
        if (const auto* up = std::get_if<session::Connected>(event)) {
          if (!call.address) ++connected_;
          call.address = up->assignment.client;
        }
      }
    }
  }

  asio::io_context context_{1};
  /// Without calls there is nothing to wait for, and it would be over.
  asio::executor_work_guard<asio::io_context::executor_type> never_over_{context_.get_executor()};
  PacketPool pool_{8192};
  net::GreSocket gre_;
  Ipv4Address server_;
  net::SystemRandom random_;
  DropCounters drops_;
  session::Traffic traffic_;
  session::CipherBatches cipher_{256};
  session::Environment environment_;
  std::vector<std::shared_ptr<Call>> calls_;
  std::vector<Call*> touched_;
  PacketBatch arrived_;
  std::size_t arrived_count_ = 0;
  std::size_t connected_ = 0;
  std::size_t received_ = 0;
  Instant next_look_;
};

void tell(const nlohmann::json& line) { std::cout << line.dump() << std::endl; }

/// A whole line is there, or the end of the input.
bool input_waits() {
  pollfd input{0, POLLIN, 0};
  return ::poll(&input, 1, 0) > 0;
}

void obey(Load& load, Ipv4Address destination) {
  for (;;) {
    while (!input_waits()) load.wait();
    std::string line;
    if (!std::getline(std::cin, line)) return;
    std::istringstream words(line);
    std::string verb;
    std::size_t size = 0;
    double seconds = 0;
    double rate = 0;
    words >> verb;
    if (verb == "send") {
      words >> size >> seconds >> rate;
      tell({{"packets", load.send(destination, size, seconds, rate)}});
    } else if (verb == "guess") {
      words >> seconds >> rate;
      tell({{"logins", load.guess(seconds, rate)}});
    } else {
      words >> seconds;
      tell({{"packets", load.receive(seconds)}});
    }
  }
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 4) throw std::runtime_error("load SERVER CALLS DESTINATION");
  const auto server = Ipv4Address::parse(arguments[1]);
  const auto destination = Ipv4Address::parse(arguments[3]);
  if (!server || !destination) throw std::runtime_error("these are no IPv4 addresses");
  const auto library = crypto::Library::load();
  auto gre = net::GreSocket::open();
  if (!library || !gre) throw std::runtime_error("needs OpenSSL's legacy provider, and root");
  Load load(*library, std::move(*gre), *server);
  const auto begin = Clock::now();
  const auto addresses = load.connect(std::stoul(arguments[2]));
  tell({{"seconds", seconds_since(begin)}, {"addresses", addresses}});
  obey(load, *destination);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "load: " << error.what() << "\n";
  return 1;
}
