#include "server/session_table.hpp"

#include "core/check.hpp"

namespace upptpd::server {
namespace {

/// With at most half of all ids taken, so many tries fail once in 2^64.
constexpr int kTries = 64;

}  // namespace

std::optional<CallId> SessionTable::allocate(RandomSource& random) {
  for (int i = 0; i < kTries; ++i) {
    const CallId id(random.u16());
    // 0 would be legal, but peers use it for "none".
    if (id.value() == 0 || taken_[id.value()]) continue;
    taken_.set(id.value());
    return id;
  }
  return {};
}

void SessionTable::release(CallId id) {
  resting_.push_back(id);
  if (resting_.size() <= kResting) return;
  taken_.reset(resting_.front().value());
  resting_.pop_front();
}

void SessionTable::add(CallId id, ServedCall& call) {
  check(by_id_[id.value()] == nullptr);
  by_id_[id.value()] = &call;
  ++size_;
}

void SessionTable::remove(CallId id) {
  check(by_id_[id.value()] != nullptr);
  by_id_[id.value()] = nullptr;
  --size_;
}

}  // namespace upptpd::server
