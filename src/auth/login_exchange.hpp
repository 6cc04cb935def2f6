// One side of a login on a PPP link, as the authentication protocols have it in common. RFC 1334,
// RFC 1994.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "auth/login.hpp"
#include "core/drop_reason.hpp"
#include "core/queue.hpp"
#include "core/time.hpp"
#include "ppp/protocol.hpp"

namespace upptpd::auth {

class LoginExchange {
 public:
  struct Send {
    Bytes packet;
  };
  /// Only from who asks for the login. Answer with `answer`.
  struct Verify {
    LoginRequest request;
  };
  /// Again for each time that the client has shown its password again.
  struct Succeeded {
    std::string user;
    KeyMaterial keys;
    ppp::EncryptionPolicy encryption{};
  };
  struct Failed {
    std::string name;  // as sent
    LoginFailure failure;
    /// As the client shows it to its user: RFC 2759 section 6, and RAS error numbers.
    unsigned code;
    /// What a server said in its own words, unchecked.
    std::string text{};
    /// Whether the client may try again, or choose another password: then this is not the end.
    bool may_try_again = false;
  };
  /// The other side says nothing (any more).
  struct NoAnswer {};
  /// A packet was of no use.
  struct Dropped {
    DropReason reason;
  };
  using Output = std::variant<Send, Verify, Succeeded, Failed, NoAnswer, Dropped>;

  LoginExchange() = default;
  LoginExchange(const LoginExchange&) = delete;
  LoginExchange& operator=(const LoginExchange&) = delete;
  virtual ~LoginExchange() = default;

  /// What its packets travel under.
  [[nodiscard]] virtual ppp::Protocol protocol() const { return ppp::Protocol::chap; }
  /// A packet of the login's protocol. After the login too: the other side may not have heard how
  /// it ended.
  virtual void receive(View packet, Instant now) = 0;
  /// Who asks nobody has no answer to expect.
  virtual void answer(const LoginVerdict& /*verdict*/, Instant /*now*/) {}
  virtual void advance(Instant now) = 0;
  [[nodiscard]] virtual Deadline deadline() const = 0;
  std::optional<Output> next_output() { return outputs_.pop(); }

 protected:
  void drop(DropReason reason) { outputs_.push(Dropped{reason}); }

  OutputQueue<Output> outputs_;
};

}  // namespace upptpd::auth
