#include "admin/client.hpp"

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <nlohmann/json.hpp>

#include "admin/json_field.hpp"

namespace upptpd::admin {

Result<nlohmann::json> ask(const std::string& socket_path, const nlohmann::json& request) {
  using asio::local::stream_protocol;
  asio::io_context context;
  stream_protocol::socket socket(context);
  asio::error_code error;
  socket.connect(stream_protocol::endpoint(socket_path), error);
  if (error) {
    return fail("no server answers at " + socket_path + " (" + error.message() +
                "): is upptpd running, and are you allowed to ask it?");
  }
  std::string text;
  // A name from the command line need not be UTF-8.
  const std::string line =
      request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  asio::write(socket, asio::buffer(line), error);
  if (!error) asio::read_until(socket, asio::dynamic_buffer(text), '\n', error);
  if (error) return fail("the server closed the connection: " + error.message());
  const auto answer = nlohmann::json::parse(text, nullptr, false);
  if (!answer.is_object()) return fail("the server's answer is not understood");
  if (answer.contains("error")) return fail(text_of(answer, "error"));
  return answer;
}

}  // namespace upptpd::admin
