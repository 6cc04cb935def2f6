// The calls of one control connection, as its PAC sees them: RFC 2637 sections 3.2.2 and 3.2.4.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/check.hpp"
#include "core/tagged.hpp"

namespace upptpd::control {

/// Names one Outgoing-Call-Request between the connection and its owner. The peer's call id cannot
/// do that: 0 is legal, and nothing keeps a peer from using one twice.
using CallRequestNumber = Tagged<struct CallRequestNumberTag, std::uint64_t>;

/// The RFC's states; its `idle` is a call that is not in the list.
enum class CallState {
  /// `wait_cs_ans`: requested, and the owner has not answered yet.
  awaiting_answer,
  established,
};

class Call {
 public:
  Call(CallRequestNumber request, PeerCallId peer_call_id, std::uint32_t maximum_speed)
      : request_(request), peer_call_id_(peer_call_id), maximum_speed_(maximum_speed) {}

  void establish(CallId call_id) {
    check(state() == CallState::awaiting_answer);
    call_id_ = call_id;
  }

  [[nodiscard]] CallState state() const {
    return call_id_ ? CallState::established : CallState::awaiting_answer;
  }

  [[nodiscard]] CallRequestNumber request() const { return request_; }
  [[nodiscard]] PeerCallId peer_call_id() const { return peer_call_id_; }
  /// Bits per second.
  [[nodiscard]] std::uint32_t maximum_speed() const { return maximum_speed_; }
  /// Only an established call has one.
  [[nodiscard]] std::optional<CallId> call_id() const { return call_id_; }

 private:
  CallRequestNumber request_;
  PeerCallId peer_call_id_;
  std::uint32_t maximum_speed_;
  std::optional<CallId> call_id_;
};

/// In the order of their requests. The pointers are valid until the list changes; null is "no such
/// call".
class CallList {
 public:
  explicit CallList(std::size_t capacity) : capacity_(capacity) {}

  [[nodiscard]] bool full() const { return calls_.size() >= capacity_; }

  /// Not when full.
  void add(const Call& call);
  /// Forgets the call that `call` points to.
  void remove(const Call* call);
  /// Forgets all calls and hands them out.
  std::vector<Call> take_all();

  /// The call that still waits for the owner's answer to this request.
  Call* awaiting_answer(CallRequestNumber request);
  const Call* established(CallId call_id) const;
  /// The newest one with this id, in any state. A peer that uses an id for a second call can only
  /// mean the call that it asked for last; and as many requests to clear as there were to call end
  /// them all.
  const Call* newest(PeerCallId peer_call_id) const;

 private:
  std::size_t capacity_;
  std::vector<Call> calls_;
};

}  // namespace upptpd::control
