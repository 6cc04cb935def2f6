// What one control protocol has to say about its options. ControlProtocol asks; LCP, CCP and IPCP
// answer.
#pragma once

#include "core/bytes.hpp"
#include "ppp/control_packet.hpp"

namespace upptpd::ppp {

/// The answer to a peer's Configure-Request.
struct Judgement {
  enum class Kind : std::uint8_t { ack, nak, reject };
  Kind kind = Kind::ack;
  /// The options to answer with. For an ack, the request's own go back.
  Bytes options;
};

/// Whether an agreement is still possible after a refusal from the peer.
enum class Agreement : std::uint8_t { possible, impossible };

/// A code above 7 in one protocol's own terms.
enum class ExtraCode : std::uint8_t {
  unknown,
  echo,
  reset,    // a Reset-Request that wants its Reset-Ack (RFC 1962)
  handled,  // nothing is to be said
  useless   // nor is there anything to be done
};

class Negotiation {
 public:
  Negotiation() = default;
  Negotiation(const Negotiation&) = delete;
  Negotiation& operator=(const Negotiation&) = delete;
  virtual ~Negotiation() = default;

  /// A negotiation begins, for the first time or again: nothing is agreed on.
  virtual void begin() = 0;
  /// The options of our next Configure-Request.
  virtual Bytes propose() = 0;
  /// Judges a peer's request. `may_nak` is false once enough was said (Max-Failure): then reject
  /// instead.
  virtual Judgement judge(View options, bool may_nak) = 0;
  /// The peer acknowledged what `propose` said last.
  virtual void on_ack() = 0;
  virtual Agreement on_nak(View options) = 0;
  virtual Agreement on_reject(View options) = 0;
  /// The peer sent a code that is not one of the common seven.
  virtual ExtraCode on_extra_code(const ControlPacket& packet) = 0;
  /// The data of our answer to an Echo-Request (LCP only).
  virtual Bytes echo_reply(const ControlPacket& request);
};

}  // namespace upptpd::ppp
