// replay DIR: plays the client's side of each capture in DIR/replay against our server's machines.
// The captures are third-party data that stay outside the project: where there are none, this says
// so and is content.
#include <algorithm>
#include <exception>
#include <iostream>

#include "replay.hpp"

namespace {

using namespace upptpd;
using replay::Outcome;
namespace fs = std::filesystem;

std::vector<fs::path> captures_in(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Outcome replay_file(const crypto::Library& library, const fs::path& file,
                    const std::vector<replay::Login>& logins) {
  try {
    const auto capture = replay::read_capture(file);
    if (!capture) return {Outcome::Kind::skip, "the file " + capture.error().message};
    return replay::replay(library, *capture, logins);
  } catch (const std::exception& error) {
    return {Outcome::Kind::fail, std::string("this program stumbled: ") + error.what()};
  }
}

std::string_view word(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::ok:
      return "ok   ";
    case Outcome::Kind::fail:
      return "FAIL ";
    case Outcome::Kind::skip:
      return "skip ";
  }
  return "?";
}

int replay_all(const crypto::Library& library, const fs::path& directory) {
  const replay::Credentials credentials = replay::read_credentials(directory / "credentials.tsv");
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;
  for (const fs::path& file : captures_in(directory / "replay")) {
    const std::string name = file.stem().string();
    std::vector<replay::Login> logins;
    const auto [first, last] = credentials.equal_range(name);
    for (auto it = first; it != last; ++it) logins.push_back(it->second);
    const Outcome outcome = replay_file(library, file, logins);
    std::cout << word(outcome.kind) << name << "  " << outcome.words << '\n' << std::flush;
    passed += outcome.kind == Outcome::Kind::ok ? 1 : 0;
    failed += outcome.kind == Outcome::Kind::fail ? 1 : 0;
    skipped += outcome.kind == Outcome::Kind::skip ? 1 : 0;
  }
  if (passed + failed + skipped == 0) {
    std::cout << "no captures in " << (directory / "replay").string() << '\n';
  }
  std::cout << passed << " passed, " << failed << " failed, " << skipped << " skipped\n";
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: replay DIR, with DIR/replay/*.jsonl and DIR/credentials.tsv\n";
    return 2;
  }
  const fs::path directory = argv[1];
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    std::cout << "SKIPPED: there is no folder of captures at " << directory.string() << '\n';
    std::cout << "0 passed, 0 failed, 0 skipped\n";
    return 0;
  }
  const auto library = crypto::Library::load();
  if (!library) {
    std::cerr << library.error().message << '\n';
    return 1;
  }
  return replay_all(*library, directory);
}
