#include "auth/secrets_file.hpp"

#include <algorithm>
#include <utility>

#include "auth/user_name.hpp"

namespace upptpd::auth {
namespace {

using Severity = Diagnostic::Severity;

constexpr std::string_view kWildcard = "*";

Result<UserSecret> from_file(SecretString word) {
  const std::string where = " in the file that @/... names";
  if (word.reveal().size() > SecretsFile::kMaxName) {
    return fail("the secret" + where + " is longer than 256 octets");
  }
  return UserSecret::from_word(std::move(word)).map_error([&](const Error& error) {
    return Error{where.substr(1) + ": " + error.message};
  });
}

}  // namespace

void SecretsFile::collect_fixed_addresses() {
  fixed_addresses_.clear();
  for (const SecretsEntry& entry : entries_) {
    if (const auto address = fixed_address(entry)) fixed_addresses_.insert(*address);
  }
}

void SecretsFile::sort_diagnostics() {
  std::stable_sort(diagnostics_.begin(), diagnostics_.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.line < b.line; });
}

void SecretsFile::resolve_paths(const ReadSecret& read) {
  std::vector<SecretsEntry> resolved;
  resolved.reserve(entries_.size());
  for (SecretsEntry& entry : entries_) {
    if (!entry.secret_path.empty()) {
      Result<UserSecret> secret = read(entry.secret_path).and_then(from_file);
      if (!secret) {
        diagnostics_.push_back(
            {Severity::error, entry.line, secret.error().message + "; the line is left out"});
        left_out_.push_back({std::move(entry.client), std::move(entry.server), entry.line});
        continue;
      }
      entry.secret = std::move(*secret);
      if (lacks_the_password(entry)) {
        diagnostics_.push_back({Severity::warning, entry.line, std::string(kLacksThePassword)});
      }
    }
    resolved.push_back(std::move(entry));
  }
  entries_ = std::move(resolved);
  paths_resolved_ = true;
  collect_fixed_addresses();
  sort_diagnostics();
}

SecretsFile::Match SecretsFile::best(Clients clients, std::string_view client,
                                     std::string_view server) const {
  Match best;
  const auto consider = [&](const auto& line, const SecretsEntry* entry) {
    // A peer that calls itself `*` is nobody's name.
    const bool any_client = line.client == kWildcard;
    const bool any_server = line.server == kWildcard;
    if (any_client ? clients == Clients::named
                   : clients == Clients::wildcard || line.client != client) {
      return;
    }
    if (!any_server && line.server != server) return;
    const int rank = (any_client ? 0 : 2) + (any_server ? 0 : 1);
    if (rank > best.rank || (rank == best.rank && line.line < best.line)) {
      best = {rank, line.line, entry};
    }
  };
  for (const SecretsEntry& entry : entries_) {
    const bool has_secret = entry.secret_path.empty() || paths_resolved_;
    consider(entry, has_secret ? &entry : nullptr);
  }
  for (const LeftOut& line : left_out_) consider(line, nullptr);
  return best;
}

const SecretsEntry* SecretsFile::find(std::string_view client, std::string_view server) const {
  return best(Clients::all, client, server).entry;
}

const SecretsEntry* SecretsFile::find_named(std::string_view client,
                                            std::string_view server) const {
  return best(Clients::named, client, server).entry;
}

const SecretsEntry* SecretsFile::find_wildcard(std::string_view server) const {
  return best(Clients::wildcard, {}, server).entry;
}

SecretsFile::Found SecretsFile::find_user(std::string_view name, std::string_view server,
                                          bool strip_domain) const {
  Match match = best(Clients::named, name, server);
  if (match.rank < 0 && strip_domain) match = best(Clients::named, without_domain(name), server);
  if (match.rank < 0) match = best(Clients::wildcard, {}, server);
  return {match.entry, match.rank >= 0 && match.entry == nullptr};
}

std::optional<std::string_view> SecretsFile::other_server(std::string_view client,
                                                          std::string_view server) const {
  if (client == kWildcard) return {};
  for (const SecretsEntry& entry : entries_) {
    if (entry.client == client && entry.server != server && entry.server != kWildcard) {
      return entry.server;
    }
  }
  return {};
}

bool lacks_the_password(const SecretsEntry& entry) {
  const auto& methods = entry.options.methods;
  return entry.secret.clear() == nullptr && !methods.empty() &&
         std::ranges::all_of(
             methods, [](ppp::AuthMethod method) { return method == ppp::AuthMethod::chap_md5; });
}

bool permits(const SecretsEntry& entry, Ipv4Address address) {
  return permits(entry.addresses, address);
}

std::optional<Ipv4Address> fixed_address(const SecretsEntry& entry) {
  for (const AddressRule& rule : entry.addresses) {
    // pppd would also take a denied address here, only to refuse it later.
    if (!rule.deny && rule.is_single_host() && permits(entry, rule.network.address)) {
      return rule.network.address;
    }
  }
  return {};
}

bool permits_any_address(const SecretsEntry& entry) {
  return std::any_of(entry.addresses.begin(), entry.addresses.end(),
                     [](const AddressRule& rule) { return !rule.deny; });
}

}  // namespace upptpd::auth
