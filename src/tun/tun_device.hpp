// The TUN device that all clients share. Not persistent: it goes with the process, however that
// ends.
#pragma once

#include <string>

#include "core/packet_buffer.hpp"
#include "core/result.hpp"
#include "net/file_descriptor.hpp"

namespace upptpd::tun {

class TunDevice {
 public:
  /// Makes the device `name`. Needs CAP_NET_ADMIN and /dev/net/tun; fails if the name is taken.
  static Result<TunDevice> create(const std::string& name);

  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Reads one IP packet from the kernel. False when none is waiting.
  bool read(PacketBuffer& packet);
  /// Gives an IP packet to the kernel. False when it did not take it.
  bool write(View packet);

 private:
  TunDevice(net::FileDescriptor descriptor, std::string name)
      : descriptor_(std::move(descriptor)), name_(std::move(name)) {}

  net::FileDescriptor descriptor_;
  std::string name_;
};

}  // namespace upptpd::tun
