#include "server/monitor_process.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>

#include "auth/secrets_file.hpp"
#include "config/changes.hpp"
#include "server/config_file.hpp"
#include "server/monitor_messages.hpp"
#include "server/secrets_writer.hpp"

namespace upptpd::server {
namespace {

using nlohmann::json;

class MonitorProcess {
 public:
  MonitorProcess(MessageChannel questions, MessageChannel hooks, config::Config config,
                 std::string config_path)
      : config_(std::move(config)),
        last_read_(config_),
        config_path_(std::move(config_path)),
        questions_(std::move(questions)),
        hooks_(std::move(hooks)),
        question_ready_(context_, ::dup(questions_.descriptor())),
        hook_ready_(context_, ::dup(hooks_.descriptor())),
        programs_(context_, config_.hooks) {}

  /// Until the server has gone, or says what it must not.
  void run() {
    wait_for(question_ready_, &MonitorProcess::take_question);
    wait_for(hook_ready_, &MonitorProcess::take_hook_word);
    context_.run();
  }

 private:
  void wait_for(asio::posix::stream_descriptor& ready, void (MonitorProcess::*take)()) {
    ready.async_wait(asio::posix::stream_descriptor::wait_read,
                     [this, &ready, take](const asio::error_code& error) {
                       if (error) return context_.stop();
                       (this->*take)();
                       wait_for(ready, take);
                     });
  }

  void take_question() {
    auto message = questions_.receive();
    if (!message) return nothing_taken(message.error());
    net::FileDescriptor descriptor;
    json answer = answer_to(message->content, descriptor);
    answer["number"] = message->content.at("number").get<std::uint64_t>();
    say(questions_, answer, descriptor.get());
  }

  /// Without memory for it a message is still there a moment later; otherwise the server has gone.
  void nothing_taken(int error) {
    if (error == 0) return context_.stop();
    std::this_thread::sleep_for(kPause);
  }

  /// The server waits for it: without memory or room for it again a moment later.
  void say(const MessageChannel& channel, const json& message, int descriptor = -1) {
    for (;;) {
      const auto sent = channel.send(message, descriptor);
      if (sent) return;
      const bool later =
          sent.error() == ENOBUFS || sent.error() == ENOMEM || sent.error() == EAGAIN;
      if (!later) return context_.stop();
      std::this_thread::sleep_for(kPause);
    }
  }

  json answer_to(json& question, net::FileDescriptor& descriptor) {
    switch (static_cast<Question>(question.at("question").get<int>())) {
      case Question::open:
        return open(question.at("path").get_ref<const std::string&>(), descriptor);
      case Question::look_at:
        return look_at(question.at("path").get_ref<const std::string&>());
      case Question::read_configuration:
        return read_configuration(descriptor);
      case Question::adopt:
        return adopt();
      case Question::store_password:
        return store_password(question);
      case Question::remove_admin_socket:
        return remove_admin_socket(question.at("with_folder").get<bool>());
    }
    throw std::invalid_argument("no such question");
  }

  /// Whether it is one of the files that the server has to read: the users, and the files that
  /// their lines name.
  [[nodiscard]] bool may_read(const std::string& path) {
    if (path.empty()) return false;  // what a line has that names no file
    const std::set<std::string> secrets = {config_.auth.secrets, last_read_.auth.secrets};
    std::erase_if(named_, [&](const auto& known) { return !secrets.contains(known.first); });
    if (secrets.contains(path)) return true;
    return std::ranges::any_of(
        secrets, [&](const std::string& file) { return named_by(file).contains(path); });
  }

  /// The server asks for each of them at every login: what has not changed is not read again.
  const std::set<std::string>& named_by(const std::string& secrets) {
    Named& known = named_[secrets];
    const net::FileDescriptor file = own_files().open(secrets);
    struct stat status {};
    const bool safe =
        file.valid() && ::fstat(file.get(), &status) == 0 && objection(status, ::geteuid()).empty();
    if (safe && stamp_of(status) == known.stamp) return known.paths;
    known = {};
    const auto text = safe ? read_all(file.get()) : fail_with(EACCES);
    if (!text) return known.paths;
    if (!is_recent(stamp_of(status))) known.stamp = stamp_of(status);
    const auto users = auth::SecretsFile::parse(text->reveal());
    for (const auth::SecretsEntry& entry : users.entries()) known.paths.insert(entry.secret_path);
    return known.paths;
  }

  [[nodiscard]] json open(const std::string& path, net::FileDescriptor& descriptor) {
    if (!may_read(path)) return {{"errno", EACCES}};
    descriptor = own_files().open(path);
    return {{"errno", descriptor.valid() ? 0 : errno}};
  }

  [[nodiscard]] json look_at(const std::string& path) {
    return {{"stamp",
             to_message(may_read(path) ? own_files().look_at(path) : FileStamp{.error = EACCES})}};
  }

  /// The server checks the text itself, and finds all that is wrong with it.
  json read_configuration(net::FileDescriptor& descriptor) {
    last_is_good_ = false;
    const net::FileDescriptor file = own_files().open(config_path_);
    if (!file.valid()) return cannot_read(errno);
    const auto text = read_all(file.get());
    if (!text) return cannot_read(text.error());
    // What was checked, and not what the file may be by then.
    descriptor = copy_of(text->reveal());
    if (!descriptor.valid()) return cannot_read(errno);
    auto checked = check_config(text->reveal(), config_path_);
    if (checked) {
      config::adapt(checked->config, config_);
      last_read_ = std::move(checked->config);
      last_is_good_ = true;
    }
    return {{"unusable_hooks", unusable_hooks(last_read_.hooks)}};
  }

  /// Invalid with errno set if there is no room for it.
  static net::FileDescriptor copy_of(std::string_view text) {
    net::FileDescriptor copy(::memfd_create("configuration", MFD_CLOEXEC));
    for (std::size_t done = 0; copy.valid() && done < text.size();) {
      const ssize_t written = ::write(copy.get(), text.data() + done, text.size() - done);
      if (written < 0 && errno != EINTR) return {};
      if (written > 0) done += static_cast<std::size_t>(written);
    }
    ::lseek(copy.get(), 0, SEEK_SET);
    return copy;
  }

  [[nodiscard]] json cannot_read(int error) const {
    return {{"error", "cannot read the configuration " + config_path_ + ": " + reason(error)}};
  }

  json adopt() {
    if (!last_is_good_) return {{"error", "the configuration is not good"}};
    config_ = last_read_;
    return json::object();
  }

  [[nodiscard]] json store_password(json& question) const {
    if (!config_.auth.password_change) return {{"error", "auth.password_change is off"}};
    auth::NewPassword password;
    password.clear = SecretString(question.at("password").get<std::string>());
    const auto& hash = question.at("hash").get_ref<const std::string&>();
    if (hash.size() != 16) throw std::invalid_argument("no hash");
    std::ranges::copy(as_view(hash), password.hash.overwrite().begin());
    password.lifts_expiry = true;
    wipe_text(question, "password");
    wipe_text(question, "hash");
    const auth::WhichLines which{question.at("name").get<std::string>(),
                                 question.at("server").get<std::string>()};
    SecretsWriter writer(config_.auth.secrets);
    writer.wait_at_most(kLockPatience);
    const auto stored = writer.apply([&](std::string_view text) -> Result<auth::SecretsEdit> {
      if (!is_the_users_own(text, which) || password.clear.reveal().empty()) {
        return fail("the line is for anybody, or names another file, or the password is empty");
      }
      return auth::set_password(text, which, password);
    });
    if (!stored) return {{"error", stored.error().message}};
    return json::object();
  }

  /// Whether a user may change the secret of that line himself.
  [[nodiscard]] static bool is_the_users_own(std::string_view text, const auth::WhichLines& which) {
    const auto users = auth::SecretsFile::parse(text);
    return which.name != "*" &&
           std::ranges::none_of(users.entries(), [&](const auth::SecretsEntry& entry) {
             return entry.client == which.name && entry.server == which.server &&
                    !entry.secret_path.empty();
           });
  }

  [[nodiscard]] json remove_admin_socket(bool with_folder) const {
    const std::filesystem::path path = config_.admin.socket;
    std::error_code ignored;
    if (std::filesystem::is_socket(path, ignored)) std::filesystem::remove(path, ignored);
    if (with_folder) std::filesystem::remove(path.parent_path(), ignored);  // only if empty
    return json::object();
  }

  void take_hook_word() {
    const auto message = hooks_.receive();
    if (!message) return nothing_taken(message.error());
    const auto id = message->content.at("id").get<std::uint64_t>();
    if (static_cast<HookWord>(message->content.at("word").get<int>()) == HookWord::kill) {
      running_.erase(id);
      return;
    }
    const auto hook = hook_from(message->content.at("hook").get<unsigned>());
    if (!hook || running_.size() >= kMostHooks) {
      throw std::invalid_argument("no hook that may be run");
    }
    HookFacts facts = facts_from(message->content.at("facts"));
    facts.interface = config_.network.interface;
    facts.local = config_.network.local_ip;
    running_[id] = programs_.start(*hook, facts, [this, id](const HookEnd& end) {
      running_.erase(id);
      say(hooks_, {{"word", HookWord::ended}, {"id", id}, {"end", to_message(end)}});
    });
  }

  static constexpr auto kPause = std::chrono::milliseconds(10);
  /// The server waits for the answer, and so do all calls.
  static constexpr auto kLockPatience = std::chrono::seconds(2);
  /// As many as hooks.parallel can say, and as may be there for a moment when it is lowered.
  static constexpr std::size_t kMostHooks = 512;

  asio::io_context context_{1};
  config::Config config_;
  config::Config last_read_;
  bool last_is_good_ = false;
  const std::string config_path_;
  MessageChannel questions_;
  MessageChannel hooks_;
  asio::posix::stream_descriptor question_ready_;
  asio::posix::stream_descriptor hook_ready_;
  HookPrograms programs_;
  std::unordered_map<std::uint64_t, std::shared_ptr<void>> running_;

  /// What the lines of a file of secrets name, by the file.
  struct Named {
    FileStamp stamp;
    std::set<std::string> paths;
  };
  std::map<std::string, Named> named_;
};

}  // namespace

void run_monitor(MessageChannel questions, MessageChannel hooks, config::Config config,
                 const std::string& config_path) {
  // The server decides when it is over: a Ctrl-C at the terminal is for both, and there may be
  // hooks to be run yet.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);
  ::prctl(PR_SET_NAME, "upptpd-monitor");
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // it has the users' secrets in its memory
  // Each hook takes some. No more than that: hooks inherit the limit, and there are programs that
  // close all descriptors that they may have.
  constexpr rlim_t kDescriptors = 4096;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, kDescriptors));
  ::setrlimit(RLIMIT_NOFILE, &limit);
  int status = 0;
  try {
    MonitorProcess(std::move(questions), std::move(hooks), std::move(config), config_path).run();
  } catch (const std::exception&) {
    status = 1;  // the server sees that we have gone
  }
  std::_Exit(status);
}

}  // namespace upptpd::server
