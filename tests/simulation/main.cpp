// Runs seeds of the simulation: simulation [--first SEED] [--seeds COUNT] [--pcap FILE]. Exit
// status 1 when something does not hold; then the line that replays it is printed, and a pcap
// written.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "pcap_file.hpp"
#include "world.hpp"

namespace upptpd::simulation {
namespace {

struct Options {
  std::uint64_t first = 1;
  std::uint64_t seeds = 300;
  std::string pcap;
  std::string program;
};

Options parse(int argc, char** argv) {
  Options options;
  options.program = argv[0];
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--first") options.first = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--seeds") options.seeds = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--pcap") options.pcap = argv[i + 1];
  }
  return options;
}

/// For a check() that aborts.
volatile std::sig_atomic_t current_seed = 0;
void tell_seed(int) {
  std::fprintf(stderr, "aborted in seed %ld; replay: simulation --seeds 1 --first %ld\n",
               static_cast<long>(current_seed), static_cast<long>(current_seed));
}

int run(const Options& options) {
  std::uint64_t connected = 0;
  std::uint64_t packets = 0;
  std::uint64_t failed = 0;
  for (std::uint64_t seed = options.first; seed < options.first + options.seeds; ++seed) {
    current_seed = static_cast<std::sig_atomic_t>(seed);
    World world(seed);
    const auto broken = world.run();
    connected += world.was_connected() ? 1 : 0;
    packets += world.packets_delivered();
    if (broken) ++failed;
    std::string pcap = options.pcap;
    if (broken && pcap.empty()) {
      // Beside the program: not in a work tree.
      const std::string folder = options.program.substr(0, options.program.rfind('/') + 1);
      pcap = folder + "simulation-" + std::to_string(seed) + ".pcap";
    }
    if (!pcap.empty() && !write_pcap(pcap, world.sent())) {
      std::fprintf(stderr, "cannot write %s\n", pcap.c_str());
    }
    if (!broken) continue;
    std::printf("FAIL seed %llu: %s\n     %s\n     replay: %s --seeds 1 --first %llu  (sent: %s)\n",
                static_cast<unsigned long long>(seed), broken->c_str(),
                to_string(world.conditions()).c_str(), options.program.c_str(),
                static_cast<unsigned long long>(seed), pcap.c_str());
  }
  std::printf("%llu seeds from %llu: %llu connected, %llu packets delivered\n",
              static_cast<unsigned long long>(options.seeds),
              static_cast<unsigned long long>(options.first),
              static_cast<unsigned long long>(connected), static_cast<unsigned long long>(packets));
  std::printf("%llu passed, %llu failed\n", static_cast<unsigned long long>(options.seeds - failed),
              static_cast<unsigned long long>(failed));
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace upptpd::simulation

int main(int argc, char** argv) {
  std::signal(SIGABRT, upptpd::simulation::tell_seed);
  return upptpd::simulation::run(upptpd::simulation::parse(argc, argv));
}
