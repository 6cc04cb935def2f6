// Runs a fuzz target once over each file of a corpus, without libFuzzer: what was found once is
// tried by every test run.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1], error)) {
    files.push_back(entry.path());
  }
  if (files.empty()) {
    std::fprintf(stderr, "%s: there is no corpus\n", argv[1]);
    return 1;
  }
  std::ranges::sort(files);
  LLVMFuzzerTestOneInput(nullptr, 0);  // as libFuzzer does first
  for (const auto& file : files) {
    // The last one named is the one that failed.
    std::fprintf(stderr, "%s\n", file.c_str());
    // No larger than the file, so that the sanitizer sees who reads beyond its end.
    std::vector<char> contents(std::filesystem::file_size(file));
    std::ifstream(file, std::ios::binary)
        .read(contents.data(), static_cast<std::streamsize>(contents.size()));
    const std::vector<std::uint8_t> octets(contents.begin(), contents.end());
    LLVMFuzzerTestOneInput(octets.data(), octets.size());
  }
  return 0;
}
