// One strictness at a time, on a Windows that is known from a capture.
#include <algorithm>
#include <functional>
#include <string_view>

#include "core/check.hpp"
#include "profile.hpp"

namespace upptpd::profiles {
namespace {

using Change = std::function<void(Profile&)>;

Profile from(const char* name, std::string_view base, const char* evidence, const Change& change) {
  const auto profiles = windows_profiles();
  const auto found =
      std::ranges::find_if(profiles, [&](const Profile& row) { return base == row.name; });
  check(found != profiles.end());
  Profile profile = *found;
  profile.name = name;
  profile.evidence = evidence;
  change(profile);
  return profile;
}

}  // namespace

std::vector<Profile> strict_profiles() {
  return {
      // [a comment in pppd] Windows 98 takes text behind the digits for an encryption error.
      from("wants a bare Success", "Windows 10", "documents",
           [](Profile& p) { p.login.wants_bare_success = true; }),
      // [captures 2, 3, 5] A slow machine: every frame before its own first request is lost.
      from("drops early frames", "Windows 10", "captures 2, 3, 5",
           [](Profile& p) { p.link.engine_start = std::chrono::milliseconds(250); }),
      // The same without the Set-Link-Info that Windows sends at that moment: a NAT between them
      // may swallow it. Built from documents; no real client was seen.
      from("drops early frames, no Set-Link-Info", "Windows 10", "documents",
           [](Profile& p) {
             p.link.engine_start = std::chrono::milliseconds(250);
             p.control.sends_link_info = false;
           }),
      // Built from RFC 2759 section 6; no real client was seen.
      from("tries another password", "Windows 7", "documents",
           [](Profile& p) {
             p.login.passwords = {"forgotten", "mistyped", kPassword};
           }),
      // Built from RFC 2759 section 7; no real client was seen.
      from("chooses another password", "Windows XP", "documents",
           [](Profile& p) {
             p.login.name = "expired";
             p.login.new_password = "fresh-one";
           }),
      // Built from documents (sleep, a NAT that forgot); no real client was seen.
      from("falls silent", "Windows 10", "documents", [](Profile& p) { p.end = End::silence; }),
      from("resets TCP", "Windows 10", "documents", [](Profile& p) { p.end = End::reset; }),
      // [documents, a comment in pppd] Name forms: a blank domain box, a leading backslash, a
      // domain, a realm.
      from("name \" \\bob\"", "Windows 2000", "documents",
           [](Profile& p) { p.login.name = " \\bob"; }),
      from("name \"\\bob\"", "Windows 2000", "documents",
           [](Profile& p) { p.login.name = "\\bob"; }),
      from("name \"DOM\\bob\"", "Windows 10", "documents",
           [](Profile& p) { p.login.name = "DOM\\bob"; }),
      from("name \"carol@example.org\"", "Windows 10", "documents",
           [](Profile& p) { p.login.name = "carol@example.org"; }),
  };
}

std::vector<Profile> all_profiles() {
  std::vector<Profile> all = windows_profiles();
  for (auto* more : {other_profiles, strict_profiles}) {
    for (Profile& profile : more()) all.push_back(std::move(profile));
  }
  return all;
}

Profile profile_named(std::string_view name) {
  const auto all = all_profiles();
  const auto found =
      std::ranges::find_if(all, [&](const Profile& row) { return name == row.name; });
  check(found != all.end());
  return *found;
}

}  // namespace upptpd::profiles
