#include "auth/user_options.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

namespace upptpd::auth {
namespace {

using ppp::AuthMethod;

constexpr std::string_view kAccepted =
    "auth=, encryption=, strengths=, stateful, disabled, expires=, hours=, pool=, allow=, routes=";

constexpr std::size_t kLongestPoolName = 32;
/// In one word: more are a case for a network of their own.
constexpr std::size_t kMostNetworks = 64;

/// Words that will have a meaning, ours and pppd's.
constexpr std::array<std::string_view, 7> kNotYet = {
    "rate", "max-sessions", "idle", "max-session", "dns", "ms-dns", "maxconnect"};

/// Calls `take` with each item of "a,b,c" until it fails.
template <class Take>
Result<void> for_each_item(std::string_view list, Take take) {
  for (;;) {
    const std::size_t comma = list.find(',');
    if (auto taken = take(list.substr(0, comma)); !taken) return taken;
    if (comma == std::string_view::npos) return {};
    list.remove_prefix(comma + 1);
  }
}

Result<void> read_methods(UserOptions& options, std::string_view value) {
  return for_each_item(value, [&](std::string_view item) -> Result<void> {
    const auto method = ppp::method_named(item);
    if (!method) return fail("must be a list of mschapv2, mschap, chap-md5, pap");
    if (*method == AuthMethod::none) {
      return fail("cannot be none: a user who is named here logs in");
    }
    if (std::ranges::count(options.methods, *method) > 0) return fail("has a method twice");
    options.methods.push_back(*method);
    return {};
  });
}

Result<void> read_requirement(UserOptions& options, std::string_view value) {
  options.requirement = ppp::requirement_named(value);
  if (!options.requirement) return fail("must be require, prefer, allow or off");
  return {};
}

Result<void> read_strengths(UserOptions& options, std::string_view value) {
  std::uint32_t strengths = 0;
  auto read = for_each_item(value, [&](std::string_view item) -> Result<void> {
    const auto* named =
        std::ranges::find(ppp::kStrengthNames, item, [](const auto& s) { return s.first; });
    if (named == ppp::kStrengthNames.end()) return fail("must be a list of 128, 56, 40");
    if ((strengths & named->second) != 0) return fail("has a strength twice");
    strengths |= named->second;
    return {};
  });
  options.strengths = strengths;
  return read;
}

/// Nothing but digits, few enough to fit.
std::optional<unsigned> number_of(std::string_view digits) {
  unsigned number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return {};
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number;
}

/// A day that exists, as YYYY-MM-DD.
std::optional<std::chrono::year_month_day> date_of(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return {};
  const auto year = number_of(text.substr(0, 4));
  const auto month = number_of(text.substr(5, 2));
  const auto day = number_of(text.substr(8));
  if (!year || !month || !day) return {};
  const auto date = std::chrono::year(static_cast<int>(*year)) / static_cast<int>(*month) /
                    static_cast<int>(*day);
  if (!date.ok()) return {};
  return date;
}

Result<void> read_expires(UserOptions& options, std::string_view value) {
  options.expires = date_of(value);
  if (!options.expires) return fail("must be a day that exists, as in 2027-01-31");
  return {};
}

Result<void> read_hours(UserOptions& options, std::string_view value) {
  auto hours = LoginHours::parse(value);
  if (!hours) return tl::unexpected<Error>(hours.error());
  options.hours = std::make_shared<const LoginHours>(std::move(*hours));
  return {};
}

/// A copy of what the other words have said, to be changed by this one.
template <class Change>
void change_network(UserOptions& options, Change change) {
  UserNetwork network = options.network ? *options.network : UserNetwork();
  change(network);
  options.network = std::make_shared<const UserNetwork>(std::move(network));
}

Result<void> read_pool(UserOptions& options, std::string_view value) {
  if (!is_pool_name(value)) {
    return fail("must be the name of a pool: from 1 to 32 letters, digits, '-' or '_'");
  }
  change_network(options, [&](UserNetwork& network) { network.pool = value; });
  return {};
}

Result<std::vector<Ipv4Network>> read_networks(std::string_view value) {
  std::vector<Ipv4Network> networks;
  auto read = for_each_item(value, [&](std::string_view item) -> Result<void> {
    const auto network = Ipv4Network::parse_routable(item);
    // Nothing of the item: see parse_user_options.
    if (!network) {
      return fail("must be a list of networks like 10.5.0.0/16, each without the bits of a host");
    }
    if (networks.size() == kMostNetworks) return fail("has more than 64 networks");
    networks.push_back(*network);
    return {};
  });
  if (!read) return tl::unexpected<Error>(read.error());
  return networks;
}

template <std::vector<Ipv4Network> UserNetwork::*member>
Result<void> read_network_list(UserOptions& options, std::string_view value) {
  auto networks = read_networks(value);
  if (!networks) return tl::unexpected<Error>(networks.error());
  change_network(options, [&](UserNetwork& network) { network.*member = std::move(*networks); });
  return {};
}

struct ValuedWord {
  std::string_view name;
  Result<void> (*read)(UserOptions& options, std::string_view value);
};

constexpr std::array<ValuedWord, 8> kValuedWords = {
    {{"auth", read_methods},
     {"encryption", read_requirement},
     {"strengths", read_strengths},
     {"expires", read_expires},
     {"hours", read_hours},
     {"pool", read_pool},
     {"allow", read_network_list<&UserNetwork::allow>},
     {"routes", read_network_list<&UserNetwork::routes>}}};

struct Switch {
  std::string_view name;
  bool UserOptions::*member;
};

constexpr std::array<Switch, 2> kSwitches = {
    {{"stateful", &UserOptions::stateful}, {"disabled", &UserOptions::disabled}}};

/// A word, split at its first `=`.
struct NamedValue {
  std::string_view name;
  std::optional<std::string_view> value;
};

NamedValue split(std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) return {word, {}};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

Result<void> read_word(UserOptions& options, const NamedValue& word) {
  const std::string name(word.name);
  for (const ValuedWord& valued : kValuedWords) {
    if (valued.name != name) continue;
    if (!word.value) return fail("the word " + name + " after -- needs a value: " + name + "=...");
    return valued.read(options, *word.value).map_error([&](const Error& error) {
      return Error{name + "= after --: " + error.message};
    });
  }
  for (const Switch& simple : kSwitches) {
    if (simple.name != name) continue;
    if (word.value) return fail("the word " + name + " after -- takes no value");
    options.*simple.member = true;
    return {};
  }
  if (std::ranges::find(kNotYet, name) != kNotYet.end()) {
    return fail("the word " + name + " after --: not yet");
  }
  // Not its text: where a password with a blank is not quoted, its second half may stand here.
  return fail("a word after -- is not known; accepted are " + std::string(kAccepted));
}

std::string two_digits(unsigned number) {
  return {static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
}

std::string to_string(const std::chrono::year_month_day& date) {
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  return two_digits(year / 100) + two_digits(year) + "-" +
         two_digits(static_cast<unsigned>(date.month())) + "-" +
         two_digits(static_cast<unsigned>(date.day()));
}

void add_to_list(std::string& list, std::string_view item) {
  if (!list.ends_with('=')) list += ',';
  list += item;
}

void add_networks(std::vector<std::string>& words, std::string_view name,
                  const std::vector<Ipv4Network>& networks) {
  if (networks.empty()) return;
  std::string& word = words.emplace_back(name);
  for (const Ipv4Network& network : networks) add_to_list(word, network.to_string());
}

}  // namespace

bool is_pool_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestPoolName && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

Result<UserOptions> parse_user_options(std::span<const std::string> words) {
  UserOptions options;
  std::set<std::string_view> seen;
  for (const std::string& text : words) {
    const NamedValue word = split(text);
    // What is there twice is one of ours, since it was taken before.
    if (!seen.insert(word.name).second) {
      return fail("the word " + std::string(word.name) + " stands twice after --");
    }
    if (const auto read = read_word(options, word); !read) {
      return tl::unexpected<Error>(read.error());
    }
  }
  return options;
}

ppp::EncryptionPolicy UserOptions::applied_to(ppp::EncryptionPolicy policy) const {
  policy.requirement = requirement.value_or(policy.requirement);
  policy.strengths = strengths.value_or(policy.strengths);
  policy.stateful = policy.stateful || stateful;
  return policy;
}

bool UserOptions::contradict() const {
  return requirement == ppp::EncryptionPolicy::Requirement::require && !methods.empty() &&
         std::ranges::none_of(methods, ppp::yields_keys);
}

std::vector<std::string> UserOptions::words() const {
  std::vector<std::string> words;
  if (!methods.empty()) {
    std::string& word = words.emplace_back("auth=");
    for (const AuthMethod method : methods) add_to_list(word, ppp::word_for(method));
  }
  if (requirement) words.push_back("encryption=" + std::string(ppp::to_string(*requirement)));
  if (strengths) {
    std::string& word = words.emplace_back("strengths=");
    for (const auto& [name, bit] : ppp::kStrengthNames) {
      if ((*strengths & bit) != 0) add_to_list(word, name);
    }
  }
  if (stateful) words.emplace_back("stateful");
  if (disabled) words.emplace_back("disabled");
  if (expires) words.push_back(std::string(kExpiresWord) + to_string(*expires));
  if (hours) words.push_back("hours=" + hours->to_string());
  if (network) {
    if (!network->pool.empty()) words.push_back("pool=" + network->pool);
    add_networks(words, "allow=", network->allow);
    add_networks(words, "routes=", network->routes);
  }
  return words;
}

}  // namespace upptpd::auth
