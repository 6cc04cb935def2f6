#include "client/dialer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <asio/buffer.hpp>
#include <asio/write.hpp>
#include <utility>

#include "net/clock.hpp"

namespace upptpd::client {
namespace {

/// 8 MiB: some bursts in both directions, and what the sequencer holds back.
constexpr std::size_t kPacketBuffers = 4096;
/// With everything around it, a packet of this size fits an Ethernet frame.
constexpr std::uint16_t kMru = 1400;

// Asio closes what it is given, and so do the owners: it gets a duplicate.
int duplicate(int descriptor) { return ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0); }

std::string our_host_name() {
  std::array<char, 65> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

}  // namespace

Result<std::unique_ptr<Dialer>> Dialer::open(DialOptions options, const crypto::Library& library,
                                             Account& account) {
  auto gre = net::GreSocket::open();
  if (!gre) return tl::unexpected(gre.error());
  auto interface = TunnelInterface::open(options.interface, options.routes);
  if (!interface) return tl::unexpected(interface.error());
  auto device =
      tun::TunDevice::create(options.interface, tun::PacketIo::offload(options.simple_path));
  if (!device) return tl::unexpected(device.error());
  return std::unique_ptr<Dialer>(new Dialer(std::move(options), library, account, std::move(*gre),
                                            std::move(*device), std::move(*interface)));
}

Dialer::Dialer(DialOptions options, const crypto::Library& library, Account& account,
               net::GreSocket gre, tun::TunDevice device, TunnelInterface interface)
    : options_(std::move(options)),
      account_(account),
      diagnosis_(ppp::mode_in_words(options_.strength | ppp::MppeBits::kStateless)),
      io_(std::move(gre), std::move(device),
          {options_.simple_path, kMru - std::size_t{session::kEncryptionOverhead}, kPacketBuffers},
          drops_),
      cipher_(tun::PacketIo::kBurst),
      environment_{library, random_, io_.pool(), traffic_,
                   options_.simple_path ? nullptr : &cipher_},
      interface_(std::move(interface)),
      gre_ready_(context_, duplicate(io_.gre_descriptor())),
      tun_ready_(context_, duplicate(io_.tun_descriptor())) {}

bool Dialer::run() {
  wait_for_signal();
  resolve();
  context_.run();
  return ended_well_;
}

void Dialer::wait_for_signal() {
  signals_.async_wait([this](const asio::error_code& error, int) {
    if (error) return;
    wait_for_signal();
    hang_up();
  });
}

void Dialer::be_patient_for(std::chrono::seconds time) {
  patience_.expires_after(time);
  patience_.async_wait([this](const asio::error_code& stopped) {
    if (!stopped) finish();
  });
}

void Dialer::resolve() {
  patience_.expires_after(kConnectTimeout);
  patience_.async_wait([this](const asio::error_code& stopped) {
    if (stopped || call_) return;
    if (server_.is_unspecified()) return fail_to_connect("the name servers do not answer", 868);
    fail_to_connect("no answer from TCP port " + std::to_string(options_.port));
  });
  resolver_.async_resolve(
      asio::ip::tcp::v4(), options_.host, std::to_string(options_.port),
      [this](const asio::error_code& error, const asio::ip::tcp::resolver::results_type& found) {
        if (error == asio::error::operation_aborted) return;
        if (error) {
          return fail_to_connect("no IPv4 address has this name: " + error.message(), 868);
        }
        connect(found.begin()->endpoint());
      });
}

void Dialer::connect(const asio::ip::tcp::endpoint& server) {
  server_ = Ipv4Address(server.address().to_v4().to_uint());
  account_.calling(options_.host, server_, server.port());
  socket_.async_connect(server, [this](const asio::error_code& error) {
    if (error == asio::error::operation_aborted) return;
    if (error == asio::error::connection_refused) {
      return fail_to_connect("nobody listens on TCP port " + std::to_string(options_.port));
    }
    if (error) return fail_to_connect("TCP: " + error.message());
    patience_.cancel();
    begin_call();
  });
}

void Dialer::begin_call() {
  asio::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  DialedCall::Settings settings;
  settings.control.host_name = our_host_name();
  settings.control.call_id = CallId(random_.u16());
  settings.link.mru = kMru;
  settings.link.log_in_as = options_.credentials;
  settings.link.encryption.strengths = options_.strength;
  settings.server = server_;
  settings.local = Ipv4Address(socket_.local_endpoint(ignored).address().to_v4().to_uint());
  call_.emplace(std::move(settings), environment_, net::now());
  read_control();
  wait_for_gre();
  wait_for_tun();
  settle();
}

void Dialer::read_control() {
  socket_.async_read_some(asio::buffer(incoming_),
                          [this](const asio::error_code& error, std::size_t size) {
                            if (error == asio::error::operation_aborted) return;
                            // Why the call ends comes in GRE, just before TCP says that it does.
                            receive_from_gre(net::now());
                            if (error) {
                              call_->peer_closed(net::now());
                            } else {
                              call_->receive(View(incoming_).first(size), net::now());
                            }
                            settle();
                            if (!error && !call_->closed()) read_control();
                          });
}

void Dialer::write_control() {
  if (!writing_.empty() || unsent_.empty()) return;
  writing_ = std::exchange(unsent_, {});
  asio::async_write(socket_, asio::buffer(writing_),
                    [this](const asio::error_code& error, std::size_t) {
                      writing_.clear();
                      // What cannot be sent is not waited for; the reader hears the end, too.
                      if (error) unsent_.clear();
                      write_control();
                      if (writing_.empty() && call_->closed()) finish();
                    });
}

void Dialer::wait_for_gre() {
  gre_ready_.async_wait(asio::posix::stream_descriptor::wait_read, [this](asio::error_code error) {
    if (error) return;
    const std::size_t carried = receive_from_gre(net::now());
    settle();
    stay_while_busy(carried);
    wait_for_gre();
  });
}

void Dialer::stay_while_busy(std::size_t carried) {
  if (options_.simple_path) return;
  busy_rounds_.stay(carried, [this] {
    const std::size_t packets = receive_from_gre(net::now()) + receive_from_tun();
    settle();
    return packets;
  });
}

std::size_t Dialer::receive_from_gre(Instant now) {
  io_.receive_gre(arrived_);
  const std::size_t packets = arrived_.size();
  for (Packet& packet : arrived_) call_->receive(std::move(packet), now);
  arrived_.clear();
  call_->decrypt(now);
  return packets;
}

void Dialer::wait_for_tun() {
  tun_ready_.async_wait(asio::posix::stream_descriptor::wait_read, [this](asio::error_code error) {
    if (error) return;
    const std::size_t carried = receive_from_tun();
    settle();
    stay_while_busy(carried);
    wait_for_tun();
  });
}

std::size_t Dialer::receive_from_tun() {
  if (!tun_ready_.is_open()) return 0;
  const bool there = io_.read_tun(arrived_);
  const std::size_t packets = arrived_.size();
  for (Packet& packet : arrived_) call_->send(std::move(packet));
  arrived_.clear();
  if (!there) {
    tun_ready_.close();
    give_up("the interface " + options_.interface + " was taken away");
  }
  return packets;
}

void Dialer::hang_up() {
  // Once more: without waiting for the server.
  if (!call_ || std::exchange(hanging_up_, true)) return finish();
  account_.hanging_up();
  call_->hang_up(net::now());
  be_patient_for(kHangUpTimeout);
  settle();
}

void Dialer::give_up(std::string why) {
  gave_up_because_ = std::move(why);
  hang_up();
}

void Dialer::settle() {
  while (auto output = call_->next_output()) handle(*output);
  environment_.encrypt_waiting();
  io_.send_gre(traffic_.to_peer);
  io_.write_tun(traffic_.to_network);
  write_control();
  if (call_->closed()) {
    if (writing_.empty()) return finish();
    if (!std::exchange(saying_goodbye_, true)) be_patient_for(kHangUpTimeout);
  }
  arm_timer();
}

void Dialer::handle(const DialedCall::Output& output) {
  diagnosis_.note(output);
  account_.note(output);
  if (const auto* send = std::get_if<control::SendBytes>(&output)) {
    unsent_.insert(unsent_.end(), send->bytes.begin(), send->bytes.end());
    if (unsent_.size() > kMostUnsent) {
      unsent_.clear();
      call_->peer_closed(net::now());
    }
  } else if (const auto* event = std::get_if<session::Event>(&output)) {
    if (const auto* link = std::get_if<session::LinkEstablished>(event)) {
      peer_mru_ = link->peer_mru;
    } else if (const auto* connected = std::get_if<session::Connected>(event)) {
      network_up(*connected);
    }
  }
}

void Dialer::network_up(const session::Connected& connected) {
  const unsigned mtu = std::min<unsigned>(peer_mru_, kMru) - unsigned{session::kEncryptionOverhead};
  std::vector<std::string> warnings;
  const auto up = interface_.bring_up(connected.assignment, server_, mtu, warnings);
  for (const std::string& warning : warnings) account_.warning(warning);
  if (!up) return give_up(up.error().message);
  // A link negotiated anew keeps its interface.
  if (connected_at_) return;
  connected_at_ = net::now();
  account_.connected(options_.interface, connected);
}

void Dialer::arm_timer() {
  const Deadline at = call_->deadline();
  if (!at) {
    timer_.cancel();
    return;
  }
  const auto when = net::to_steady_clock(*at);
  if (timer_.expiry() == when) return;
  timer_.expires_at(when);
  timer_.async_wait([this](const asio::error_code& stopped) {
    if (stopped) return;
    call_->advance(net::now());
    timer_.expires_at({});
    settle();
  });
}

void Dialer::fail_to_connect(const std::string& sentence, unsigned windows_error) {
  end({options_.host + ": " + sentence, windows_error});
}

void Dialer::finish() {
  if (!gave_up_because_.empty()) return end({gave_up_because_, {}});
  // What went wrong before our user hung up is still the reason.
  if (diagnosis_.knows_why()) return end(diagnosis_.explain());
  end({"hung up", {}});
}

void Dialer::end(const Diagnosis::Explanation& why) {
  if (context_.stopped()) return;
  ended_well_ = gave_up_because_.empty() && !why.windows_error;
  account_.ended(why, connected_at_.has_value(),
                 connected_at_ ? net::now() - *connected_at_ : Duration(),
                 call_ ? call_->statistics() : session::Statistics());
  context_.stop();
}

}  // namespace upptpd::client
