// A value, or why there is none. For faults of the peer and of the system; our own bugs are
// check()'s.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace upptpd {

/// One sentence for a person: what went wrong, where, and what to do about it.
struct Error {
  std::string message;
};

template <class T, class E = Error>
using Result = tl::expected<T, E>;

inline tl::unexpected<Error> fail(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message)});
}

/// Failure with a reason of some other type.
template <class E>
tl::unexpected<E> fail_with(E reason) {
  return tl::unexpected<E>(std::move(reason));
}

}  // namespace upptpd
