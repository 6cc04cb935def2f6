#include "ppp/option.hpp"

#include "core/reader.hpp"
#include "core/writer.hpp"

namespace upptpd::ppp {
namespace {

constexpr std::size_t kHeaderSize = 2;

}  // namespace

std::optional<std::uint16_t> Option::as_u16() const {
  Reader reader(data);
  const std::uint16_t value = reader.u16();
  if (!reader.ok() || reader.left() != 0) return {};
  return value;
}

std::optional<std::uint32_t> Option::as_u32() const {
  Reader reader(data);
  const std::uint32_t value = reader.u32();
  if (!reader.ok() || reader.left() != 0) return {};
  return value;
}

std::optional<std::vector<Option>> parse_options(View list) {
  std::vector<Option> options;
  Reader reader(list);
  while (reader.left() > 0) {
    Option option;
    option.type = reader.u8();
    const std::size_t length = reader.u8();
    if (length < kHeaderSize) return {};
    option.data = reader.bytes(length - kHeaderSize);
    if (!reader.ok()) return {};
    options.push_back(option);
  }
  return options;
}

OptionList& OptionList::add(std::uint8_t type, View data) {
  bytes_.push_back(type);
  bytes_.push_back(static_cast<std::uint8_t>(kHeaderSize + data.size()));
  bytes_.insert(bytes_.end(), data.begin(), data.end());
  return *this;
}

OptionList& OptionList::add_u16(std::uint8_t type, std::uint16_t value) {
  std::uint8_t data[2];
  Writer(data).u16(value);
  return add(type, data);
}

OptionList& OptionList::add_u32(std::uint8_t type, std::uint32_t value) {
  std::uint8_t data[4];
  Writer(data).u32(value);
  return add(type, data);
}

}  // namespace upptpd::ppp
