// A connection to the kernel's rtnetlink that may fail. rtnetlink(7).
#pragma once

#include <memory>

#include "core/result.hpp"

struct nl_sock;

namespace upptpd::tun {

/// Answers come in the order of the questions. When a question was not sent, or its answer was
/// lost, libnl would take the next answer for the wrong one, and that for good: so after every
/// failure the connection is made anew.
class NetlinkSocket {
 public:
  static Result<NetlinkSocket> open();

  /// What `ask` returns, which is given the socket and returns one of libnl's codes: an error is
  /// negative.
  template <class Ask>
  int ask(Ask ask) {
    if (const int code = socket_ ? 0 : connect(); code < 0) return code;
    const int code = ask(socket_.get());
    if (code < 0) socket_.reset();
    return code;
  }

 private:
  struct Free {
    void operator()(nl_sock* socket) const;
  };

  int connect();

  std::unique_ptr<nl_sock, Free> socket_;
};

}  // namespace upptpd::tun
