#include <gtest/gtest.h>
#include <sys/stat.h>

#include <asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "admin/admin_socket.hpp"
#include "admin/client.hpp"
#include "admin/session_row.hpp"

namespace upptpd::admin {
namespace {

SessionRow alice() {
  return {"alice",
          "203.0.113.7",
          "10.0.0.10",
          "2026-11-22T08:00:00Z",
          1,
          22,
          3,
          4,
          "MPPE-128 stateless",
          5};
}

TEST(SessionRow, JsonHasTheDocumentedKeys) {
  const auto json = to_json({alice()});
  ASSERT_EQ(json.size(), 1U);
  std::vector<std::string> keys;
  for (const auto& [key, value] : json[0].items()) keys.push_back(key);
  EXPECT_EQ(keys,
            (std::vector<std::string>{"bytes_in", "bytes_out", "call_id", "client_ip", "encryption",
                                      "packets_in", "packets_out", "peer_ip", "since", "user"}));
}

TEST(SessionRow, TableIsAligned) {
  EXPECT_EQ(to_table(to_json({alice()})),
            "user   client_ip  peer_ip      since                 bytes_in  bytes_out\n"
            "alice  10.0.0.10  203.0.113.7  2026-11-22T08:00:00Z  1         22\n");
}

class AdminSocketTest : public testing::Test {
 protected:
  ~AdminSocketTest() override { std::filesystem::remove_all(folder_); }

  Result<std::unique_ptr<AdminSocket>> open() {
    return AdminSocket::open(context_, path_, [](const std::string& request) { return request; });
  }

  std::string folder_ = testing::TempDir() + "upptpd-admin-" + std::to_string(::getpid());
  std::string path_ = folder_ + "/admin.sock";
  asio::io_context context_;
};

TEST_F(AdminSocketTest, AnswersALineWithALine) {
  const auto socket = open();
  ASSERT_TRUE(socket);
  Result<nlohmann::json> answer;
  std::thread client([&] {
    answer = ask(path_, {{"command", "x"}});
    context_.stop();
  });
  context_.run();
  client.join();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->at("command"), "x");
}

TEST_F(AdminSocketTest, IsForItsOwnerAlone) {
  const auto socket = open();
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(AdminSocketTest, LeavesNothingBehind) {
  open();
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

TEST_F(AdminSocketTest, RefusesToTakeALiveServersPlace) {
  const auto first = open();
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("a server is running there already"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(AdminSocketTest, ReplacesWhatADeadServerLeft) {
  std::filesystem::create_directory(folder_);
  {
    asio::local::stream_protocol::acceptor dead(context_,
                                                asio::local::stream_protocol::endpoint(path_));
  }
  ASSERT_TRUE(std::filesystem::exists(path_));
  EXPECT_TRUE(open());
}

TEST_F(AdminSocketTest, DoesNotRemoveAFileThatIsNoSocket) {
  std::filesystem::create_directory(folder_);
  std::ofstream(path_) << "precious";
  EXPECT_FALSE(open());
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST(AdminClient, SaysThatNoServerAnswers) {
  const auto answer = ask("/nonexistent/admin.sock", {{"command", "sessions"}});
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("is upptpd running"), std::string::npos);
}

}  // namespace
}  // namespace upptpd::admin
