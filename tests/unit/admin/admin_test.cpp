#include <gtest/gtest.h>
#include <sys/stat.h>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "admin/admin_socket.hpp"
#include "admin/client.hpp"
#include "admin/session_row.hpp"

namespace upptpd::admin {
namespace {

TEST(SessionRow, JsonHasTheDocumentedKeys) {
  const auto json = to_json({SessionRow{}});
  ASSERT_EQ(json.size(), 1U);
  std::vector<std::string> keys;
  for (const auto& [key, value] : json[0].items()) keys.push_back(key);
  EXPECT_EQ(keys,
            (std::vector<std::string>{"authentication", "bytes_in", "bytes_out", "call_id",
                                      "client", "client_ip", "computer", "encryption", "packets_in",
                                      "packets_out", "peer_ip", "since", "up_s", "user"}));
}

class AdminSocketTest : public testing::Test {
 protected:
  ~AdminSocketTest() override { std::filesystem::remove_all(folder_); }

  Result<std::unique_ptr<AdminSocket>> open() {
    return AdminSocket::open(context_, path_, [](const std::string& request) { return request; });
  }

  /// What comes back until the server closes, when all that was said at once. (The handler's answer
  /// is the request, with its end of line.)
  std::string say(const std::string& octets) {
    std::string answers;
    std::thread client([&] {
      asio::io_context context;
      asio::local::stream_protocol::socket socket(context);
      asio::error_code error;
      socket.connect(asio::local::stream_protocol::endpoint(path_), error);
      asio::write(socket, asio::buffer(octets), error);
      socket.shutdown(asio::socket_base::shutdown_send, error);
      asio::read(socket, asio::dynamic_buffer(answers), error);
      context_.stop();
    });
    context_.restart();
    context_.run();
    client.join();
    return answers;
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

TEST_F(AdminSocketTest, AnswersLinesThatCameTogetherInTheirOrder) {
  const auto socket = open();
  EXPECT_EQ(say("a\nbb\n\nccc\nunfinished"), "a\n\nbb\n\n\n\nccc\n\n");
}

TEST_F(AdminSocketTest, RefusesALineThatHasNoEndAndCloses) {
  const auto socket = open();
  const std::string answer =
      say("a\n" + std::string(AdminSocket::kLongestRequest + 1000, 'x') + "\nb\n");
  EXPECT_EQ(answer,
            "a\n\n{\"error\":\"a request has at most 4096 octets; the connection is closed\"}\n");
  EXPECT_EQ(say("b\n"), "b\n\n") << "others are served";
}

TEST_F(AdminSocketTest, TakesTheLongestLine) {
  const auto socket = open();
  const std::string line = std::string(AdminSocket::kLongestRequest - 1, 'x') + "\n";
  EXPECT_EQ(say(line), line + "\n");
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
