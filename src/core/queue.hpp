// What a pure machine has to say, in order, until its owner has drained it.
#pragma once

#include <deque>
#include <optional>
#include <utility>

namespace upptpd {

/// The outputs of one machine. The owner drains it after every input, so that its length is bounded
/// by what one input can cause.
template <class T>
class OutputQueue {
 public:
  void push(T output) { items_.push_back(std::move(output)); }

  std::optional<T> pop() {
    if (items_.empty()) return {};
    std::optional<T> first(std::move(items_.front()));
    items_.pop_front();
    return first;
  }

  [[nodiscard]] bool empty() const { return items_.empty(); }

 private:
  std::deque<T> items_;
};

/// For std::visit: one lambda per alternative.
template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace upptpd
