#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "admin/session_row.hpp"
#include "admin/stats_text.hpp"
#include "admin/terminal_text.hpp"
#include "core/drop_reason.hpp"

namespace upptpd::admin {
namespace {

using nlohmann::json;

SessionRow row(const std::string& user, const std::string& address) {
  SessionRow made;
  made.user = user;
  made.client_ip = address;
  made.peer_ip = "203.0.113.7";
  made.up = std::chrono::seconds(3725);
  made.client = "Windows XP";
  made.bytes_in = 1;
  made.bytes_out = 22'222;
  return made;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// A text that does nothing to a terminal of 80 columns but show itself.
void expect_fits(const std::string& text) {
  for (const std::string& line : lines_of(text)) {
    EXPECT_LE(displayed_width(line), 80U) << line;
    for (const char letter : line) EXPECT_GE(static_cast<unsigned char>(letter), 0x20U) << line;
  }
}

TEST(SessionTable, IsAlignedAndSortedByUserAndAddress) {
  EXPECT_EQ(to_table(to_json(
                {row("eve", "10.0.0.9"), row("alice", "10.0.0.10"), row("alice", "10.0.0.9")})),
            "USER   ADDRESS    FROM         CLIENT         UP   IN    OUT\n"
            "alice  10.0.0.9   203.0.113.7  Windows XP  1h 2m  1 B  22 kB\n"
            "alice  10.0.0.10  203.0.113.7  Windows XP  1h 2m  1 B  22 kB\n"
            "eve    10.0.0.9   203.0.113.7  Windows XP  1h 2m  1 B  22 kB\n");
}

TEST(SessionTable, SaysWhenNobodyIsThere) { EXPECT_EQ(to_table(to_json({})), "No sessions.\n"); }

TEST(SessionTable, FitsATerminalWhateverTheNames) {
  std::vector<SessionRow> rows;
  for (const std::string& name :
       {std::string(256, 'x'), std::string(256, '\x1b'), std::string("\x1b]0;owned\x07"),
        std::string("a\nb"), std::string("\xff\xfe"), std::string("\u0438\u0432\u0430\u043d"),
        std::string()}) {
    rows.push_back(row(name, "192.168.100.100"));
    rows.back().peer_ip = "255.255.255.255";
    rows.back().up = std::chrono::seconds(std::numeric_limits<std::int64_t>::max());
    rows.back().bytes_in = std::numeric_limits<std::uint64_t>::max();
  }
  const std::string table = to_table(to_json(rows));
  expect_fits(table);
  EXPECT_EQ(lines_of(table).size(), rows.size() + 1);
  EXPECT_NE(table.find("…"), std::string::npos);
}

TEST(SessionTable, ALongNameTakesWhatTheOthersLeave) {
  const std::string table = to_table(to_json({row(std::string(200, 'x'), "10.0.0.1")}));
  EXPECT_EQ(displayed_width(lines_of(table)[1]), 80U);
}

TEST(SessionTable, TakesWhateverAServerSays) {
  expect_fits(to_table(json::parse(R"([{"user":7,"client_ip":null},[],"x",{"bytes_in":-1}])")));
}

json stats_with(std::uint64_t count) {
  json drops = json::object();
  for (std::size_t i = 0; i < static_cast<std::size_t>(DropReason::count_); ++i) {
    drops[std::string(to_string(static_cast<DropReason>(i)))] = count;
  }
  return {
      {"since", "2026-11-22T08:36:00Z"},
      {"up_s", 90061},
      {"sessions", {{"now", 1}, {"at_most", 2}, {"in_all", 3}}},
      {"logins", {{"accepted", 4}, {"refused", {{"wrong_password", count}}}}},
      {"calls_refused", 5},
      {"connections_refused", {{"blocked", count}, {"crowded_out", count}, {"not_allowed", count}}},
      {"traffic", {{"bytes_in", 6000}, {"bytes_out", 7}, {"packets_in", 8}, {"packets_out", 9}}},
      {"drops", drops}};
}

TEST(StatsText, LeavesOutWhatNeverOccurred) {
  EXPECT_EQ(stats_text(stats_with(0)),
            "Running since 2026-11-22T08:36:00Z, 1d 1h.\n"
            "\n"
            "SESSIONS\n"
            "  now                          1\n"
            "  at most                      2\n"
            "  in all                       3\n"
            "\n"
            "LOGINS\n"
            "  accepted                     4\n"
            "\n"
            "CALLS\n"
            "  refused                      5  the client heard \"busy\"\n"
            "\n"
            "TRAFFIC\n"
            "  from clients            6.0 kB  8 packets\n"
            "  to clients                 7 B  9 packets\n");
}

TEST(StatsText, ExplainsEachReason) {
  const std::string text = stats_text(stats_with(10'000'000'000));
  expect_fits(text);
  EXPECT_NE(text.find("LOGINS REFUSED\n  wrong_password     10000000000  the password is not the"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("CONNECTIONS REFUSED\n  blocked            10000000000  too many logins"),
            std::string::npos)
      << text;
  for (std::size_t i = 0; i < static_cast<std::size_t>(DropReason::count_); ++i) {
    const auto reason = static_cast<DropReason>(i);
    EXPECT_FALSE(explain(reason).empty());
    EXPECT_NE(text.find("  " + std::string(explain(reason)) + "\n"), std::string::npos);
  }
}

TEST(StatsText, TakesWhateverAServerSays) {
  expect_fits(stats_text(json()));
  json strange = stats_with(1);
  strange["drops"] = {{"a_reason_of_a_later_version\x1b[2J", 3}, {"other", "x"}};
  strange["since"] = std::string(300, '\x1b');
  strange["logins"] = 7;
  expect_fits(stats_text(strange));
}

}  // namespace
}  // namespace upptpd::admin
