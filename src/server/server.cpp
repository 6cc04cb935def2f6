#include "server/server.hpp"

#include <asio/signal_set.hpp>
#include <csignal>
#include <utility>

#include "admin/admin_socket.hpp"
#include "config/check.hpp"
#include "server/monitor.hpp"
#include "server/privileges.hpp"
#include "server/reload.hpp"
#include "server/service_manager.hpp"
#include "server/standard_error.hpp"
#include "server/start_notes.hpp"
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
                                 Monitor& monitor, observe::Log& log) {
  auto secrets = SecretsStore::open(config.auth.secrets, monitor.user(), monitor);
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
  return Resources{std::move(acceptors),
                   std::move(*gre),
                   std::move(*tun),
                   std::move(*netlink),
                   std::move(*arp),
                   std::move(*secrets),
                   [&monitor](Hook hook, const HookFacts& facts, HookProcess::Ended ended) {
                     return monitor.start_hook(hook, facts, std::move(ended));
                   },
                   [&monitor](const auth::WhichLines& which, const auth::NewPassword& password) {
                     return monitor.store_password(which, password);
                   }};
}

}  // namespace

Result<void> serve(const config::Config& config, const std::string& config_path,
                   observe::Log& log) {
  auto forked = Monitor::start(config, config_path);
  if (!forked) return tl::unexpected(forked.error());
  auto library = crypto::Library::load();
  if (!library) return tl::unexpected(library.error());
  asio::io_context context(1);
  // Goes before the event loop that it is part of.
  const std::unique_ptr<Monitor> monitor = std::move(*forked);
  auto resources = open_resources(context, config, *monitor, log);
  if (!resources) return tl::unexpected(resources.error());
  const auto users = resources->secrets.current();
  Worker worker(context, config, *library, log, std::move(*resources));
  auto admin_socket = admin::AdminSocket::open(
      context, config.admin.socket,
      [actions = AdminActions{
           [&worker] { return worker.sessions(); },
           [&worker](const Kick& kick) { return worker.kick(kick); },
           [&worker] { return worker.stats(); },
           [&](bool dry_run) { return reload(worker, *monitor, config_path, dry_run, log); }}](
          const std::string& request) { return answer_admin_request(request, actions); });
  if (!admin_socket) return tl::unexpected(admin_socket.error());

  ServiceManager service_manager(context);
  // Not of the monitor: its hooks would inherit that.
  never_wait_for_readers_of_standard_error();
  asio::signal_set hang_up(context, SIGHUP);
  std::function<void(const asio::error_code&, int)> on_hang_up = [&](const asio::error_code& error,
                                                                     int) {
    if (error) return;
    static_cast<void>(reload(worker, *monitor, config_path, false, log));  // the log tells all
    hang_up.async_wait(on_hang_up);
  };
  hang_up.async_wait(on_hang_up);
  asio::signal_set signals(context, SIGINT, SIGTERM);
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
  monitor->watch(context, [&] {
    log.error(observe::Line("monitor_gone"));
    worker.give_up("the monitor, which opens files and runs hooks, has ended");
  });
  // From here on nothing is opened any more.
  const auto given_up = give_up_privileges(config.server.user, log).and_then(restrict_system_calls);
  if (!given_up) return given_up;
  worker.start();
  service_manager.ready();
  context.run();
  monitor->remove_admin_socket((*admin_socket)->leave_removal());
  observe::Line stopped("stopped");
  observe::add_drops(stopped, worker.drops());
  log.info(stopped);
  if (!worker.failure().empty()) return fail(worker.failure());
  return {};
}

}  // namespace upptpd::server
