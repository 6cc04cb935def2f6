#include "tun/netlink_socket.hpp"

#include <netlink/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <string>
#include <utility>

namespace upptpd::tun {

void NetlinkSocket::Free::operator()(nl_sock* socket) const { nl_socket_free(socket); }

Result<NetlinkSocket> NetlinkSocket::open() {
  NetlinkSocket made;
  const int code = made.connect();
  if (code < 0) return fail(std::string("cannot open a netlink socket: ") + nl_geterror(code));
  return made;
}

int NetlinkSocket::connect() {
  std::unique_ptr<nl_sock, Free> made(nl_socket_alloc());
  const int code = made ? nl_connect(made.get(), NETLINK_ROUTE) : -NLE_NOMEM;
  if (code < 0) return code;
  // The answer is there as soon as the question was sent. libnl waits for it even where it was not.
  const timeval patience{0, 100'000};
  ::setsockopt(nl_socket_get_fd(made.get()), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  socket_ = std::move(made);
  return 0;
}

}  // namespace upptpd::tun
