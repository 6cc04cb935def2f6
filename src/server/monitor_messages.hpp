// What the server and its monitor say to each other.
#pragma once

#include <nlohmann/json.hpp>

#include "auth/secrets_editor.hpp"
#include "server/hook_programs.hpp"
#include "server/secret_file.hpp"

namespace upptpd::server {

/// The server's questions; each has one answer. On a channel of their own, and in turn.
enum class Question : std::uint8_t {
  open,                // "path" -> a descriptor, or "errno"
  look_at,             // "path" -> "stamp"
  read_configuration,  // -> "unusable_hooks" and a descriptor, or "error"
  adopt,               // the configuration that was read last -> {}, or "error"
  store_password,      // "name", "server", "password", "hash" -> {}, or "error"
  remove_admin_socket  // "with_folder" -> {}
};

/// On the hooks' channel, the server says which are to "start" (an "id" of its own choice, "hook",
/// "facts") and to be "killed" ("id"); the monitor, how they have "ended" ("id", "end").
enum class HookWord : std::uint8_t { start, kill, ended };

// From what is no such thing these throw nlohmann::json::exception.

nlohmann::json to_message(const FileStamp& stamp);
FileStamp stamp_from(const nlohmann::json& message);
/// Without the interface and our own address, which the monitor knows.
nlohmann::json to_message(const HookFacts& facts);
HookFacts facts_from(const nlohmann::json& message);
nlohmann::json to_message(const HookEnd& end);
HookEnd end_from(const nlohmann::json& message);

}  // namespace upptpd::server
