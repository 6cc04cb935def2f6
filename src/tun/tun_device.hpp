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

  enum class Read : std::uint8_t {
    packet,
    nothing,  // none is waiting
    gone      // the interface was taken away
  };
  /// Reads one IP packet from the kernel.
  Read read(PacketBuffer& packet);
  /// Gives an IP packet to the kernel. False when it did not take it.
  bool write(View packet);

 private:
  explicit TunDevice(net::FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}

  net::FileDescriptor descriptor_;
};

}  // namespace upptpd::tun
