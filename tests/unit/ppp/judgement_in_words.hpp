// A Negotiation's answer to a peer's request, as a text to compare.
#pragma once

#include <string>

#include "ppp/negotiation.hpp"

namespace upptpd::ppp {

/// "ack", or the kind of refusal and its options; `request` is in hexadecimal.
inline std::string judge_in_words(Negotiation& negotiation, const char* request, bool may_nak) {
  const Judgement judgement = negotiation.judge(from_hex(request), may_nak);
  switch (judgement.kind) {
    case Judgement::Kind::ack:
      return "ack";
    case Judgement::Kind::nak:
      return "nak " + to_hex(judgement.options);
    case Judgement::Kind::reject:
      return "reject " + to_hex(judgement.options);
  }
  return "?";
}

}  // namespace upptpd::ppp
