// The IP Control Protocol, server's side: gives the client its address, DNS and WINS servers.
// RFC 1332, RFC 1877.
#pragma once

#include <array>
#include <optional>

#include "core/ip_address.hpp"
#include "ppp/negotiation.hpp"

namespace upptpd::ppp {

/// What both ends of a link are to have. Unspecified addresses stand for "none".
struct IpAssignment {
  Ipv4Address local;  // the server's, on the tunnel
  Ipv4Address client;
  std::array<Ipv4Address, 2> dns;
  std::array<Ipv4Address, 2> wins;
};

/// What both sides of IPCP have in common.
class IpNegotiation : public Negotiation {
 public:
  /// What was agreed on; none if the client has no address by it.
  [[nodiscard]] virtual std::optional<IpAssignment> agreed() const = 0;
};

class IpcpNegotiation : public IpNegotiation {
 public:
  explicit IpcpNegotiation(IpAssignment assignment) : assignment_(assignment) {}

  void begin() override;
  Bytes propose() override;
  Judgement judge(View options, bool may_nak) override;
  void on_ack() override {}
  Agreement on_nak(View options) override;
  Agreement on_reject(View options) override;
  ExtraCode on_extra_code(const ControlPacket&) override { return ExtraCode::unknown; }

  [[nodiscard]] std::optional<IpAssignment> agreed() const override {
    return client_address_agreed_ ? std::optional(assignment_) : std::nullopt;
  }

 private:
  [[nodiscard]] std::optional<Ipv4Address> value_for(std::uint8_t option) const;

  IpAssignment assignment_;
  bool propose_address_ = true;
  bool client_address_agreed_ = false;
};

}  // namespace upptpd::ppp
