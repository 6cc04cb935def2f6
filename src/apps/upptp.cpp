// The client's command line.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "client/dialer.hpp"

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
  dial.add_option("host", command.options.host, "The server: a name or an IPv4 address")
      ->required();
  dial.add_option("--user", command.user, "The user name")->required();
  dial.add_option("--password-file", command.password_file,
                  "A file whose first line is the password; - is standard input");
  dial.add_option("--domain", command.domain, "The Windows domain, sent as DOMAIN\\user");
  dial.add_option("--interface", command.options.interface, "Name of the interface to make")
      ->capture_default_str();
  dial.add_option("--route", command.routes,
                  "A network behind the server, such as 192.168.1.0/24; may be repeated");
  dial.add_option("--strength", command.strength,
                  "The encryption that is required, in bits; the server gets no other offer")
      ->check(CLI::IsMember({40, 56, 128}))
      ->capture_default_str();
  dial.add_option("--port", command.options.port, "The server's TCP port")->capture_default_str();
  dial.add_flag("--json", command.json, "Tell what happens as JSON objects, one a line");
}

Result<SecretString> first_line(std::istream& in, const std::string& name) {
  std::string line;
  if (!std::getline(in, line)) return fail("cannot read a password from " + name);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  SecretString password(line);
  wipe({reinterpret_cast<std::uint8_t*>(line.data()), line.size()});  // NOLINT
  return password;
}

Result<SecretString> read_password(const std::string& file) {
  if (file == "-") return first_line(std::cin, "standard input");
  if (!file.empty()) {
    std::ifstream in(file);
    return first_line(in, file);
  }
  if (::isatty(STDIN_FILENO) == 0) return first_line(std::cin, "standard input");
  const char* typed = ::getpass("Password: ");
  if (typed == nullptr) return fail("cannot read a password from the terminal");
  return SecretString(typed);
}

Result<void> complete(DialCommand& command) {
  auto password = read_password(command.password_file);
  if (!password) return tl::unexpected(password.error());
  command.options.credentials.password = std::move(*password);
  command.options.credentials.user =
      command.domain.empty() ? command.user : command.domain + "\\" + command.user;
  for (const std::string& text : command.routes) {
    const auto network = Ipv4Network::parse(text);
    if (!network) return fail(text + " is no IPv4 network, such as 192.168.1.0/24");
    command.options.routes.push_back(*network);
  }
  command.options.strength = command.strength == 40   ? mppe::Strength::bits40
                             : command.strength == 56 ? mppe::Strength::bits56
                                                      : mppe::Strength::bits128;
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
      client::encryption_in_words(command.options.strength));
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
  auto* dial = app.add_subcommand("dial", "Connect, in the foreground; Ctrl-C hangs up");
  upptpd::add_options(*dial, command);
  CLI11_PARSE(app, argc, argv);
  return upptpd::dial(command);
} catch (const std::exception& failure) {
  std::cerr << "upptp: " << failure.what() << "\n";
  return 1;
}
