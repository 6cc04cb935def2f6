#include "tun/tun_device.hpp"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/check.hpp"

namespace upptpd::tun {
namespace {

// Of TUNSETOFFLOAD, in Linux 6.2 and not yet in every linux/if_tun.h.
constexpr unsigned kUdpOverIpv4 = 0x20;  // TUN_F_USO4
constexpr unsigned kUdpOverIpv6 = 0x40;  // TUN_F_USO6: the kernel takes both or none

TunDevice::Read outcome(ssize_t size) {
  if (size >= 0) return TunDevice::Read::packet;
  if (errno == EAGAIN || errno == EINTR) return TunDevice::Read::nothing;
  return errno == EBADFD ? TunDevice::Read::gone : TunDevice::Read::failed;
}

std::string reason_for(const std::string& name, int error) {
  const std::string what = "cannot make the interface " + name + ": ";
  if (error == EPERM) {
    return what + "this needs the capability CAP_NET_ADMIN; start as root, or with that capability";
  }
  if (error == EBUSY) {
    return what +
           "there is one of that name; is upptpd or upptp running? Otherwise choose another name";
  }
  return what + std::strerror(error);
}

/// As much of `wanted` as the kernel has.
TunDevice::Offload set_offload(int descriptor, TunDevice::Offload wanted) {
  using Offload = TunDevice::Offload;
  constexpr unsigned kTcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
  const auto accepts = [&](unsigned flags) {
    return ::ioctl(descriptor, TUNSETOFFLOAD, static_cast<unsigned long>(flags)) == 0;
  };
  if (wanted == Offload::tcp_and_udp && accepts(kTcp | kUdpOverIpv4 | kUdpOverIpv6)) return wanted;
  return accepts(kTcp) ? Offload::tcp : Offload::none;
}

}  // namespace

Result<TunDevice> TunDevice::create(const std::string& name, Offload wanted) {
  net::FileDescriptor descriptor(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!descriptor.valid()) {
    const int error = errno;
    const std::string why = std::string("cannot open /dev/net/tun: ") + std::strerror(error);
    if (error == EACCES) {
      return fail(why +
                  "; let our user open it (chmod 0666, as udev does: that gives nothing "
                  "without CAP_NET_ADMIN)");
    }
    return fail(why +
                "; load the module (modprobe tun), or give the container the device "
                "(--device /dev/net/tun)");
  }
  ifreq request{};
  const int header = wanted == Offload::none ? 0 : IFF_VNET_HDR;
  request.ifr_flags = static_cast<short>(IFF_TUN | IFF_NO_PI | IFF_TUN_EXCL | header);
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(descriptor.get(), TUNSETIFF, &request) != 0) {
    if (errno == EINVAL && wanted != Offload::none) return create(name, Offload::none);
    return fail(reason_for(name, errno));
  }
  if (wanted == Offload::none) return TunDevice(std::move(descriptor), wanted);
  const Offload has = set_offload(descriptor.get(), wanted);
  if (has != Offload::none) return TunDevice(std::move(descriptor), has);
  descriptor = {};  // and with it the interface, whose name is needed once more
  return create(name, Offload::none);
}

TunDevice::Read TunDevice::read(PacketBuffer& packet) {
  const MutableView space = packet.space();
  const ssize_t size = ::read(descriptor(), space.data(), space.size());
  if (size >= 0) packet.resize(static_cast<std::size_t>(size));
  return outcome(size);
}

TunDevice::Read TunDevice::read(MutableView space, View& octets) {
  const ssize_t size = ::read(descriptor(), space.data(), space.size());
  if (size >= 0) octets = View(space).first(static_cast<std::size_t>(size));
  return outcome(size);
}

bool TunDevice::write(View packet) {
  return ::write(descriptor(), packet.data(), packet.size()) == static_cast<ssize_t>(packet.size());
}

bool TunDevice::write(std::span<const View> parts) {
  check(parts.size() <= kMostParts);
  std::array<iovec, kMostParts> vectors;
  std::size_t size = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    // The kernel only reads what is written.
    vectors[i] = {const_cast<std::uint8_t*>(parts[i].data()), parts[i].size()};
    size += parts[i].size();
  }
  return ::writev(descriptor(), vectors.data(), static_cast<int>(parts.size())) ==
         static_cast<ssize_t>(size);
}

}  // namespace upptpd::tun
