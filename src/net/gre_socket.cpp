#include "net/gre_socket.hpp"

#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "ip/ipv4_packet.hpp"

namespace upptpd::net {
namespace {

/// Room for a burst while we are busy with the one before.
constexpr int kSocketBuffer = 4 << 20;

/// Room for a control message: the address that a packet is sent from, or the size of the fragments
/// in which one came.
struct alignas(cmsghdr) ControlMessage {
  std::array<std::uint8_t, CMSG_SPACE(std::max(sizeof(in_pktinfo), sizeof(int)))> octets;
};

#ifndef IP_RECVFRAGSIZE
constexpr int IP_RECVFRAGSIZE = 25;  // linux/in.h, which does not go together with netinet/in.h
#endif

std::uint16_t largest_fragment(const msghdr& header) {
  const cmsghdr* control = CMSG_FIRSTHDR(&header);
  if (control == nullptr || control->cmsg_level != IPPROTO_IP ||
      control->cmsg_type != IP_RECVFRAGSIZE || control->cmsg_len != CMSG_LEN(sizeof(int))) {
    return 0;
  }
  int octets = 0;
  std::memcpy(&octets, CMSG_DATA(control), sizeof(octets));
  return static_cast<std::uint16_t>(std::clamp(octets, 0, 0xffff));
}

/// What a system call wants for a batch of packets.
struct Messages {
  std::array<mmsghdr, GreSocket::kBatch> headers{};
  std::array<iovec, GreSocket::kBatch> parts{};
  std::array<sockaddr_in, GreSocket::kBatch> addresses{};
  std::array<ControlMessage, GreSocket::kBatch> controls{};

  void point_to_packet(std::size_t i, MutableView octets) {
    parts[i] = {octets.data(), octets.size()};
    headers[i] = {};
    headers[i].msg_hdr.msg_iov = &parts[i];
    headers[i].msg_hdr.msg_iovlen = 1;
    headers[i].msg_hdr.msg_control = controls[i].octets.data();
    headers[i].msg_hdr.msg_controllen = controls[i].octets.size();
  }

  void point_to_addresses(std::size_t i, const PacketBuffer& packet) {
    addresses[i] = {};
    addresses[i].sin_family = AF_INET;
    addresses[i].sin_addr.s_addr = htonl(packet.peer.value());
    msghdr& header = headers[i].msg_hdr;
    header.msg_name = &addresses[i];
    header.msg_namelen = sizeof(addresses[i]);
    // From the address that the client dialled, which need not be the one that the route would
    // choose.
    cmsghdr* control = CMSG_FIRSTHDR(&header);
    control->cmsg_level = IPPROTO_IP;
    control->cmsg_type = IP_PKTINFO;
    control->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
    in_pktinfo info{};
    info.ipi_spec_dst.s_addr = htonl(packet.local.value());
    std::memcpy(CMSG_DATA(control), &info, sizeof(info));
  }
};

}  // namespace

/// Kept so that a batch allocates nothing.
struct GreSocket::Scratch {
  Messages to_send;
  Messages to_receive;
  /// Where the next packets go, as far as `to_receive` points to them. What a call leaves empty
  /// waits for the next one: most calls take few, and to touch a whole batch would cost more than
  /// they do.
  std::array<Packet, kBatch> room;
};

Result<GreSocket> GreSocket::open() {
  FileDescriptor descriptor(
      ::socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_GRE));
  if (!descriptor.valid()) {
    if (errno == EPERM || errno == EACCES) {
      return fail(
          "cannot open a raw socket for GRE: this needs the capability CAP_NET_RAW; start as root, "
          "or "
          "with that capability");
    }
    return fail(std::string("cannot open a raw socket for GRE: ") + std::strerror(errno));
  }
  // Best effort: without CAP_NET_ADMIN the system may allow less.
  for (const auto& [force, ask] :
       {std::pair(SO_RCVBUFFORCE, SO_RCVBUF), std::pair(SO_SNDBUFFORCE, SO_SNDBUF)}) {
    for (const int option : {ask, force}) {
      ::setsockopt(descriptor.get(), SOL_SOCKET, option, &kSocketBuffer, sizeof(kSocketBuffer));
    }
  }
  const int yes = 1;
  // Where the system does not know it, nothing is noticed.
  ::setsockopt(descriptor.get(), IPPROTO_IP, IP_RECVFRAGSIZE, &yes, sizeof(yes));
  return GreSocket(std::move(descriptor), std::make_unique<Scratch>());
}

GreSocket::GreSocket(FileDescriptor descriptor, std::unique_ptr<Scratch> scratch)
    : descriptor_(std::move(descriptor)), scratch_(std::move(scratch)) {}
GreSocket::GreSocket(GreSocket&&) noexcept = default;
GreSocket& GreSocket::operator=(GreSocket&&) noexcept = default;
GreSocket::~GreSocket() = default;

std::uint64_t GreSocket::overflowed() const {
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof(memory);
  ::getsockopt(descriptor_.get(), SOL_SOCKET, SO_MEMINFO, memory.data(), &size);
  return memory[SK_MEMINFO_DROPS];
}

std::size_t GreSocket::receive(PacketPool& pool, PacketBatch& packets, DropCounters& drops,
                               std::size_t most) {
  Messages& messages = scratch_->to_receive;
  std::array<Packet, kBatch>& room = scratch_->room;
  std::size_t wanted = 0;
  for (; wanted < std::min(most, kBatch); ++wanted) {
    if (room[wanted]) continue;
    room[wanted] = pool.take();
    if (!room[wanted]) break;
    messages.point_to_packet(wanted, room[wanted]->space());
  }
  if (wanted == 0) {
    // Nothing to put packets into: take one away all the same, or we would be woken for it for
    // ever.
    std::uint8_t octet = 0;
    const bool taken = ::recv(descriptor_.get(), &octet, sizeof(octet), MSG_DONTWAIT) >= 0;
    if (taken) drops.add(DropReason::no_buffer);
    return taken ? 1 : 0;
  }
  const int count = ::recvmmsg(descriptor_.get(), messages.headers.data(),
                               static_cast<unsigned>(wanted), MSG_DONTWAIT, nullptr);
  const std::size_t received = count > 0 ? static_cast<std::size_t>(count) : 0;
  for (std::size_t i = 0; i < received; ++i) {
    Packet packet = std::move(room[i]);
    const mmsghdr& message = messages.headers[i];
    packet->resize(std::min<std::size_t>(message.msg_len, packet->space().size()));
    const auto outer = ip::Ipv4Packet::parse(packet->view());
    if (!outer || (message.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      drops.add(DropReason::gre_truncated);
      continue;
    }
    packet->peer = outer->source;
    packet->local = outer->destination;
    packet->largest_fragment = largest_fragment(message.msg_hdr);
    packet->resize(outer->total_length);
    packet->pop_front(outer->header_length);
    packets.push_back(std::move(packet));
  }
  return received;
}

std::size_t GreSocket::send(PacketBatch& packets, DropCounters& drops, std::size_t at_once) {
  Messages& messages = scratch_->to_send;
  std::size_t calls = 0;
  for (std::size_t first = 0; first < packets.size();) {
    const std::size_t count = std::min({at_once, kBatch, packets.size() - first});
    for (std::size_t i = 0; i < count; ++i) {
      messages.point_to_packet(i, packets[first + i]->view());
      messages.point_to_addresses(i, *packets[first + i]);
    }
    ++calls;
    const int sent = ::sendmmsg(descriptor_.get(), messages.headers.data(),
                                static_cast<unsigned>(count), MSG_DONTWAIT);
    if (sent > 0) {
      first += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      // Full: the rest would not fit either.
      drops.add(DropReason::send_failed, packets.size() - first);
      break;
    } else if (errno != EINTR) {
      drops.add(DropReason::send_failed);  // the first one is at fault; the others get their try
      ++first;
    }
  }
  packets.clear();
  return calls;
}

}  // namespace upptpd::net
