#include "server/hook_programs.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <utility>

#include "server/secret_file.hpp"

namespace upptpd::server {
namespace {

struct Known {
  Hook hook;
  std::string_view name;
  std::string config::HooksConfig::*path;
};

/// In the order of the enumeration.
constexpr Known kHooks[] = {{Hook::ip_pre_up, "ip_pre_up", &config::HooksConfig::ip_pre_up},
                            {Hook::ip_up, "ip_up", &config::HooksConfig::ip_up},
                            {Hook::ip_down, "ip_down", &config::HooksConfig::ip_down},
                            {Hook::auth_up, "auth_up", &config::HooksConfig::auth_up},
                            {Hook::auth_down, "auth_down", &config::HooksConfig::auth_down}};

const Known& known(Hook hook) { return kHooks[static_cast<std::size_t>(hook)]; }

/// A call has no terminal, but scripts expect a word there.
constexpr const char* kTerminal = "none";
/// What Poptop tells pppd.
constexpr const char* kSpeed = "115200";
/// pppd sets none; shells then take this one, other programs what they like.
constexpr const char* kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Why a program is not run, as the end of a sentence that begins with its path; empty if it is.
std::string obstacle(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return "does not exist: put it there, or change the configuration";
    return "cannot be run: " + reason(errno);
  }
  const std::string unsafe = objection(status, ::geteuid());
  if (!unsafe.empty()) return "is refused: it " + unsafe;
  if ((status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0) {
    return "is refused: it is not executable: chmod 0755 it";
  }
  return {};
}

std::string name_of_own_user() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : std::to_string(::getuid());
}

std::vector<std::string> arguments_of(Hook hook, const HookFacts& facts,
                                      const std::string& own_user) {
  if (hook == Hook::auth_up || hook == Hook::auth_down) {
    return {facts.interface, facts.user, own_user, kTerminal, kSpeed, facts.peer.to_string()};
  }
  return {
      facts.interface,       kTerminal, kSpeed, facts.local.to_string(), facts.client.to_string(),
      facts.peer.to_string()};
}

std::vector<std::string> environment_of(Hook hook, const HookFacts& facts,
                                        const std::string& own_user) {
  std::vector<std::string> environment = {kPath};
  const auto set = [&](const char* name, const std::string& value) {
    environment.push_back(std::string(name) + "=" + value);
  };
  const auto set_address = [&](const char* name, Ipv4Address address) {
    if (!address.is_unspecified()) set(name, address.to_string());
  };
  if (!facts.user.empty()) set("PEERNAME", facts.user);
  set_address("IPLOCAL", facts.local);
  set_address("IPREMOTE", facts.client);
  set_address("REMOTENUMBER", facts.peer);
  set("IFNAME", facts.interface);
  set("DEVICE", kTerminal);
  set("SPEED", kSpeed);
  // pppd's differs from session to session, so that scripts take it for the session's number.
  set("UNIT", std::to_string(facts.call.value()));
  // No PPPD_PID: scripts kill that to end one session, and ours is everybody's.
  set("ORIG_UID", std::to_string(::getuid()));
  set("PPPLOGNAME", own_user);
  if (is_at_the_end(hook)) {
    set("CONNECT_TIME", std::to_string(facts.connect_time.count()));
    set("BYTES_SENT", std::to_string(facts.octets_sent));
    set("BYTES_RCVD", std::to_string(facts.octets_received));
  }
  return environment;
}

}  // namespace

std::string_view to_string(Hook hook) { return known(hook).name; }

const std::string& path_of(const config::HooksConfig& config, Hook hook) {
  return config.*known(hook).path;
}

std::optional<Hook> hook_from(unsigned number) {
  if (number >= std::size(kHooks)) return {};
  return kHooks[number].hook;
}

bool is_at_the_end(Hook hook) { return hook == Hook::ip_down || hook == Hook::auth_down; }

std::vector<std::string> unusable_hooks(const config::HooksConfig& config) {
  std::vector<std::string> sentences;
  for (const auto& [hook, name, member] : kHooks) {
    const std::string& path = config.*member;
    const std::string why = path.empty() ? "" : obstacle(path);
    if (!why.empty()) sentences.push_back("hooks." + std::string(name) + ": " + path + " " + why);
  }
  return sentences;
}

HookPrograms::HookPrograms(asio::io_context& context, const config::HooksConfig& config)
    : context_(context), config_(config), own_user_(name_of_own_user()) {
  std::signal(SIGCHLD, SIG_DFL);
}

// Looked at before every run: who may write it may have changed. Between here and the start it
// could change once more, but only by those whom it is safe from now.
std::shared_ptr<void> HookPrograms::start(Hook hook, const HookFacts& facts,
                                          HookProcess::Ended ended) {
  const std::string& path = path_of(config_, hook);
  std::string refusal = obstacle(path);
  if (refusal.empty()) {
    std::error_code ignored;
    auto process = HookProcess::start(
        context_,
        {std::filesystem::absolute(path, ignored).string(), arguments_of(hook, facts, own_user_),
         environment_of(hook, facts, own_user_), config_.timeout},
        ended);
    if (process) return *process;
    refusal = process.error().message;
  }
  // Gone with it: nobody wants to know any more.
  auto attempt = std::make_shared<bool>(true);
  HookEnd end;
  end.refusal = std::move(refusal);
  asio::post(context_, [alive = std::weak_ptr(attempt), ended = std::move(ended), end] {
    if (!alive.expired()) ended(end);
  });
  return attempt;
}

}  // namespace upptpd::server
