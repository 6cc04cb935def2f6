// The network interfaces of this host, and when they come, go or change. rtnetlink(7).
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/ip_address.hpp"
#include "core/result.hpp"
#include "ip/arp_packet.hpp"
#include "tun/netlink_socket.hpp"

struct nl_sock;

namespace upptpd::tun {

struct NetworkInterface {
  int index = 0;
  std::string name;
  /// Our own addresses on it, each with the prefix length of its subnet.
  std::vector<Ipv4Network> addresses;
  /// None where there is no ARP: it is no Ethernet, or down.
  std::optional<ip::MacAddress> mac;

  friend bool operator==(const NetworkInterface&, const NetworkInterface&) = default;
};

class InterfaceWatch {
 public:
  static Result<InterfaceWatch> open();

  /// Readable when `update` may have something new.
  [[nodiscard]] int descriptor() const;
  /// Takes away what makes it readable.
  void drain();
  /// Asks the kernel anew; true when something has changed. Keeps what it knows when the kernel
  /// does not answer.
  Result<bool> update();
  [[nodiscard]] const std::vector<NetworkInterface>& interfaces() const { return interfaces_; }

 private:
  struct Free {
    void operator()(nl_sock* socket) const;
  };
  using Socket = std::unique_ptr<nl_sock, Free>;

  InterfaceWatch(NetlinkSocket questions, Socket notifications)
      : questions_(std::move(questions)), notifications_(std::move(notifications)) {}

  NetlinkSocket questions_;
  Socket notifications_;
  std::vector<NetworkInterface> interfaces_;
};

}  // namespace upptpd::tun
