#include "control/call.hpp"

#include <algorithm>
#include <utility>

namespace upptpd::control {

void CallList::add(const Call& call) {
  check(!full());
  calls_.push_back(call);
}

void CallList::remove(const Call* call) {
  const auto found =
      std::find_if(calls_.begin(), calls_.end(), [&](const Call& other) { return &other == call; });
  check(found != calls_.end());
  calls_.erase(found);
}

std::vector<Call> CallList::take_all() { return std::exchange(calls_, {}); }

Call* CallList::awaiting_answer(CallRequestNumber request) {
  const auto found = std::find_if(calls_.begin(), calls_.end(), [&](const Call& call) {
    return call.request() == request && call.state() == CallState::awaiting_answer;
  });
  return found == calls_.end() ? nullptr : &*found;
}

const Call* CallList::established(CallId call_id) const {
  const auto found = std::find_if(calls_.begin(), calls_.end(),
                                  [&](const Call& call) { return call.call_id() == call_id; });
  return found == calls_.end() ? nullptr : &*found;
}

const Call* CallList::newest(PeerCallId peer_call_id) const {
  const auto found = std::find_if(calls_.rbegin(), calls_.rend(), [&](const Call& call) {
    return call.peer_call_id() == peer_call_id;
  });
  return found == calls_.rend() ? nullptr : &*found;
}

}  // namespace upptpd::control
