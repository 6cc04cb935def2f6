#include "mppe/cipher_batch.hpp"

#include <algorithm>

#include "core/check.hpp"

namespace upptpd::mppe {
namespace {

constexpr std::size_t kGroup = crypto::Rc4Lanes::kMostLanes;

}  // namespace

CipherBatch::CipherBatch(std::size_t capacity, crypto::ProcessorFeatures features)
    : capacity_(capacity), features_(features), rc4_(features) {
  check(capacity < KeyChain::kNoLine);
  packets_.reserve(capacity);
  lines_.reserve(capacity);
  keys_.reserve(capacity);
  jobs_.reserve(capacity);
  messages_.reserve(kGroup);
}

void CipherBatch::add(KeyChain& chain, std::uint32_t skipped, MutableView data) {
  check(!full());
  const auto packet = static_cast<Index>(packets_.size());
  packets_.push_back({data, skipped});
  if (chain.line_ == KeyChain::kNoLine) {
    chain.line_ = static_cast<Index>(lines_.size());
    lines_.push_back({&chain, packet, packet});
  }
  Line& line = lines_[chain.line_];
  packets_[line.last].next = packet;
  line.last = packet;
  line.keys += skipped + std::size_t{1};
}

void CipherBatch::run() {
  if (packets_.empty()) return;
  make_keys();
  rc4_.run(jobs_);
  forget();
}

void CipherBatch::make_keys() {
  // Side by side those that need as many.
  std::ranges::sort(lines_, std::greater{}, &Line::keys);
  std::span<Line> lines(lines_);
  for (std::size_t groups = (lines.size() + kGroup - 1) / kGroup; groups > 0; --groups) {
    const auto group = lines.first((lines.size() + groups - 1) / groups);
    make_keys(group);
    lines = lines.subspan(group.size());
  }
}

/// Of at most kGroup lines, those first that need most keys: a key of each at a time.
void CipherBatch::make_keys(std::span<Line> lines) {
  std::array<Key, kGroup> keys;
  std::array<crypto::Rc4Job, kGroup> jobs;
  for (const Line& line : lines) messages_.push_back(line.chain->message());
  for (;;) {
    while (!lines.empty() && lines.back().keys == 0) lines = lines.first(lines.size() - 1);
    if (lines.empty()) break;
    crypto::sha1_of_each(features_, std::span(messages_).first(lines.size()), keys);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const MutableView key = MutableView(keys[i]).first(lines[i].chain->size());
      jobs[i] = {key, key};
    }
    rc4_.run(std::span(jobs).first(lines.size()));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      KeyChain& chain = *lines[i].chain;
      const MutableView key = MutableView(keys[i]).first(chain.size());
      chain.use(key);
      std::ranges::copy(key, chain.newest_in(messages_[i]).begin());
      give_key(lines[i], key);
    }
  }
  messages_.clear();
  for (Key& key : keys) wipe(key);
}

void CipherBatch::give_key(Line& line, View key) {
  --line.keys;
  Packet& packet = packets_[line.first];
  if (packet.skipped > 0) {
    --packet.skipped;
    return;
  }
  Key& own = keys_.emplace_back();
  std::ranges::copy(key, own.begin());
  jobs_.push_back({View(own).first(key.size()), packet.data});
  line.first = packet.next;
}

void CipherBatch::forget() {
  for (const Line& line : lines_) line.chain->line_ = KeyChain::kNoLine;
  for (Key& key : keys_) wipe(key);
  rc4_.wipe();
  packets_.clear();
  lines_.clear();
  keys_.clear();
  jobs_.clear();
}

}  // namespace upptpd::mppe
