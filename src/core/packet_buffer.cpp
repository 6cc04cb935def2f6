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
  for (std::size_t i = capacity; i > 0; --i) free_.push_back(&buffers_[i - 1]);
}

Packet PacketPool::take() {
  if (free_.empty()) return Packet(nullptr, ReturnToPool{this});
  PacketBuffer* buffer = free_.back();
  free_.pop_back();
  buffer->clear();
  return Packet(buffer, ReturnToPool{this});
}

void ReturnToPool::operator()(PacketBuffer* buffer) const { pool->free_.push_back(buffer); }

}  // namespace upptpd
