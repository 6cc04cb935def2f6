#include "conditions.hpp"

#include <array>

#include "dice.hpp"

namespace upptpd::simulation {
namespace {

constexpr std::array<const char*, 10> kIncidents{"none",
                                                 "wrong password",
                                                 "client hangs up",
                                                 "server hangs up",
                                                 "client dies",
                                                 "server dies",
                                                 "TCP breaks",
                                                 "GRE blocked to the server",
                                                 "GRE blocked to the client",
                                                 "GRE pauses"};

Duration milliseconds(std::uint64_t count) { return std::chrono::milliseconds(count); }

std::string percent(unsigned millionths) {
  return std::to_string(millionths / 10'000) + "." + std::to_string(millionths / 1'000 % 10) + " %";
}

}  // namespace

Conditions conditions_of(std::uint64_t seed) {
  Dice dice(seed ^ 0x636f6e646974696f);
  Conditions made;
  made.latency = milliseconds(dice.between(1, 150));
  // A third of the networks is good, a third is as the internet has them, a third is bad.
  const auto quality = dice.between(0, 2);
  if (quality > 0) {
    const std::uint64_t worst = quality == 1 ? 30'000 : 300'000;
    made.loss = static_cast<unsigned>(dice.between(0, worst));
    made.jitter = milliseconds(dice.between(0, quality == 1 ? 5 : 200));
    if (dice.chance(200'000)) made.corruption = static_cast<unsigned>(dice.between(0, worst / 10));
    if (dice.chance(100'000)) made.mtu = dice.between(576, 1500);
  }
  if (dice.chance(500'000)) made.duplication = static_cast<unsigned>(dice.between(0, 300'000));
  made.packets = static_cast<unsigned>(dice.between(0, 60));
  if (dice.chance(600'000)) {
    made.incident = static_cast<Incident>(dice.between(1, kIncidents.size() - 1));
  }
  // While it is set up as well as when it has long been there.
  made.incident_at = dice.chance(500'000) ? milliseconds(dice.between(0, 2'000))
                                          : milliseconds(dice.between(2'000, 90'000));
  return made;
}

std::string to_string(const Conditions& conditions) {
  const auto in_milliseconds = [](Duration time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) +
           " ms";
  };
  return "latency " + in_milliseconds(conditions.latency) + ", jitter " +
         in_milliseconds(conditions.jitter) + ", loss " + percent(conditions.loss) +
         ", duplication " + percent(conditions.duplication) + ", corruption " +
         percent(conditions.corruption) + ", MTU " + std::to_string(conditions.mtu) +
         ", incident: " + kIncidents[static_cast<std::size_t>(conditions.incident)] + " at " +
         in_milliseconds(conditions.incident_at) + ", " + std::to_string(conditions.packets) +
         " packets each way";
}

}  // namespace upptpd::simulation
