// The IP Control Protocol: addresses, DNS and WINS servers. RFC 1332, RFC 1877.
#pragma once

#include <array>
#include <optional>

#include "core/ip_address.hpp"
#include "ppp/negotiation.hpp"

namespace upptpd::ppp {

/// What the client is to have. Unspecified addresses stand for "none".
struct IpAssignment {
  Ipv4Address local;  // ours, on the tunnel
  Ipv4Address client;
  std::array<Ipv4Address, 2> dns;
  std::array<Ipv4Address, 2> wins;
};

class IpcpNegotiation : public Negotiation {
 public:
  explicit IpcpNegotiation(IpAssignment assignment) : assignment_(assignment) {}

  void begin() override;
  Bytes propose() override;
  Judgement judge(View options, bool may_nak) override;
  void on_ack() override {}
  Agreement on_nak(View options) override;
  Agreement on_reject(View options) override;
  ExtraCode on_extra_code(const ControlPacket&) override { return ExtraCode::unknown; }

  /// Whether the client took the address it was given.
  [[nodiscard]] bool client_address_agreed() const { return client_address_agreed_; }

 private:
  [[nodiscard]] std::optional<Ipv4Address> value_for(std::uint8_t option) const;

  IpAssignment assignment_;
  bool propose_address_ = true;
  bool client_address_agreed_ = false;
};

}  // namespace upptpd::ppp
