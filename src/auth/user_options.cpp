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
    "auth=, encryption=, strengths=, stateful, disabled, expires=, hours=";

/// Words that will have a meaning, ours and pppd's.
constexpr std::array<std::string_view, 10> kNotYet = {
    "pool",        "rate", "allow",  "max-sessions", "idle",
    "max-session", "dns",  "routes", "ms-dns",       "maxconnect"};

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

struct ValuedWord {
  std::string_view name;
  Result<void> (*read)(UserOptions& options, std::string_view value);
};

constexpr std::array<ValuedWord, 5> kValuedWords = {{{"auth", read_methods},
                                                     {"encryption", read_requirement},
                                                     {"strengths", read_strengths},
                                                     {"expires", read_expires},
                                                     {"hours", read_hours}}};

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

}  // namespace

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
  return words;
}

}  // namespace upptpd::auth
