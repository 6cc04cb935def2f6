// Any word where a configuration or a user's line has an address, a network, a range, hours or the
// name of something: what is understood is written the same again, and means what it says.
#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include "auth/address_rule.hpp"
#include "auth/login_hours.hpp"
#include "auth/user_options.hpp"
#include "config/address_range.hpp"
#include "core/bytes.hpp"
#include "core/check.hpp"
#include "observe/line.hpp"
#include "ppp/auth_method.hpp"
#include "ppp/encryption_policy.hpp"

namespace {

using namespace upptpd;

void check_networks(const std::string& text) {
  if (const auto address = Ipv4Address::parse(text)) check(address->to_string() == text);
  const auto network = Ipv4Network::parse(text);
  if (network) {
    check(Ipv4Network::parse(network->to_string()) == network);
    check(network->contains(network->first()) && network->contains(network->last()));
  }
  const auto routable = Ipv4Network::parse_routable(text);
  check(!routable || (network == *routable && routable->first().is_host()));
}

void check_ranges(const std::string& text) {
  const auto ranges = config::parse_address_ranges(text);
  if (!ranges) {
    for (const char octet : ranges.error().message) check(octet >= 0x20 && octet < 0x7f);
    return;
  }
  check(!ranges->empty() && ranges->size() <= 256);
  Ipv4Address before;
  for (const config::AddressRange& range : *ranges) {
    check(before < range.first && range.first <= range.last);
    check(range.first.is_host() && range.last.is_host());
    check(range.contains(range.first) && range.overlaps({range.last, 32}));
    before = range.last;
  }
}

// --- Hours, read once more in the plainest way

constexpr unsigned kDay = 1440;
using Week = std::array<bool, 7 * kDay>;

void add_item(const std::string& item, Week& week) {
  static const std::string names = "sumotuwethfrsa";
  std::vector<unsigned> days;
  std::size_t at = 0;
  while (at < item.size() && (item[at] < '0' || item[at] > '9')) {
    std::string name = item.substr(at, 2);
    for (char& letter : name) letter = static_cast<char>(letter | 0x20);
    for (unsigned day = 0; day < 7; ++day) {
      const bool weekday = day >= 1 && day <= 5;
      const bool named = name == names.substr(std::size_t{2} * day, 2) || name == "al" ||
                         (name == "wk" && weekday);
      if (named) days.push_back(day);
    }
    at += 2;
  }
  unsigned from = 0;
  unsigned to = kDay;
  if (at < item.size()) {
    const auto number = [&](std::size_t place) {
      return static_cast<unsigned>(std::stoi(item.substr(place, 2)));
    };
    from = 60 * number(at) + number(at + 2);
    to = 60 * number(at + 5) + number(at + 7);
    if (to <= from) to += kDay;
  }
  for (const unsigned day : days) {
    for (unsigned minute = from; minute < to; ++minute)
      week[(day * kDay + minute) % week.size()] = true;
  }
}

void check_hours(const std::string& text) {
  const auto hours = auth::LoginHours::parse(text);
  if (!hours || text.size() > 100) return;
  check(hours->to_string() == text);
  Week week{};
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    add_item(text.substr(at, comma - at), week);
    at = comma + 1;
  }
  for (unsigned minute = 0; minute < week.size(); ++minute) {
    auth::LocalTime time;
    time.weekday = std::chrono::weekday(minute / kDay);
    time.minute = minute % kDay;
    check(hours->permits(time) == week[minute]);
  }
}

// --- A user's line

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c == ' ') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

/// No message has a word of a line in it: any may be half a password.
void check_says_nothing(const std::string& message, const std::string& word) {
  check(word.size() < 24 || message.find(word) == std::string::npos);
}

void check_address_column(const std::vector<std::string>& words) {
  const auth::AddressColumn column = auth::parse_address_column(words);
  for (const std::string& error : column.errors) {
    for (const std::string& word : words) check_says_nothing(error, word);
  }
  std::vector<std::string> again;
  for (const auth::AddressRule& rule : column.rules) {
    // A `*` ends the column.
    check(!rule.any || &rule == &column.rules.back());
    again.push_back(rule.to_string());
  }
  const auth::AddressColumn reread = auth::parse_address_column(again);
  check(reread.errors.empty() && reread.rules.size() == column.rules.size());
  for (const auth::AddressRule& rule : column.rules) {
    for (const Ipv4Address address : {rule.network.first(), rule.network.last()}) {
      const bool permitted = auth::permits(column.rules, address);
      check(permitted == auth::permits(reread.rules, address));
      check(!permitted || address.is_host());
    }
  }
}

void check_options(const std::vector<std::string>& words) {
  const auto options = auth::parse_user_options(words);
  if (!options) {
    for (const std::string& word : words) check_says_nothing(options.error().message, word);
    return;
  }
  const auto again = auth::parse_user_options(options->words());
  check(again && again->words() == options->words());
  const ppp::EncryptionPolicy policy = options->applied_to({});
  check(policy.strengths != 0 && (policy.strengths & ~ppp::MppeBits::kStrengths) == 0);
  check(std::ranges::count(options->methods, ppp::AuthMethod::none) == 0);
  check(!options->stateful || policy.stateful);
}

/// In the log it is one value: no line ends in it, and quotes are around all of it or nowhere.
void check_line(const std::string& text) {
  const std::string line = observe::Line("x").add("name", text).text();
  for (const char octet : line) check(octet >= 0x20 && octet < 0x7f);
  const std::string value = line.substr(line.find("name=") + 5);
  bool quoted = false;
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] == '\\') {
      check(++at < value.size());
    } else if (value[at] == '"') {
      quoted = !quoted;
      check(at == 0 || at + 1 == value.size());
    } else {
      check(quoted || value[at] != ' ');
    }
  }
  check(!quoted && !value.empty());
}

void check_names(const std::string& text) {
  if (const auto method = ppp::method_named(text)) check(ppp::word_for(*method) == text);
  if (const auto wish = ppp::requirement_named(text)) check(ppp::to_string(*wish) == text);
  check(from_hex(to_hex(as_view(text))) == to_bytes(text));
  const std::string shown = printable(text);
  for (const char octet : shown) check(octet >= 0x20 && octet < 0x7f);
  check_line(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + std::min<std::size_t>(size, 1024));
  check_networks(text);
  check_ranges(text);
  check_hours(text);
  check_names(text);
  const std::vector<std::string> words = words_of(text);
  check_address_column(words);
  check_options(words);
  return 0;
}
