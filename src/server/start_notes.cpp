#include "server/start_notes.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "config/check.hpp"
#include "config/weaker_choices.hpp"
#include "server/worker.hpp"

namespace upptpd::server {

void warn_if_not_forwarding(observe::Log& log) {
  std::ifstream file("/proc/sys/net/ipv4/ip_forward");
  char value = '1';
  file >> value;
  if (value != '0') return;
  log.warn(observe::Line("ip_forward_off")
               .add("message",
                    "clients reach this host but nothing behind it, because the kernel does not "
                    "forward; to "
                    "change that: sysctl -w net.ipv4.ip_forward=1"));
}

void allow_descriptors(const config::Config& config, observe::Log& log) {
  constexpr rlim_t kOthers = 64;
  const rlim_t wanted = Worker::kConnectionsPerSession * config.server.max_sessions + kOthers;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted) {
    log.warn(observe::Line("few_descriptors")
                 .add("message",
                      "server.max_sessions calls may need more open files than the system allows")
                 .add("allowed", limit.rlim_cur)
                 .add("wanted", wanted));
  }
}

void log_weaker_choices(observe::Log& log, const config::Config& config,
                        const auth::SecretsFile& users) {
  for (const config::WeakerChoice& choice :
       config::weaker_choices(config, config::user_lines(users))) {
    observe::Line line("weaker_setting");
    if (choice.line != 0) line.add("secrets_line", choice.line);
    log.warn(line.add("setting", choice.setting)
                 .add("value", choice.value)
                 .add("message", choice.message));
  }
}

namespace {

std::string encryption_in_words(const ppp::EncryptionPolicy& policy) {
  switch (policy.requirement) {
    case ppp::EncryptionPolicy::Requirement::require:
      return ppp::policy_in_words(policy) + ", required";
    case ppp::EncryptionPolicy::Requirement::prefer:
      return ppp::policy_in_words(policy) + ", preferred";
    case ppp::EncryptionPolicy::Requirement::allow:
      return ppp::policy_in_words(policy) + ", allowed";
    case ppp::EncryptionPolicy::Requirement::off:
      break;
  }
  return "off";
}

}  // namespace

void log_start(observe::Log& log, const config::Config& config) {
  for (Ipv4Address address : config.server.listen) {
    log.info(observe::Line("listening")
                 .add("address", address.to_string())
                 .add("tcp_port", config.server.port)
                 .add("ip_protocol", "47 (GRE)"));
  }
  log.info(observe::Line("serving")
               .add("interface", config.network.interface)
               .add("local_ip", config.network.local_ip.to_string())
               .add("authentication", ppp::in_words(config.auth.methods, ", "))
               .add("encryption", encryption_in_words(config.encryption))
               .add("note", "PPTP is weak by design: see SECURITY.md"));
}

}  // namespace upptpd::server
