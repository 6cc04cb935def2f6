#include "server/monitor.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "server/monitor_process.hpp"

namespace upptpd::server {
namespace {

using nlohmann::json;

/// Of the answer to a question: it may have to wait for a disk, and for another writer.
constexpr int kPatienceSeconds = 8;

/// A flood of logins asks for the same file again and again.
constexpr auto kLookAgain = std::chrono::milliseconds(20);

/// Before a word is taken that could not be.
constexpr auto kPause = std::chrono::milliseconds(10);

constexpr const char* kNoAnswer = "the monitor does not answer";

Result<void> done(const std::optional<Message>& answer) {
  if (!answer) return fail(kNoAnswer);
  if (answer->content.contains("error")) return fail(answer->content.value("error", ""));
  return {};
}

}  // namespace

Result<std::unique_ptr<Monitor>> Monitor::start(const config::Config& config,
                                                const std::string& config_path) {
  auto questions = MessageChannel::make();
  if (!questions) return tl::unexpected(questions.error());
  auto hooks = MessageChannel::make();
  if (!hooks) return tl::unexpected(hooks.error());
  const pid_t process = ::fork();
  if (process < 0) return fail(std::string("cannot start the monitor: ") + std::strerror(errno));
  if (process == 0) {
    // Only the server's ends being gone tells that it has.
    { auto servers = std::pair(std::move(questions->first), std::move(hooks->first)); }
    run_monitor(std::move(questions->second), std::move(hooks->second), config, config_path);
  }
  return std::unique_ptr<Monitor>(
      new Monitor(std::move(questions->first), std::move(hooks->first), process));
}

Monitor::Monitor(MessageChannel questions, MessageChannel hooks, pid_t process)
    : user_(::geteuid()),
      process_(process),
      questions_(std::move(questions)),
      hooks_(std::move(hooks)) {
  questions_.give_up_after(kPatienceSeconds);
}

Monitor::~Monitor() {
  ready_.reset();
  pause_.reset();
  { auto ends = std::pair(std::move(questions_), std::move(hooks_)); }
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// Each answer has its question's number, so that one which comes too late is not taken for another.
std::optional<Message> Monitor::ask(Question question, json details) {
  // It is still at one that was given up, and all calls would have to wait for this one, too.
  if (unanswered_ && !questions_.has_message()) return {};
  details["question"] = question;
  details["number"] = ++last_question_;
  const auto sent = questions_.send(details);
  for (const char* secret : {"password", "hash"}) {
    if (details.contains(secret)) wipe_text(details, secret);
  }
  if (!sent) return {};
  for (;;) {
    auto answer = questions_.receive();
    unanswered_ = !answer;
    if (!answer) return {};
    if (answer->content.value("number", std::uint64_t{0}) == last_question_) {
      return std::move(*answer);
    }
  }
}

net::FileDescriptor Monitor::open(const std::string& path) {
  auto answer = ask(Question::open, {{"path", path}});
  const int error = answer ? answer->content.value("errno", EIO) : EIO;
  // The monitor has opened it, and there was no number free for it here.
  const bool lost = error == 0 && !answer->descriptor.valid();
  errno = lost ? EMFILE : error;
  return answer ? std::move(answer->descriptor) : net::FileDescriptor();
}

// For every login. Mostly the folder is one that anybody may look into, which spares the way to the
// monitor and back.
FileStamp Monitor::look_at(const std::string& path) {
  const FileStamp own = own_files().look_at(path);
  if (own.error != EACCES) return own;
  const auto now = std::chrono::steady_clock::now();
  const auto known = looked_at_.find(path);
  if (known != looked_at_.end() && now - known->second.when < kLookAgain)
    return known->second.stamp;
  const auto answer = ask(Question::look_at, {{"path", path}});
  if (!answer) return known != looked_at_.end() ? known->second.stamp : FileStamp{.error = EIO};
  const FileStamp stamp = stamp_from(answer->content.at("stamp"));
  looked_at_.insert_or_assign(path, Look{now, stamp});
  return stamp;
}

Result<Monitor::ConfigFile, ConfigErrors> Monitor::read_configuration() {
  const auto answer = ask(Question::read_configuration);
  if (!answer) return fail_with(ConfigErrors{kNoAnswer});
  if (answer->content.contains("error")) {
    return fail_with(ConfigErrors{answer->content.at("error").get<std::string>()});
  }
  const auto text =
      answer->descriptor.valid() ? read_all(answer->descriptor.get()) : fail_with(int{EMFILE});
  if (!text)
    return fail_with(ConfigErrors{"cannot read the configuration: " + reason(text.error())});
  return ConfigFile{std::string(text->reveal()),
                    answer->content.at("unusable_hooks").get<std::vector<std::string>>()};
}

Result<void> Monitor::adopt() { return done(ask(Question::adopt)); }

Result<void> Monitor::store_password(const auth::WhichLines& which,
                                     const auth::NewPassword& password) {
  const auto hash = password.hash.reveal();
  return done(ask(Question::store_password, {{"name", which.name},
                                             {"server", which.server.value_or("")},
                                             {"password", password.clear.reveal()},
                                             {"hash", std::string(hash.begin(), hash.end())}}));
}

void Monitor::remove_admin_socket(bool with_folder) {
  static_cast<void>(ask(Question::remove_admin_socket, {{"with_folder", with_folder}}));
}

void Monitor::watch(asio::io_context& context, std::function<void()> gone) {
  gone_ = std::move(gone);
  // Asio closes what it is given, and so does the channel: it gets a duplicate.
  context_ = &context;
  pause_.emplace(context);
  ready_.emplace(context, ::dup(hooks_.descriptor()));
  wait();
}

void Monitor::wait() {
  ready_->async_wait(asio::posix::stream_descriptor::wait_read,
                     [this](const asio::error_code& error) {
                       if (!error) take_word();
                     });
}

// The word is there, but there was no memory to take it.
void Monitor::wait_a_moment() {
  pause_->expires_after(kPause);
  pause_->async_wait([this](const asio::error_code& error) {
    if (!error) take_word();
  });
}

void Monitor::take_word() {
  const auto message = hooks_.receive();
  if (!message && message.error() != 0) return wait_a_moment();
  if (!message) {
    for (const auto& [id, ended] : running_) refuse(id);
    return gone_();
  }
  wait();
  const auto found = running_.find(message->content.at("id").get<std::uint64_t>());
  if (found == running_.end()) return;  // killed while it ended
  const HookProcess::Ended ended = std::move(found->second);
  running_.erase(found);
  ended(end_from(message->content.at("end")));
}

/// Nobody will say how it ended.
void Monitor::refuse(std::uint64_t id) {
  asio::post(*context_, [this, id] {
    const auto found = running_.find(id);
    if (found == running_.end()) return;
    const HookProcess::Ended ended = std::move(found->second);
    running_.erase(found);
    HookEnd end;
    end.refusal = "cannot be run: the monitor has ended";
    ended(end);
  });
}

std::shared_ptr<void> Monitor::start_hook(Hook hook, const HookFacts& facts,
                                          HookProcess::Ended ended) {
  const std::uint64_t id = ++last_id_;
  running_.emplace(id, std::move(ended));
  const auto sent = hooks_.send(
      {{"word", HookWord::start}, {"id", id}, {"hook", hook}, {"facts", to_message(facts)}});
  if (!sent) refuse(id);
  return {nullptr, [this, id](void*) {
            if (running_.erase(id) == 0) return;
            static_cast<void>(hooks_.send({{"word", HookWord::kill}, {"id", id}}));
          }};
}

}  // namespace upptpd::server
