#include "core/packet_buffer.hpp"

#include <algorithm>

namespace upptpd {

bool PacketBuffer::assign(View contents) {
  if (contents.size() > kRoom) return false;
  clear();
  resize(contents.size());
  std::copy(contents.begin(), contents.end(), view().begin());
  return true;
}

PacketPool::PacketPool(std::size_t capacity)
    : capacity_(capacity), buffers_(std::make_unique_for_overwrite<PacketBuffer[]>(capacity)) {
  free_.reserve(capacity);
  for (std::size_t i = capacity; i > 0; --i) {
    buffers_[i - 1].pool_ = this;
    free_.push_back(&buffers_[i - 1]);
  }
}

Packet PacketPool::take() {
  if (free_.empty()) return nullptr;
  PacketBuffer* buffer = free_.back();
  free_.pop_back();
  buffer->clear();
  return Packet(buffer);
}

void ReturnToPool::operator()(PacketBuffer* buffer) const {
  buffer->pool_->free_.push_back(buffer);
}

}  // namespace upptpd
