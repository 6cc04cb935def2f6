#include "server/reload.hpp"

#include <utility>

#include "config/check.hpp"
#include "core/human.hpp"
#include "server/start_notes.hpp"

namespace upptpd::server {
namespace {

ReloadResult read_again(Worker& worker, Monitor& monitor, const std::string& path, bool dry_run) {
  auto read = monitor.read_configuration();
  if (!read) return fail_with(read.error());
  auto checked = check_config(read->text, path);
  if (!checked) return fail_with(checked.error());
  Reload done{config::adapt(checked->config, worker.config()), std::move(checked->warnings)};
  if (const auto fits = worker.fits(checked->config); !fits) {
    return fail_with(ConfigErrors{path + ": " + fits.error().message});
  }
  auto secrets = SecretsStore::open(checked->config.auth.secrets, monitor.user(), monitor);
  if (!secrets) return fail_with(ConfigErrors{secrets.error().message});
  for (const auto& notice : secrets->take_notices()) done.warnings.push_back(notice.message);
  for (const auto& problem : config::find_user_problems(checked->config, secrets->loaded())) {
    done.warnings.push_back(problem.to_string());
  }
  for (const std::string& hook : read->unusable_hooks) {
    done.warnings.push_back(path + ": warning: " + hook);
  }
  if (dry_run) return done;
  if (const auto adopted = monitor.adopt(); !adopted) {
    return fail_with(ConfigErrors{adopted.error().message});
  }
  worker.reconfigure(std::move(checked->config), std::move(*secrets));
  return done;
}

}  // namespace

ReloadResult reload(Worker& worker, Monitor& monitor, const std::string& path, bool dry_run,
                    observe::Log& log) {
  const auto done = read_again(worker, monitor, path, dry_run);
  if (dry_run) return done;
  if (!done) {
    for (const std::string& problem : done.error()) {
      log.error(observe::Line("reload_failed")
                    .add("problem", problem)
                    .add("message", "nothing has changed"));
    }
    return done;
  }
  for (const std::string& warning : done->warnings) {
    log.warn(observe::Line("reload_warning").add("message", warning));
  }
  log.info(observe::Line("reloaded")
               .add("changed", in_words(done->changes.taken))
               .add("needs_restart", in_words(done->changes.need_restart)));
  allow_descriptors(worker.config(), log);
  if (!done->changes.taken.empty()) log_weaker_choices(log, worker.config(), worker.users());
  return done;
}

}  // namespace upptpd::server
