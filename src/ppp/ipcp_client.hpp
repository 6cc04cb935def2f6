// The IP Control Protocol, client's side: asks for an address and DNS servers, and takes what the
// server says. RFC 1332, RFC 1877.
#pragma once

#include "ppp/ipcp.hpp"

namespace upptpd::ppp {

class IpcpClientNegotiation : public IpNegotiation {
 public:
  void begin() override;
  Bytes propose() override;
  Judgement judge(View options, bool may_nak) override;
  void on_ack() override { acknowledged_ = true; }
  Agreement on_nak(View options) override;
  Agreement on_reject(View options) override;
  ExtraCode on_extra_code(const ControlPacket&) override { return ExtraCode::unknown; }

  [[nodiscard]] std::optional<IpAssignment> agreed() const override;

 private:
  IpAssignment wanted_;
  /// By primary and secondary.
  std::array<bool, 2> ask_for_dns_{};
  bool acknowledged_ = false;
};

}  // namespace upptpd::ppp
