#include "server/secrets_writer.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "auth/secrets_file.hpp"

namespace upptpd::server {
namespace {

using IfMissing = SecretsWriter::IfMissing;

class SecretsWriterTest : public testing::Test {
 protected:
  SecretsWriterTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "secrets_writer_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = (folder_ / "chap-secrets").string();
  }
  ~SecretsWriterTest() override { std::filesystem::remove_all(folder_); }

  static void write(const std::string& path, std::string_view text, mode_t mode = 0640) {
    std::ofstream(path) << text;
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }

  static std::string text_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  static struct stat status_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status;
  }

  static SecretsWriter::Change adding(const std::string& name) {
    return [name](std::string_view text) {
      auth::NewUser user;
      user.name = name;
      user.secret = auth::UserSecret(SecretString("secret"));
      return auth::add_user(text, user);
    };
  }

  /// "done", or why not.
  std::string add(const std::string& name, IfMissing if_missing = IfMissing::refuse) {
    const auto edit = SecretsWriter(path_, if_missing).apply(adding(name));
    return edit ? "done" : edit.error().message;
  }

  /// Nothing but these: no temporary file stays.
  void expect_files(const std::vector<std::string>& names) {
    std::vector<std::string> found;
    for (const auto& file : std::filesystem::directory_iterator(folder_)) {
      found.push_back(file.path().filename());
    }
    std::ranges::sort(found);
    EXPECT_EQ(found, names);
  }

  std::filesystem::path folder_;
  std::string path_;
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(SecretsWriterTest, WritesTheChange) {
  write(path_, "# users\n");
  EXPECT_EQ(add("joe"), "done");
  EXPECT_EQ(text_of(path_), "# users\njoe * secret *\n");
  expect_files({"chap-secrets"});
}

TEST_F(SecretsWriterTest, ReplacesTheFileInOneStep) {
  write(path_, "# users\n");
  std::ifstream before(path_);
  EXPECT_EQ(add("joe"), "done");
  std::ostringstream text;
  text << before.rdbuf();
  EXPECT_EQ(text.str(), "# users\n") << "who has the old file open never sees half of the new one";
}

TEST_F(SecretsWriterTest, KeepsTheMode) {
  for (const mode_t mode : {0600U, 0640U, 0400U, 0644U}) {
    write(path_, "", mode);
    EXPECT_EQ(add("joe"), "done");
    EXPECT_EQ(status_of(path_).st_mode & 07777, mode);
    std::filesystem::remove(path_);
  }
}

TEST_F(SecretsWriterTest, KeepsOwnerAndGroup) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  write(path_, "", 0640);
  ASSERT_EQ(::chown(path_.c_str(), 12345, 23456), 0);
  ASSERT_TRUE(SecretsWriter(path_, IfMissing::refuse, 12345).apply(adding("joe")));
  EXPECT_EQ(status_of(path_).st_uid, 12345U);
  EXPECT_EQ(status_of(path_).st_gid, 23456U);
  EXPECT_EQ(status_of(path_).st_mode & 07777, 0640U);
}

TEST_F(SecretsWriterTest, ReplacesTheFileThatALinkLeadsTo) {
  std::filesystem::create_directory(folder_ / "real");
  const std::string target = (folder_ / "real" / "users").string();
  write(target, "");
  ASSERT_EQ(::symlink("real/users", path_.c_str()), 0);
  EXPECT_EQ(add("joe"), "done");
  EXPECT_EQ(text_of(target), "joe * secret *\n");
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
}

TEST_F(SecretsWriterTest, MakesAFileThatIsMissingIfAsked) {
  EXPECT_TRUE(contains(add("joe"), path_ + ": cannot be opened: No such file"));
  expect_files({});
  const auto edit = SecretsWriter(path_, IfMissing::create).apply(adding("joe"));
  ASSERT_TRUE(edit);
  EXPECT_TRUE(contains(edit->notes.at(0), "made " + path_));
  EXPECT_EQ(text_of(path_), "joe * secret *\n");
  EXPECT_EQ(status_of(path_).st_mode & 07777, 0600U);
  expect_files({"chap-secrets"});
}

TEST_F(SecretsWriterTest, MakesAFileInTheWorkingDirectory) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_);
  EXPECT_TRUE(SecretsWriter("users", IfMissing::create).apply(adding("joe")));
  EXPECT_TRUE(SecretsWriter("users").apply(adding("bob")));
  std::filesystem::current_path(before);
  expect_files({"users"});
}

TEST_F(SecretsWriterTest, MakesNoFileForAChangeThatFails) {
  EXPECT_TRUE(contains(add("*", IfMissing::create), path_ + ": the name * is anybody"));
  expect_files({});
}

TEST_F(SecretsWriterTest, MakesNoFileBehindALinkThatLeadsNowhere) {
  ASSERT_EQ(::symlink("nowhere", path_.c_str()), 0);
  EXPECT_TRUE(contains(add("joe", IfMissing::create), "No such file"));
  expect_files({"chap-secrets"});
}

TEST_F(SecretsWriterTest, FailureLeavesTheFileAlone) {
  const std::string text = "ann * \"open\njoe\n";
  write(path_, text);
  const struct stat before = status_of(path_);
  EXPECT_TRUE(contains(add("bob"), path_ + ": line 1 opens a quote"));
  EXPECT_EQ(text_of(path_), text);
  EXPECT_EQ(status_of(path_).st_ino, before.st_ino);
  expect_files({"chap-secrets"});
}

TEST_F(SecretsWriterTest, RefusesWhatTheServerRefuses) {
  write(path_, "", 0660);
  EXPECT_TRUE(contains(add("joe"), path_ + ": is refused: it can be written by others"));
  EXPECT_EQ(text_of(path_), "");
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_TRUE(contains(add("joe"), "is not a regular file"));
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_TRUE(contains(add("joe"), "is not a regular file"));
}

TEST_F(SecretsWriterTest, FailureToWriteLeavesTheFileAlone) {
  const std::string text = "ann * first *\n";
  write(path_, text);
  // As on a full disk, and for root too.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{.rlim_cur = 20, .rlim_max = before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = add("joe");
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_TRUE(contains(message, "cannot be written: File too large")) << message;
  EXPECT_EQ(text_of(path_), text);
  expect_files({"chap-secrets"});
}

TEST_F(SecretsWriterTest, AttemptWritesNothing) {
  write(path_, "");
  EXPECT_TRUE(SecretsWriter(path_).attempt(adding("joe")));
  EXPECT_FALSE(SecretsWriter(path_).attempt(adding("*")));
  EXPECT_EQ(text_of(path_), "");
  std::filesystem::remove(path_);
  EXPECT_TRUE(SecretsWriter(path_, IfMissing::create).attempt(adding("joe")));
  expect_files({});
}

TEST_F(SecretsWriterTest, ConcurrentWritersLoseNoUser) {
  // Without a file in the beginning, so that they also compete for making it.
  constexpr int kProcesses = 4;
  constexpr int kUsers = 50;
  std::vector<pid_t> children;
  for (int process = 0; process < kProcesses; ++process) {
    const pid_t child = ::fork();
    if (child == 0) {
      int failures = 0;
      for (int i = 0; i < kUsers; ++i) {
        const std::string name = "user" + std::to_string(process) + "-" + std::to_string(i);
        if (add(name, IfMissing::create) != "done") ++failures;
      }
      ::_exit(failures);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const auto file = auth::SecretsFile::parse(text_of(path_));
  EXPECT_EQ(file.entries().size(), std::size_t{kProcesses * kUsers});
  EXPECT_TRUE(file.diagnostics().empty());
  expect_files({"chap-secrets"});
}

}  // namespace
}  // namespace upptpd::server
