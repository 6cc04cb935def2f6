// Random octets from the kernel.
#pragma once

#include "core/random_source.hpp"

namespace upptpd::net {

class SystemRandom : public RandomSource {
 public:
  void fill(MutableView out) override;
};

}  // namespace upptpd::net
