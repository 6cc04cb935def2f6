#include "config/toml_field.hpp"

#include <algorithm>
#include <tuple>

#include "core/bytes.hpp"

namespace upptpd::config {
namespace {

std::string_view name_of(toml::node_type type) {
  switch (type) {
    case toml::node_type::none:
      return "nothing";
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a floating-point number";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
  }
  return "something else";
}

bool is_control(char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }

}  // namespace

void ProblemList::add(const toml::source_position& place, std::string message) {
  problems_.push_back({Problem::Severity::error, file_, static_cast<unsigned>(place.line),
                       static_cast<unsigned>(place.column), std::move(message)});
}

std::vector<Problem> ProblemList::take_sorted() {
  std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  return std::exchange(problems_, {});
}

void Field::error(std::string_view what) const {
  std::string message = key_ + ": ";
  message += what;
  problems_->add(node_->source().begin, std::move(message));
}

void Field::wrong_type(std::string_view wanted) const {
  std::string what = "must be ";
  what += wanted;
  what += ", not ";
  what += name_of(node_->type());
  error(what);
}

std::optional<std::int64_t> Field::integer(std::int64_t min, std::int64_t max,
                                           std::string_view what) const {
  std::string wanted = "an integer from " + std::to_string(min) + " to " + std::to_string(max);
  wanted += what;
  const toml::value<std::int64_t>* value = node_->as_integer();
  if (value == nullptr) {
    wrong_type(wanted);
    return {};
  }
  if (value->get() < min || value->get() > max) {
    error("must be " + wanted + ", not " + std::to_string(value->get()));
    return {};
  }
  return value->get();
}

std::optional<bool> Field::boolean() const {
  const toml::value<bool>* value = node_->as_boolean();
  if (value != nullptr) return value->get();
  wrong_type("true or false");
  return {};
}

std::optional<std::string> Field::text(std::size_t max_size) const {
  const toml::value<std::string>* value = node_->as_string();
  if (value == nullptr) {
    wrong_type("a string");
    return {};
  }
  const std::string& text = value->get();
  if (text.empty() || text.size() > max_size) {
    error("must have from 1 to " + std::to_string(max_size) + " octets, not " +
          std::to_string(text.size()));
    return {};
  }
  if (std::any_of(text.begin(), text.end(), is_control)) {
    error("must not contain control characters");
    return {};
  }
  return text;
}

std::optional<std::string> Field::text_or_empty(std::size_t max_size) const {
  const toml::value<std::string>* value = node_->as_string();
  if (value != nullptr && value->get().empty()) return std::string();
  return text(max_size);
}

std::optional<std::vector<std::pair<std::string, Field>>> Field::entries(
    std::string_view example) const {
  const toml::table* table = node_->as_table();
  if (table == nullptr) {
    wrong_type("a table like " + std::string(example));
    return {};
  }
  std::vector<std::pair<std::string, Field>> entries;
  for (const auto& [key, node] : *table) {
    const std::string name(key.str());
    entries.emplace_back(name, Field(node, key_ + "." + printable(name), *problems_));
  }
  return entries;
}

std::optional<std::vector<Field>> Field::items(std::string_view example, bool may_be_empty) const {
  const toml::array* array = node_->as_array();
  if (array == nullptr) {
    wrong_type("an array like " + std::string(example));
    return {};
  }
  if (array->empty() && !may_be_empty) {
    error("must not be empty: write an array like " + std::string(example));
    return {};
  }
  std::vector<Field> items;
  for (const toml::node& item : *array) items.emplace_back(item, key_, *problems_);
  return items;
}

std::string Field::not_yet(std::string_view name) {
  return '"' + std::string(name) + "\": not yet";
}

std::string Field::unknown_choice(std::string_view name, std::string_view accepted) {
  return '"' + printable(name) + "\" is unknown; accepted: " + std::string(accepted);
}

}  // namespace upptpd::config
