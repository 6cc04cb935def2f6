// What two peers have said and the other has not heard yet, for whoever sits between them.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "core/reader.hpp"

namespace upptpd {

class HostileWire {
 public:
  struct Message {
    bool to_client = false;
    /// Otherwise it goes over TCP, where nothing is lost, repeated or overtaken.
    bool gre = true;
    Bytes octets;
  };

  void post(Message message) {
    queue_.push_back(std::move(message));
    // What nobody delivers is lost: the script may stop delivering for good.
    if (queue_.size() > kMost) queue_.pop_front();
  }

  std::optional<Message> next() {
    if (queue_.empty()) return {};
    Message message = std::move(queue_.front());
    queue_.pop_front();
    return message;
  }

  /// The next one, which stays.
  [[nodiscard]] std::optional<Message> repeat() const {
    if (queue_.empty() || !queue_.front().gre) return {};
    return queue_.front();
  }

  void lose() {
    if (!queue_.empty() && queue_.front().gre) queue_.pop_front();
  }

  void swap() {
    if (queue_.size() > 1 && queue_[0].gre && queue_[1].gre) std::swap(queue_[0], queue_[1]);
  }

  void change(Reader& script) {
    const std::uint16_t where = script.u16();
    const std::uint8_t octet = script.u8();
    if (queue_.empty() || queue_.front().octets.empty()) return;
    Bytes& octets = queue_.front().octets;
    octets[where % octets.size()] = octet;
  }

  [[nodiscard]] bool empty() const { return queue_.empty(); }

 private:
  static constexpr std::size_t kMost = 256;

  std::deque<Message> queue_;
};

}  // namespace upptpd
