#include "server/secrets_store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace upptpd::server {
namespace {

using Severity = auth::Diagnostic::Severity;

class SecretsStoreTest : public testing::Test {
 protected:
  SecretsStoreTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "secrets_store_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = (folder_ / "chap-secrets").string();
  }
  ~SecretsStoreTest() override { std::filesystem::remove_all(folder_); }

  void write(std::string_view text, mode_t mode = 0640) { write(path_, text, mode); }
  static void write(const std::string& path, std::string_view text, mode_t mode = 0640) {
    std::ofstream(path) << text;
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }

  /// As editors and `upptpd user` do: a new file takes the place of the old one.
  void replace(std::string_view text) {
    write(path_ + ".new", text);
    std::filesystem::rename(path_ + ".new", path_);
  }

  SecretsStore open() {
    auto store = SecretsStore::open(path_);
    if (!store) throw std::runtime_error(store.error().message);
    return std::move(*store);
  }

  std::string refusal() {
    const auto store = SecretsStore::open(path_);
    return store ? "(accepted)" : store.error().message;
  }

  static std::string secret_of(SecretsStore& store, std::string_view user) {
    const auto file = store.current();
    const auth::SecretsEntry* entry = file->find(user, "pptpd");
    return entry == nullptr ? "(none)" : std::string(entry->secret.clear()->reveal());
  }

  static std::string said(SecretsStore& store) {
    std::string out;
    for (const SecretsStore::Notice& notice : store.take_notices()) {
      out += (notice.severity == Severity::error ? "error " : "warning ") + notice.message + "\n";
    }
    return out;
  }

  /// Until a change leaves another stamp for certain.
  static void let_the_file_age() { std::this_thread::sleep_for(std::chrono::milliseconds(150)); }

  std::filesystem::path folder_;
  std::string path_;
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(SecretsStoreTest, HasTheUsersOfTheFile) {
  write("joe * secret *\n");
  SecretsStore store = open();
  EXPECT_EQ(secret_of(store, "joe"), "secret");
  EXPECT_EQ(said(store), "");
}

TEST_F(SecretsStoreTest, SeesAReplacedFileAtTheNextLogin) {
  write("joe * secret *\n");
  SecretsStore store = open();
  replace("joe * SECRET *\n");
  EXPECT_EQ(secret_of(store, "joe"), "SECRET");
}

TEST_F(SecretsStoreTest, SeesAFileWrittenInPlaceWithinTheSameTick) {
  write("joe * 0 *\n");
  SecretsStore store = open();
  for (char digit = '1'; digit <= '9'; ++digit) {
    write(std::string("joe * ") + digit + " *\n");
    EXPECT_EQ(secret_of(store, "joe"), std::string(1, digit));
  }
}

TEST_F(SecretsStoreTest, SeesAChangeThatHidesItsTime) {
  write("joe * secret *\n");
  SecretsStore store = open();
  let_the_file_age();
  store.current();
  struct stat before {};
  ASSERT_EQ(::stat(path_.c_str(), &before), 0);
  write("joe * SECRET *\n");
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, path_.c_str(), times, 0), 0);
  EXPECT_EQ(secret_of(store, "joe"), "SECRET");
}

// Each call would read it again until the clock gets there.
TEST_F(SecretsStoreTest, AFileFromTheFutureIsNotRecent) {
  write("bob * secret1 *\n");
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  status.st_ctim.tv_sec += 3600;
  EXPECT_FALSE(is_recent(stamp_of(status)));
}

TEST_F(SecretsStoreTest, DoesNotReadAFileThatHasNotChanged) {
  write("joe * secret *\n");
  SecretsStore store = open();
  let_the_file_age();
  const auto first = store.current();
  EXPECT_EQ(store.current(), first);
}

TEST_F(SecretsStoreTest, SnapshotOutlivesAChange) {
  write("joe * secret *\n");
  SecretsStore store = open();
  const auto before = store.current();
  replace("bob * other *\n");
  store.current();
  EXPECT_NE(before->find("joe", "pptpd"), nullptr);
}

TEST_F(SecretsStoreTest, RefusesAMissingFile) {
  EXPECT_TRUE(contains(refusal(), path_ + ": cannot be opened: No such file"));
}

TEST_F(SecretsStoreTest, RefusesAFolder) {
  std::filesystem::create_directory(path_);
  EXPECT_TRUE(contains(refusal(), "is not a regular file"));
}

TEST_F(SecretsStoreTest, RefusesAFifoWithoutWaitingForIt) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_TRUE(contains(refusal(), "is not a regular file"));
}

TEST_F(SecretsStoreTest, RefusesAFileThatOthersCanWrite) {
  for (const mode_t mode : {0620U, 0602U, 0666U, 0660U}) {
    write("joe * secret *\n", mode);
    EXPECT_TRUE(contains(refusal(), "chmod go-w")) << std::oct << mode;
  }
}

TEST_F(SecretsStoreTest, RefusesAFileOfAnotherUser) {
  write("joe * secret *\n");
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(::chown(path_.c_str(), 12345, 12345), 0);
  EXPECT_TRUE(contains(refusal(), "belongs to user 12345"));
  EXPECT_TRUE(SecretsStore::open(path_, 12345)) << "unless that is the service's own user";
}

TEST_F(SecretsStoreTest, GroupMayReadTheFile) {
  write("joe * secret *\n", 0640);
  SecretsStore store = open();
  EXPECT_EQ(said(store), "");
}

TEST_F(SecretsStoreTest, WarnsWhenOthersCanReadTheFile) {
  write("joe * secret *\n", 0644);
  SecretsStore store = open();
  EXPECT_EQ(said(store), "warning " + path_ + ": others can read it: chmod o-r it\n");
  EXPECT_EQ(secret_of(store, "joe"), "secret");
  EXPECT_EQ(said(store), "") << "once";
}

TEST_F(SecretsStoreTest, KeepsTheUsersWhenTheFileVanishes) {
  write("joe * secret *\n");
  SecretsStore store = open();
  std::filesystem::remove(path_);
  EXPECT_EQ(secret_of(store, "joe"), "secret");
  EXPECT_TRUE(contains(said(store), "error " + path_ + ": cannot be opened"));
  EXPECT_EQ(secret_of(store, "joe"), "secret");
  EXPECT_EQ(said(store), "") << "once";
}

TEST_F(SecretsStoreTest, KeepsTheUsersWhenTheFileBecomesUnsafe) {
  write("joe * secret *\n");
  SecretsStore store = open();
  write("joe * stolen *\n", 0666);
  EXPECT_EQ(secret_of(store, "joe"), "secret");
  EXPECT_TRUE(contains(said(store), "chmod go-w"));
  ASSERT_EQ(::chmod(path_.c_str(), 0640), 0);
  EXPECT_EQ(secret_of(store, "joe"), "stolen")
      << "and takes it when the administrator has seen to it";
}

TEST_F(SecretsStoreTest, ReportsASecondFailureAfterARecovery) {
  write("joe * secret *\n");
  SecretsStore store = open();
  std::filesystem::remove(path_);
  store.current();
  EXPECT_NE(said(store), "");
  write("joe * secret *\n");
  store.current();
  said(store);
  std::filesystem::remove(path_);
  store.current();
  EXPECT_TRUE(contains(said(store), "cannot be opened"));
}

TEST_F(SecretsStoreTest, ReportsDiagnosticsWithFileAndLineOnce) {
  write("joe * secret *\nbob\n");
  SecretsStore store = open();
  EXPECT_TRUE(contains(said(store), "error " + path_ + ":2: a line needs at least three words"));
  store.current();
  EXPECT_EQ(said(store), "");
  replace("joe * secret *\n\nbob\n");
  store.current();
  EXPECT_TRUE(contains(said(store), path_ + ":3: "));
}

TEST_F(SecretsStoreTest, WarnsOfAFileWithoutUsers) {
  write("# nobody\n");
  SecretsStore store = open();
  EXPECT_TRUE(contains(said(store), "has no user"));
}

TEST_F(SecretsStoreTest, TakesASecretFromTheFileThatALineNames) {
  const std::string secret = (folder_ / "joes").string();
  write(secret, "# joe's\n\"from file\" and more\n", 0600);
  write("joe * @" + secret + " *\n");
  SecretsStore store = open();
  EXPECT_EQ(secret_of(store, "joe"), "from file");
  EXPECT_EQ(said(store), "");
}

TEST_F(SecretsStoreTest, SeesAChangeOfTheFileThatALineNames) {
  const std::string secret = (folder_ / "joes").string();
  write(secret, "first\n");
  write("joe * @" + secret + " *\n");
  SecretsStore store = open();
  let_the_file_age();
  EXPECT_EQ(secret_of(store, "joe"), "first");
  write(secret, "other\n");
  EXPECT_EQ(secret_of(store, "joe"), "other");
}

TEST_F(SecretsStoreTest, FileThatALineNamesIsHeldToTheSameRules) {
  const std::string secret = (folder_ / "joes").string();
  write(secret, "secret\n", 0666);
  write("\njoe * @" + secret + " *\nbob * plain *\n");
  SecretsStore store = open();
  EXPECT_EQ(secret_of(store, "joe"), "(none)");
  EXPECT_EQ(secret_of(store, "bob"), "plain");
  EXPECT_TRUE(contains(said(store), path_ + ":2: the file that @/... names is refused"));
  ASSERT_EQ(::chmod(secret.c_str(), 0600), 0);
  EXPECT_EQ(secret_of(store, "joe"), "secret");
}

TEST_F(SecretsStoreTest, MissingOrEmptyFileOfALineLeavesItOut) {
  const std::string secret = (folder_ / "swordfish").string();
  write("joe * @" + secret + " *\n");
  SecretsStore store = open();
  EXPECT_EQ(secret_of(store, "joe"), "(none)");
  const std::string notices = said(store);
  EXPECT_TRUE(contains(notices, "cannot be opened"));
  EXPECT_FALSE(contains(notices, "swordfish")) << "it may be a password that begins with @/";
  write(secret, "# nothing\n");
  EXPECT_EQ(secret_of(store, "joe"), "(none)");
  EXPECT_TRUE(contains(said(store), "has no word in it"));
  write(secret, "at last\n");
  EXPECT_EQ(secret_of(store, "joe"), "at");
}

TEST_F(SecretsStoreTest, FollowsALinkToASafeFile) {
  const std::string target = (folder_ / "target").string();
  write(target, "joe * secret *\n");
  ASSERT_EQ(::symlink(target.c_str(), path_.c_str()), 0);
  SecretsStore store = open();
  EXPECT_EQ(secret_of(store, "joe"), "secret");
}

}  // namespace
}  // namespace upptpd::server
