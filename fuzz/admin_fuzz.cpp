// The admin socket's both ends: any octets to a server that listens on a real one, and any answer
// to what upptpctl makes tables of.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/connect.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "admin/admin_socket.hpp"
#include "admin/json_field.hpp"
#include "admin/stats_text.hpp"
#include "admin/terminal_text.hpp"
#include "core/check.hpp"
#include "server/admin_commands.hpp"

namespace {

using namespace upptpd;
using nlohmann::json;

constexpr std::size_t kScreen = 80;

/// Sessions of users that have lines of the request for names.
std::vector<admin::SessionRow> rows(const std::string& names) {
  std::vector<admin::SessionRow> made;
  std::istringstream lines(names.substr(0, 512));
  for (std::string name; made.size() < 8 && std::getline(lines, name);) {
    admin::SessionRow row;
    row.user = name;
    row.client = name;
    row.client_ip = "10.0.0.1";
    row.bytes_in = name.size() << 40;
    made.push_back(row);
  }
  return made;
}

/// What shows a terminal no more than it should: lines of printable characters.
void check_text(const std::string& text, std::size_t width) {
  check(text.ends_with('\n'));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    check(admin::displayed_width(line) <= width);
    for (const char octet : line) {
      const auto value = static_cast<unsigned char>(octet);
      check(value >= 0x20 && value != 0x7f);
    }
  }
}

void show(const json& answer) {
  check_text(admin::to_table(answer), kScreen);
  check_text(admin::stats_text(answer), kScreen + 20);
}

void check_answer(const std::string& answer) {
  check(answer.find('\n') == std::string::npos);
  const json parsed = json::parse(answer, nullptr, false);
  check(parsed.is_object() && parsed.size() == 1);
  for (const json& value : parsed) show(value);
}

std::string answer(const std::string& request) {
  const server::AdminActions actions = {
      [&] { return rows(request); },
      [&](const server::Kick& kick) {
        check(kick.reason.size() <= server::kLongestKickReason);
        for (const char octet : kick.reason) {
          check(static_cast<unsigned char>(octet) >= 0x20 && octet != 0x7f);
        }
        const auto* address = std::get_if<Ipv4Address>(&kick.target);
        check(address != nullptr ? address->is_host()
                                 : !std::get<std::string>(kick.target).empty());
        return rows(kick.reason);
      },
      [] { return server::Stats{}; },
      [&](bool dry_run) -> server::ReloadResult {
        if (dry_run) return fail_with(server::ConfigErrors{request});
        return server::Reload{{}, {request}};
      }};
  std::string made = server::answer_admin_request(request, actions);
  check_answer(made);
  return made;
}

/// A server that listens as long as the process lives, and clients of it one after the other.
class Server {
 public:
  Server() {
    auto opened = admin::AdminSocket::open(context_, path_, answer);
    check(opened.has_value());
    socket_ = std::move(*opened);
  }

  /// All that it answers to these octets, sent in pieces.
  std::string ask(const std::string& octets, std::size_t piece) {
    Client client(context_);
    client.connect(asio::local::stream_protocol::endpoint(path_));
    std::string answers;
    bool done = false;
    asio::async_read(client, asio::dynamic_buffer(answers),
                     [&](const asio::error_code&, std::size_t) { done = true; });
    for (std::size_t at = 0; at < octets.size(); at += piece) {
      // It may have closed: then the rest is not heard.
      asio::error_code closed;
      asio::write(client, asio::buffer(octets.substr(at, piece)), closed);
      context_.poll();
    }
    asio::error_code closed;
    client.shutdown(asio::socket_base::shutdown_send, closed);
    while (!done) context_.run_one();
    return answers;
  }

 private:
  using Client = asio::local::stream_protocol::socket;

  std::string path_ = std::filesystem::temp_directory_path() /
                      ("upptpd-fuzz-" + std::to_string(::getpid()) + "/admin.sock");
  asio::io_context context_;
  std::unique_ptr<admin::AdminSocket> socket_;
};

/// A line for each line, until one is too long.
std::size_t expected_answers(const std::string& octets) {
  std::size_t lines = 0;
  for (std::size_t at = 0; at < octets.size(); ++lines) {
    const std::size_t end = octets.find('\n', at);
    const std::size_t size = std::min(end, octets.size() - 1) + 1 - at;
    const bool whole = end != std::string::npos && size <= admin::AdminSocket::kLongestRequest;
    if (!whole) return lines + (size >= admin::AdminSocket::kLongestRequest ? 1 : 0);
    at = end + 1;
  }
  return lines;
}

}  // namespace

/// The first octet says how much the server reads at a time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string octets(data + 1, data + size);
  check_answer(answer(octets));
  const json any = json::parse(octets, nullptr, false);
  if (!any.is_discarded()) show(any);
  static Server server;
  const std::string answers = server.ask(octets, std::size_t{1} << data[0] % 13);
  check(answers.empty() || answers.ends_with('\n'));
  const auto lines = static_cast<std::size_t>(std::ranges::count(answers, '\n'));
  check(lines == expected_answers(octets));
  return 0;
}
