#include "tun/tun_device.hpp"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace upptpd::tun {

Result<TunDevice> TunDevice::create(const std::string& name) {
  net::FileDescriptor descriptor(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!descriptor.valid()) {
    return fail(std::string("cannot open /dev/net/tun: ") + std::strerror(errno) +
                "; load the module (modprobe tun), or give the container the device (--device "
                "/dev/net/tun)");
  }
  ifreq request{};
  request.ifr_flags = static_cast<short>(IFF_TUN | IFF_NO_PI | IFF_TUN_EXCL);
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(descriptor.get(), TUNSETIFF, &request) != 0) {
    if (errno == EPERM) {
      return fail(
          "cannot make the interface " + name +
          ": this needs the capability CAP_NET_ADMIN; start as root, or with that capability");
    }
    if (errno == EBUSY) {
      return fail("cannot make the interface " + name +
                  ": there is one of that name; is upptpd or upptp running? Otherwise choose "
                  "another name");
    }
    return fail("cannot make the interface " + name + ": " + std::strerror(errno));
  }
  return TunDevice(std::move(descriptor));
}

TunDevice::Read TunDevice::read(PacketBuffer& packet) {
  const MutableView space = packet.space();
  const ssize_t size = ::read(descriptor(), space.data(), space.size());
  if (size < 0) return errno == EAGAIN || errno == EINTR ? Read::nothing : Read::gone;
  packet.resize(static_cast<std::size_t>(size));
  return Read::packet;
}

bool TunDevice::write(View packet) {
  return ::write(descriptor(), packet.data(), packet.size()) == static_cast<ssize_t>(packet.size());
}

}  // namespace upptpd::tun
