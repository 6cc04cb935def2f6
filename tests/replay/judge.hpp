// What came of a replayed call, held against what the recording leads to expect.
#pragma once

#include "outcome.hpp"
#include "recorded_data.hpp"
#include "virtual_network.hpp"

namespace upptpd::replay {

/// What the login of the call leaves for the data, where they are encrypted.
std::optional<DataKeys> find_keys(const Expectation& expectation, const ReplayedCall& call);

/// Each check says in words what is wrong, or adds to what held.
class Judge {
 public:
  /// Everything outlives this.
  Judge(const crypto::Library& library, const Recording& recording, const Expectation& expectation,
        const ReplayedCall& call)
      : library_(library), recording_(recording), expectation_(expectation), call_(call) {}

  Outcome judge();

 private:
  using Check = std::string (Judge::*)();

  std::string check_no_common_method();
  std::string check_refused_login();
  std::string check_login();
  std::string check_accepted();
  std::string check_no_encryption();
  std::string check_setup();
  std::string check_modes();
  std::string check_client_data();
  std::string check_server_data();
  std::string check_end();
  std::string check_nothing_passed();

  void hold_what_was_dropped(const RecordedData& data);
  void held(const std::string& words) { held_ += (held_.empty() ? "" : ", ") + words; }

  [[nodiscard]] std::optional<DataKeys> keys() const { return find_keys(expectation_, call_); }
  [[nodiscard]] std::vector<session::Cause> expected_causes() const;
  /// The first event of that kind; null if there is none.
  template <class Kind>
  [[nodiscard]] const Kind* event() const {
    for (const session::Event& event : call_.server.events) {
      if (const auto* found = std::get_if<Kind>(&event)) return found;
    }
    return nullptr;
  }

  const crypto::Library& library_;
  const Recording& recording_;
  const Expectation& expectation_;
  const ReplayedCall& call_;
  std::string held_;
};

}  // namespace upptpd::replay
