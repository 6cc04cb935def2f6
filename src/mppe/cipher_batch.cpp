#include "mppe/cipher_batch.hpp"

#include <algorithm>

#include "core/check.hpp"
#include "crypto/sha1.hpp"
#include "mppe/keys_ahead.hpp"

namespace upptpd::mppe {
namespace {

constexpr std::size_t kGroup = crypto::rc4::kMostLanes;

}  // namespace

CipherBatch::CipherBatch(const crypto::Library& library, std::size_t capacity, CipherEngine engine,
                         crypto::ProcessorFeatures features)
    : capacity_(capacity),
      engine_(engine),
      features_(features),
      rc4_(features),
      library_rc4_(library) {
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
  ++line.packets;
}

void CipherBatch::run() {
  if (engine_ == CipherEngine::library) {
    make_keys_by_library();
    for (const crypto::Rc4Job& job : jobs_) {
      library_rc4_.set_key(job.key);
      library_rc4_.apply(job.data);
    }
  } else {
    if (features_.sha) std::ranges::for_each(lines_, [this](Line& line) { run_long(line); });
    make_keys();
    rc4_.run(jobs_);
  }
  forget();
}

/// A line that fills groups by itself needs no others. What is left of it goes with them.
void CipherBatch::run_long(Line& line) {
  if (line.packets < kGroup) return;
  KeysAhead keys(long_scratch_, *line.chain);
  while (line.packets >= kGroup) {
    while (jobs_.size() < kGroup) give_key(line, keys.next().reveal());
    std::ranges::sort(jobs_, crypto::longer);
    keys.run(jobs_);
    jobs_.clear();
  }
  long_scratch_.wipe_all();
}

void CipherBatch::make_keys() {
  for (Line& line : lines_) {
    while (line.keys > 0 && line.chain->ahead() > 0) {
      give_key(line, line.chain->take_ahead().reveal());
    }
  }
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
      chain.weaken(key);
      chain.use(key);
      std::ranges::copy(key, chain.newest_in(messages_[i]).begin());
      give_key(lines[i], keys[i]);
    }
  }
  messages_.clear();
  for (Key& key : keys) wipe(key);
}

void CipherBatch::make_keys_by_library() {
  for (Line& line : lines_) {
    KeyChain& chain = *line.chain;
    while (line.keys > 0) {
      if (chain.ahead() == 0) {
        const crypto::Sha1Message message = chain.message();
        crypto::Sha1Digest digest = crypto::sha1({message.contents()});
        const MutableView key = MutableView(digest).first(chain.size());
        library_rc4_.set_key(key);
        library_rc4_.apply(key);
        chain.weaken(key);
        chain.add_ahead(key);
        wipe(digest);
      }
      give_key(line, chain.take_ahead().reveal());
    }
  }
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
  jobs_.push_back({View(own).first(line.chain->size()), packet.data});
  line.first = packet.next;
  --line.packets;
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
