#include "server/services.hpp"

namespace upptpd::server {

void report_notices(SecretsStore& secrets, observe::Log& log) {
  for (const SecretsStore::Notice& notice : secrets.take_notices()) {
    observe::Line line("secrets_file");
    line.add("message", notice.message);
    notice.severity == auth::Diagnostic::Severity::error ? log.error(line) : log.warn(line);
  }
}

}  // namespace upptpd::server
