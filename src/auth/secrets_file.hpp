// The users of a chap-secrets file, with pppd's syntax and meaning: client server secret [address
// ...] [-- word ...].
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/address_rule.hpp"
#include "auth/user_options.hpp"
#include "auth/user_secret.hpp"
#include "core/ip_address.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"

namespace upptpd::auth {

/// One line of the file.
struct SecretsEntry {
  /// `*` is any client, any server.
  std::string client;
  std::string server;
  UserSecret secret;
  /// "/path" where the line says `@/path`: the secret is the first word of that file.
  std::string secret_path;
  std::vector<AddressRule> addresses;
  /// What the words after `--` say.
  UserOptions options;
  unsigned line = 0;
};

/// What a person should know about the file. Never contains a word of it, since any word may turn
/// out to be (half) a secret: a quote too few or a column forgotten is enough.
struct Diagnostic {
  enum class Severity { warning, error };
  Severity severity = Severity::error;
  unsigned line = 0;
  std::string message;
};

class SecretsFile {
 public:
  /// Names and secrets above this many octets are refused (pppd's MAXNAMELEN and MAXSECRETLEN).
  static constexpr std::size_t kMaxName = 256;
  /// What a secret begins with that is the path of a file.
  static constexpr std::string_view kSecretFromFile = "@/";

  /// Never fails: a line that cannot be used is left out with an error. It still stands before the
  /// lines that it would have won against, so that a user whose line says something that we can't
  /// do yet does not get in by another.
  static SecretsFile parse(std::string_view text);

  using ReadSecret = std::function<Result<SecretString>(const std::string& path)>;
  /// Fetches the secrets of the `@/path` lines. Until then none of these lines is found; afterwards
  /// those whose secret could not be had are left out with an error that carries the message of
  /// `read`.
  void resolve_paths(const ReadSecret& read);

  /// As pppd looks: a named client counts 2, a named server 1, `*` nothing; the best line wins, of
  /// equals the first.
  [[nodiscard]] const SecretsEntry* find(std::string_view client, std::string_view server) const;
  /// The same, but a `*` client matches nobody.
  [[nodiscard]] const SecretsEntry* find_named(std::string_view client,
                                               std::string_view server) const;
  /// The best line whose client is `*`. Not for a client that has a line which was left out: see
  /// `find_user`.
  [[nodiscard]] const SecretsEntry* find_wildcard(std::string_view server) const;

  struct Found {
    /// Null where there is no line, and where the line was left out.
    const SecretsEntry* entry = nullptr;
    /// There is a line, but it is wrong, or its secret could not be had: our fault, not the peer's.
    bool left_out = false;
  };
  /// The line for a name that a peer sent: exactly as sent, then (with `strip_domain`) without
  /// DOMAIN\, and only then a `*` line.
  [[nodiscard]] Found find_user(std::string_view name, std::string_view server,
                                bool strip_domain) const;

  /// The server column of a line that names this client but neither this server nor `*`: why "no
  /// such user".
  [[nodiscard]] std::optional<std::string_view> other_server(std::string_view client,
                                                             std::string_view server) const;
  [[nodiscard]] bool has_client_for_other_server(std::string_view client,
                                                 std::string_view server) const {
    return other_server(client, server).has_value();
  }

  /// The lines that can be used, in their order. Those with a `secret_path` have no secret before
  /// `resolve_paths`.
  [[nodiscard]] std::span<const SecretsEntry> entries() const { return entries_; }
  /// The `fixed_address` of each entry that has one: nobody else's.
  [[nodiscard]] const std::set<Ipv4Address>& fixed_addresses() const { return fixed_addresses_; }
  /// By line.
  [[nodiscard]] std::span<const Diagnostic> diagnostics() const { return diagnostics_; }

 private:
  friend class SecretsParser;

  /// A line that can't be used, but counts when lines compete.
  struct LeftOut {
    std::string client;
    std::string server;
    unsigned line = 0;
  };
  enum class Clients { all, named, wildcard };
  struct Match {
    int rank = -1;
    unsigned line = 0;
    /// Null for a line that was left out.
    const SecretsEntry* entry = nullptr;
  };

  [[nodiscard]] Match best(Clients clients, std::string_view client, std::string_view server) const;
  void collect_fixed_addresses();
  void sort_diagnostics();

  std::vector<SecretsEntry> entries_;
  std::vector<LeftOut> left_out_;
  std::set<Ipv4Address> fixed_addresses_;
  std::vector<Diagnostic> diagnostics_;
  bool paths_resolved_ = false;
};

/// Whether every method that the line permits needs the password, of which it has the hash only.
bool lacks_the_password(const SecretsEntry& entry);
inline constexpr std::string_view kLacksThePassword =
    "nobody can log in with this line: CHAP-MD5, the only method in auth=, needs the password in "
    "clear, and $NT$ is a hash of it";

/// Whether this user may have that address. 127/8, multicast and class E are refused even to `*`.
bool permits(const SecretsEntry& entry, Ipv4Address address);

/// The first permitted single address of the column: what the user gets where the pool has none or
/// one that is not permitted.
std::optional<Ipv4Address> fixed_address(const SecretsEntry& entry);

/// False where nothing is permitted (no column, or `-`): nobody can log in with such a line.
bool permits_any_address(const SecretsEntry& entry);

}  // namespace upptpd::auth
