#include "server/server.hpp"

#include <sys/resource.h>

#include <asio/signal_set.hpp>
#include <csignal>
#include <fstream>
#include <utility>

#include "admin/admin_socket.hpp"
#include "config/check.hpp"
#include "config/weaker_choices.hpp"
#include "server/service_manager.hpp"
#include "server/worker.hpp"

namespace upptpd::server {
namespace {

/// What comes in a burst, such as all clients after an outage.
constexpr int kListenBacklog = 1024;

Result<asio::ip::tcp::acceptor> listen(asio::io_context& context, Ipv4Address address,
                                       std::uint16_t port) {
  const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4(address.value()), port);
  const std::string place = address.to_string() + ":" + std::to_string(port);
  asio::ip::tcp::acceptor acceptor(context);
  asio::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(kListenBacklog, error);
  if (error == asio::error::address_in_use) {
    return fail("cannot listen on TCP " + place +
                ": the port is in use; stop the other PPTP server, or set server.port");
  }
  if (error) return fail("cannot listen on TCP " + place + ": " + error.message());
  return acceptor;
}

Result<Resources> open_resources(asio::io_context& context, const config::Config& config,
                                 observe::Log& log) {
  auto secrets = SecretsStore::open(config.auth.secrets);
  if (!secrets) return tl::unexpected(secrets.error());
  report_notices(*secrets, log);
  std::vector<asio::ip::tcp::acceptor> acceptors;
  for (Ipv4Address address : config.server.listen) {
    auto acceptor = listen(context, address, config.server.port);
    if (!acceptor) return tl::unexpected(acceptor.error());
    acceptors.push_back(std::move(*acceptor));
  }
  auto gre = net::GreSocket::open();
  if (!gre) return tl::unexpected(gre.error());
  auto netlink = tun::Netlink::open();
  if (!netlink) return tl::unexpected(netlink.error());
  auto arp = ProxyArp::open_sources();
  if (!arp) return tl::unexpected(arp.error());
  const auto fits = check_addresses(config.network, arp->interfaces.interfaces());
  if (!fits) return tl::unexpected(fits.error());
  auto tun = tun::TunDevice::create(config.network.interface,
                                    tun::PacketIo::offload(config.server.simple_path));
  if (!tun) return tl::unexpected(tun.error());
  const auto configured =
      netlink->configure(config.network.interface, config.network.local_ip,
                         config.network.mtu - unsigned{session::kEncryptionOverhead});
  if (!configured) return tl::unexpected(configured.error());
  return Resources{std::move(acceptors), std::move(*gre), std::move(*tun),
                   std::move(*netlink),  std::move(*arp), std::move(*secrets)};
}

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

/// A descriptor for each control connection that may come.
void allow_descriptors(const config::Config& config, observe::Log& log) {
  constexpr rlim_t kOthers = 64;
  constexpr rlim_t kOfAHook = 3;
  const rlim_t wanted = Worker::kConnectionsPerSession * config.server.max_sessions +
                        kOfAHook * config.hooks.parallel + kOthers;
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

}  // namespace

Result<void> serve(const config::Config& config, observe::Log& log) {
  auto library = crypto::Library::load();
  if (!library) return tl::unexpected(library.error());
  asio::io_context context(1);
  auto resources = open_resources(context, config, log);
  if (!resources) return tl::unexpected(resources.error());
  const auto users = resources->secrets.current();
  Worker worker(context, config, *library, log, std::move(*resources));
  auto admin_socket = admin::AdminSocket::open(
      context, config.admin.socket,
      [actions = AdminActions{[&worker] { return worker.sessions(); },
                              [&worker](const Kick& kick) { return worker.kick(kick); },
                              [&worker] { return worker.stats(); }}](const std::string& request) {
        return answer_admin_request(request, actions);
      });
  if (!admin_socket) return tl::unexpected(admin_socket.error());

  ServiceManager service_manager(context);
  // A log that nobody reads any more must not cut the calls.
  std::signal(SIGPIPE, SIG_IGN);
  asio::signal_set signals(context, SIGINT, SIGTERM, SIGHUP);
  std::function<void(const asio::error_code&, int)> on_signal = [&](const asio::error_code& error,
                                                                    int) {
    if (error) return;
    log.info(observe::Line("stopping").add("sessions", worker.sessions().size()));
    service_manager.stopping();
    signals.async_wait(on_signal);  // a second one does not wait for the clients
    worker.drain();
  };
  signals.async_wait(on_signal);
  allow_descriptors(config, log);
  warn_if_not_forwarding(log);
  log_weaker_choices(log, config, *users);
  for (const config::Problem& problem : config::find_user_problems(config, *users)) {
    log.warn(
        observe::Line("secrets_file").add("line", problem.line).add("message", problem.message));
  }
  for (const std::string& hook : unusable_hooks(config.hooks)) {
    log.warn(observe::Line("hook_unusable").add("message", hook));
  }
  log_start(log, config);
  worker.start();
  service_manager.ready();
  context.run();
  observe::Line stopped("stopped");
  observe::add_drops(stopped, worker.drops());
  log.info(stopped);
  if (!worker.failure().empty()) return fail(worker.failure());
  return {};
}

}  // namespace upptpd::server
