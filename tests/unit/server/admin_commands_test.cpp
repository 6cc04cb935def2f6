#include "server/admin_commands.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "admin/stats_text.hpp"

namespace upptpd::server {
namespace {

using nlohmann::json;

class AdminCommandsTest : public testing::Test {
 protected:
  json ask(const std::string& request) {
    const std::string answer =
        answer_admin_request(request, {[] { return std::vector<admin::SessionRow>{alice()}; },
                                       [this](const Kick& kick) {
                                         kicked_ = kick;
                                         return sessions_;
                                       },
                                       [this] { return stats_; },
                                       [this](bool dry_run) {
                                         dry_run_ = dry_run;
                                         return reload_;
                                       }});
    EXPECT_EQ(answer.find('\n'), std::string::npos);
    json parsed = json::parse(answer, nullptr, false);
    EXPECT_TRUE(parsed.is_object()) << answer;
    return parsed;
  }
  std::string error(const std::string& request) {
    const json answer = ask(request);
    EXPECT_EQ(answer.size(), 1U);
    return answer.value("error", "(none)");
  }
  static admin::SessionRow alice() {
    admin::SessionRow row;
    row.user = "alice";
    return row;
  }

  std::vector<admin::SessionRow> sessions_ = {alice()};
  std::optional<Kick> kicked_;
  Stats stats_;
  std::optional<bool> dry_run_;
  ReloadResult reload_;
};

TEST_F(AdminCommandsTest, ListsSessions) {
  EXPECT_EQ(ask(R"({"command": "sessions"})")["sessions"][0]["user"], "alice");
}

TEST_F(AdminCommandsTest, Reloads) {
  reload_->changes = {{"network.dns"}, {"server.port"}};
  reload_->warnings = {"a warning"};
  const json said = ask(R"({"command": "reload"})")["reload"];
  EXPECT_EQ(dry_run_, false);
  EXPECT_EQ(said, json::parse(R"({"errors": [], "warnings": ["a warning"],
                                  "changed": ["network.dns"], "needs_restart": ["server.port"]})"));
  ask(R"({"command": "reload", "dry_run": true})");
  EXPECT_EQ(dry_run_, true);
  dry_run_.reset();
  EXPECT_EQ(error(R"({"command": "reload", "dry_run": 1})"), "dry_run: must be true or false");
  EXPECT_EQ(dry_run_, std::nullopt);
}

TEST_F(AdminCommandsTest, SaysWhyNothingIsReloaded) {
  reload_ = fail_with(ConfigErrors{"one", "two"});
  EXPECT_EQ(ask(R"({"command": "reload"})"),
            json::parse(R"({"reload": {"errors": ["one", "two"]}})"));
}

TEST_F(AdminCommandsTest, KicksAUser) {
  const json answer = ask(R"({"command": "kick", "user": "alice", "reason": "maintenance"})");
  EXPECT_EQ(answer["ended"][0]["user"], "alice");
  EXPECT_EQ(std::get<std::string>(kicked_->target), "alice");
  EXPECT_EQ(kicked_->reason, "maintenance");
}

TEST_F(AdminCommandsTest, KicksAnAddress) {
  ask(R"({"command": "kick", "address": "10.0.0.10"})");
  EXPECT_EQ(std::get<Ipv4Address>(kicked_->target), Ipv4Address::parse("10.0.0.10"));
  EXPECT_EQ(kicked_->reason, "");
}

TEST_F(AdminCommandsTest, SaysThatThereWasNobodyToKick) {
  sessions_.clear();
  EXPECT_EQ(error(R"({"command": "kick", "user": "no\u001bbody"})"),
            "no session of a user no\\x1bbody");
  EXPECT_EQ(error(R"({"command": "kick", "address": "10.0.0.10"})"),
            "no session has the address 10.0.0.10");
}

TEST_F(AdminCommandsTest, RefusesWhatIsNoKick) {
  const std::string either = "kick: give either user or address";
  EXPECT_EQ(error(R"({"command": "kick"})"), either);
  EXPECT_EQ(error(R"({"command": "kick", "user": "a", "address": "10.0.0.1"})"), either);
  EXPECT_EQ(error(R"({"command": "kick", "user": 7})"), "user: must be a text");
  EXPECT_EQ(error(R"({"command": "kick", "user": null})"), "user: must be a text");
  EXPECT_EQ(error(R"({"command": "kick", "user": ""})"), "user: must not be empty");
  for (const char* address : {"0.0.0.0", "10.0.0", "", "224.0.0.1"}) {
    EXPECT_EQ(error(json{{"command", "kick"}, {"address", address}}.dump()),
              "address: must be the IPv4 address of a client");
  }
  EXPECT_FALSE(kicked_);
}

TEST_F(AdminCommandsTest, AReasonIsShortAndPrintable) {
  const auto with_reason = [](const std::string& reason) {
    return json{{"command", "kick"}, {"user", "a"}, {"reason", reason}}.dump();
  };
  const std::string refusal = "reason: must have at most 80 octets and no control characters";
  EXPECT_EQ(error(with_reason("a\nb")), refusal);
  EXPECT_EQ(error(with_reason("\x1b[2J")), refusal);
  EXPECT_EQ(error(with_reason(std::string(kLongestKickReason + 1, 'x'))), refusal);
  EXPECT_FALSE(kicked_);
  EXPECT_TRUE(ask(with_reason(std::string(kLongestKickReason, 'x'))).contains("ended"));
}

TEST_F(AdminCommandsTest, StatsHaveEachReasonAndTheTableWordsForIt) {
  observe::Counters counters;
  stats_.totals = counters.totals();
  for (auto& [reason, count] : stats_.totals.logins_refused) count = 3;
  const json stats = ask(R"({"command": "stats"})")["stats"];
  EXPECT_EQ(stats["drops"].size(), static_cast<std::size_t>(DropReason::count_));
  EXPECT_EQ(stats["logins"]["refused"].size(), counters.totals().logins_refused.size());
  const std::string text = admin::stats_text(stats);
  for (const auto& [reason, count] : counters.totals().logins_refused) {
    const auto line = text.find(std::string(reason));
    ASSERT_NE(line, std::string::npos) << reason;
    EXPECT_EQ(text.substr(text.find('3', line), 3), "3  ") << reason << " has no explanation";
  }
}

TEST_F(AdminCommandsTest, ExplainsWhatItDoesNotUnderstand) {
  const std::string known = "; the commands are kick, reload, sessions, stats";
  EXPECT_EQ(error(""), "the request is not JSON");
  EXPECT_EQ(error("\n"), "the request is not JSON");
  EXPECT_EQ(error("{"), "the request is not JSON");
  EXPECT_EQ(error("1e999"), "the request is not JSON");
  EXPECT_EQ(error("{\"command\": \"\xff\"}"), "the request is not JSON");
  EXPECT_EQ(error("[]"), "the request must be a JSON object");
  EXPECT_EQ(error("\"sessions\""), "the request must be a JSON object");
  EXPECT_EQ(error("{}"), "command: must be there, and a text" + known);
  EXPECT_EQ(error(R"({"command": ["sessions"]})"), "command: must be there, and a text" + known);
  EXPECT_EQ(error(R"({"command": "halt\u0007"})"), "command: there is no \"halt\\x07\"" + known);
  EXPECT_EQ(error(R"({"command": "sessions", "user": "a"})"),
            "\"user\": no such key; those of sessions are: none");
  EXPECT_EQ(error(R"({"command": "kick", "usr": "a"})"),
            "\"usr\": no such key; those of kick are: user, address, reason");
}

TEST_F(AdminCommandsTest, SurvivesDeepNesting) {
  EXPECT_EQ(error(std::string(4000, '[')), "the request is not JSON");
  EXPECT_EQ(error(std::string(2000, '[') + std::string(2000, ']')),
            "the request must be a JSON object");
}

TEST_F(AdminCommandsTest, ANameThatIsNotUtf8DoesNotBreakTheAnswer) {
  sessions_[0].user = "\xff\xfe";
  EXPECT_TRUE(ask(R"({"command": "kick", "user": "x"})").contains("ended"));
}

}  // namespace
}  // namespace upptpd::server
