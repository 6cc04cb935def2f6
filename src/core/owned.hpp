// What a C library allocated, freed with the library's own function.
#pragma once

#include <memory>

namespace upptpd {

template <auto Function>
struct FreeWith {
  template <class T>
  void operator()(T* pointer) const {
    Function(pointer);
  }
};

template <class T, auto Function>
using Owned = std::unique_ptr<T, FreeWith<Function>>;

}  // namespace upptpd
