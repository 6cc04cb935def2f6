// The server's side of its monitor (monitor_process.hpp): what needs more rights than the server
// keeps is asked for here.
#pragma once

#include <sys/types.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "auth/secrets_editor.hpp"
#include "config/config.hpp"
#include "server/config_file.hpp"
#include "server/hook_programs.hpp"
#include "server/message_channel.hpp"
#include "server/monitor_messages.hpp"
#include "server/secret_file.hpp"

namespace upptpd::server {

class Monitor : public SecretFiles {
 public:
  /// Forks; to be called before there is anything that only the server should have. The
  /// configuration is what the file at `config_path` says.
  static Result<std::unique_ptr<Monitor>> start(const config::Config& config,
                                                const std::string& config_path);
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;
  /// Ends it, and the hooks that still run.
  ~Monitor() override;

  [[nodiscard]] net::FileDescriptor open(const std::string& path) override;
  [[nodiscard]] FileStamp look_at(const std::string& path) override;
  /// The user whose files are safe, besides root's: who started us.
  [[nodiscard]] uid_t user() const { return user_; }

  struct ConfigFile {
    std::string text;
    std::vector<std::string> unusable_hooks;
  };
  /// The configuration as it is now, if it is good.
  Result<ConfigFile, ConfigErrors> read_configuration();
  /// The monitor goes on with the one that was read last.
  Result<void> adopt();
  Result<void> store_password(const auth::WhichLines& which, const auth::NewPassword& password);
  /// `with_folder`: that one too, if nothing else is in it.
  void remove_admin_socket(bool with_folder);

  /// From now on hooks can be started. `gone` is called if the monitor ends by itself.
  void watch(asio::io_context& context, std::function<void()> gone);
  /// A StartHook.
  std::shared_ptr<void> start_hook(Hook hook, const HookFacts& facts, HookProcess::Ended ended);

 private:
  Monitor(MessageChannel questions, MessageChannel hooks, pid_t process);
  std::optional<Message> ask(Question question, nlohmann::json details = {});
  void wait();
  void wait_a_moment();
  void take_word();
  void refuse(std::uint64_t id);

  struct Look {
    std::chrono::steady_clock::time_point when;
    FileStamp stamp;
  };

  uid_t user_;
  /// Files that only the monitor may look at: the secrets, and what they name.
  std::unordered_map<std::string, Look> looked_at_;
  pid_t process_;
  MessageChannel questions_;
  MessageChannel hooks_;
  asio::io_context* context_ = nullptr;
  std::optional<asio::posix::stream_descriptor> ready_;
  std::optional<asio::steady_timer> pause_;
  std::function<void()> gone_;
  /// By id; what has been killed is not in here.
  std::unordered_map<std::uint64_t, HookProcess::Ended> running_;
  std::uint64_t last_id_ = 0;
  std::uint64_t last_question_ = 0;
  /// The last one was given up.
  bool unanswered_ = false;
};

}  // namespace upptpd::server
