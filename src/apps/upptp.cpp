// The client's command line.
#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "apps/password_prompt.hpp"
#include "client/dialer.hpp"
#include "core/interface_name.hpp"

namespace upptpd {
namespace {

struct DialCommand {
  client::DialOptions options;
  std::string user;
  std::string domain;
  std::string password_file;
  std::vector<std::string> routes;
  unsigned strength = 128;
  bool json = false;
};

void add_options(CLI::App& dial, DialCommand& command) {
  dial.add_option("HOST", command.options.host, "The server: a name or an IPv4 address")
      ->required();
  dial.add_option("--user", command.user, "The user name")->required();
  dial.add_option("--password-file", command.password_file,
                  "A file whose first line is the password; without it the terminal is asked, or "
                  "standard input is read");
  dial.add_option("--domain", command.domain, "The Windows domain, sent as DOMAIN\\user");
  dial.add_option("--interface", command.options.interface, "Name of the interface to make")
      ->capture_default_str();
  dial.add_option("--route", command.routes,
                  "A network behind the server, such as 192.168.1.0/24; may be repeated")
      ->allow_extra_args(false);
  dial.add_option("--strength", command.strength,
                  "The encryption that is required, in bits; the server gets no other offer")
      ->check(CLI::IsMember({40, 56, 128}))
      ->capture_default_str();
  dial.add_option("--port", command.options.port, "The server's TCP port")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  // For benchmarks: not in the help.
  dial.add_flag("--simple-path", command.options.simple_path)->group("");
  dial.add_flag("--json", command.json, "Tell what happens as JSON objects, one a line");
}

Result<void> complete(DialCommand& command) {
  const bool in_file = !command.password_file.empty() && command.password_file != "-";
  auto password = in_file ? apps::password_in_file(command.password_file)
                          : apps::ask_password(command.user, apps::Password::known);
  if (!password) return tl::unexpected(password.error());
  command.options.credentials.password = std::move(*password);
  command.options.credentials.user =
      command.domain.empty() ? command.user : command.domain + "\\" + command.user;
  if (!is_interface_name(command.options.interface)) {
    return fail("--interface: an interface's name has 1 to 15 octets, no '/', ':', '%' or blank");
  }
  for (const std::string& text : command.routes) {
    const auto network = Ipv4Network::parse(text);
    const bool whole = network && (network->address.value() & ~network->mask()) == 0;
    if (!whole) return fail("--route: " + text + " is no IPv4 network, such as 192.168.1.0/24");
    command.options.routes.push_back(*network);
  }
  command.options.strength = command.strength == 40   ? ppp::MppeBits::k40
                             : command.strength == 56 ? ppp::MppeBits::k56
                                                      : ppp::MppeBits::k128;
  return {};
}

int failed(const Error& error) {
  std::cerr << "upptp: " << error.message << "\n";
  return 1;
}

int dial(DialCommand& command) {
  const auto completed = complete(command);
  if (!completed) return failed(completed.error());
  const auto library = crypto::Library::load();
  if (!library) return failed(library.error());
  client::Account account(
      std::cout, command.json ? client::Account::Format::json : client::Account::Format::text,
      ppp::mode_in_words(command.options.strength | ppp::MppeBits::kStateless));
  // A reader of our account that goes must not cut the call.
  std::signal(SIGPIPE, SIG_IGN);
  auto dialer = client::Dialer::open(command.options, *library, account);
  if (!dialer) return failed(dialer.error());
  return (*dialer)->run() ? 0 : 1;
}

}  // namespace
}  // namespace upptpd

int main(int argc, char** argv) try {
  CLI::App app("upptp, a PPTP client that needs nothing but a stock Linux kernel");
  app.set_version_flag("--version", "upptp " UPPTPD_VERSION);
  app.require_subcommand(1);
  upptpd::DialCommand command;
  auto* dial =
      app.add_subcommand("dial", "Connect, in the foreground; Ctrl-C hangs up. Needs root");
  upptpd::add_options(*dial, command);
  CLI11_PARSE(app, argc, argv);
  return upptpd::dial(command);
} catch (const std::exception& failure) {
  std::cerr << "upptp: " << failure.what() << "\n";
  return 1;
}
