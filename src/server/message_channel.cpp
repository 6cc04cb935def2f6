#include "server/message_channel.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "core/secret.hpp"

namespace upptpd::server {
namespace {

/// Octets: room for the last words of all hooks that may run.
constexpr int kBuffer = 4 << 20;

/// For one descriptor (cmsg(3)).
union ControlBuffer {
  std::array<char, CMSG_SPACE(sizeof(int))> octets{};
  cmsghdr alignment;
};

void attach(msghdr& header, ControlBuffer& buffer, int descriptor) {
  header.msg_control = buffer.octets.data();
  header.msg_controllen = buffer.octets.size();
  cmsghdr* control = CMSG_FIRSTHDR(&header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(control), &descriptor, sizeof(int));
}

net::FileDescriptor attached(msghdr& header) {
  const cmsghdr* control = CMSG_FIRSTHDR(&header);
  if (control == nullptr || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS ||
      control->cmsg_len != CMSG_LEN(sizeof(int))) {
    return {};
  }
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(control), sizeof(int));
  return net::FileDescriptor(descriptor);
}

}  // namespace

Result<std::pair<MessageChannel, MessageChannel>> MessageChannel::make() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail(std::string("cannot make a socket pair: ") + std::strerror(errno));
  }
  // So that the monitor never waits for the server while that waits for it.
  for (const int end : ends) {
    ::setsockopt(end, SOL_SOCKET, SO_SNDBUFFORCE, &kBuffer, sizeof kBuffer);
  }
  return std::pair{MessageChannel(ends[0]), MessageChannel(ends[1])};
}

Result<void, int> MessageChannel::send(const nlohmann::json& content, int descriptor) const {
  // With room for all of it, so that no growing leaves copies of secrets behind.
  std::vector<std::uint8_t> octets;
  octets.reserve(kLargest);
  nlohmann::json::to_cbor(content, octets);
  if (octets.size() > kLargest) return fail_with(int{EMSGSIZE});
  iovec part{octets.data(), octets.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  ControlBuffer control;
  if (descriptor >= 0) attach(header, control, descriptor);
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket_.get(), &header, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  const int error = errno;
  wipe(octets);
  if (sent < 0) return fail_with(int{error});
  return {};
}

Result<Message, int> MessageChannel::receive() const {
  std::vector<std::uint8_t> octets(kLargest);
  iovec part{octets.data(), octets.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  ControlBuffer control;
  header.msg_control = control.octets.data();
  header.msg_controllen = CMSG_LEN(sizeof(int));  // not the padding, which would hold a second one
  ssize_t size = 0;
  do {
    size = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return fail_with(size < 0 ? errno : 0);
  Message message{nullptr, attached(header)};
  const MutableView arrived(octets.data(), static_cast<std::size_t>(size));
  message.content = nlohmann::json::from_cbor(arrived.begin(), arrived.end(), true, false);
  wipe(arrived);
  const bool further_descriptors =
      (header.msg_flags & MSG_CTRUNC) != 0 && message.descriptor.valid();
  if ((header.msg_flags & MSG_TRUNC) != 0 || further_descriptors || !message.content.is_object()) {
    return fail_with(0);
  }
  return message;
}

bool MessageChannel::has_message() const {
  pollfd ready{socket_.get(), POLLIN, 0};
  return ::poll(&ready, 1, 0) > 0;
}

void MessageChannel::give_up_after(int seconds) const {
  const timeval limit{seconds, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

void wipe_text(nlohmann::json& message, const char* key) {
  auto& text = message[key].get_ref<std::string&>();
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
}

}  // namespace upptpd::server
