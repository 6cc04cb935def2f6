#include "virtual_network.hpp"

#include <queue>

#include "recorded_randomness.hpp"

namespace upptpd::replay {
namespace {

/// So long nothing may have passed when a call ends: for what is on its way, or held until a gap is
/// given up.
constexpr Duration kQuiet = std::chrono::milliseconds(600);
/// Of a client that has not got where the recorded one got: it might still.
constexpr Duration kPatience = std::chrono::seconds(8);
/// Longer than our server gives a client to get anywhere.
constexpr Duration kLongestWait = std::chrono::seconds(90);
/// From the first word of the end to the last.
constexpr Duration kLongestEnd = std::chrono::seconds(30);

class VirtualNetwork {
 public:
  VirtualNetwork(const crypto::Library& library, const Recording& recording,
                 const Expectation& expectation, const auth::SecretsFile& users)
      : expectation_(expectation),
        client_(library, recording, expectation.password),
        random_(expectation.login.challenge, find_magic(recording)),
        server_(settings(recording, expectation), library, random_, users, now_) {}

  ReplayedCall run() {
    const Instant began = now_;
    client_.start();
    collect();
    while (!server_.progress().finished) {
      const Deadline next = next_event();
      const Instant end = end_begun_ ? *end_begun_ + kLongestEnd : last_activity_ + patience();
      if (!next || *next > end) {
        now_ = std::max(now_, end);
        if (end_begun_) break;
        end_call();
      } else {
        now_ = std::max(now_, *next);
        step();
      }
      collect();
    }
    return {began,          client_.progress(),         server_.progress(), client_.describe(),
            server_words(), client_.rebuilt_requests(), client_.disturbed()};
  }

 private:
  enum class Way { control_to_server, gre_to_server, control_to_client, gre_to_client };
  struct OnItsWay {
    Instant arrives;
    Way way;
    Bytes octets;
  };

  static PureServer::Settings settings(const Recording& recording, const Expectation& expectation) {
    PureServer::Settings settings;
    settings.call_id = recording.server_call_id;
    settings.assignment = find_assignment(recording);
    settings.rules = expectation.rules;
    settings.link.server_name = settings.rules.server_name;
    return settings;
  }

  [[nodiscard]] Duration patience() const {
    if (expectation_.server_ends_alone()) return kLongestWait;
    const bool waits = expectation_.reach == Reach::connected && !client_.progress().data_sent;
    return waits ? kPatience : kQuiet;
  }

  /// As the recorded call ended.
  void end_call() {
    end_begun_ = now_;
    switch (expectation_.end.way) {
      case RecordedEnd::Way::connection_lost:
        return server_.control_closed(now_);
      case RecordedEnd::Way::client_terminates:
      case RecordedEnd::Way::client_clears:
      case RecordedEnd::Way::client_stops:
        return client_.end(expectation_.end);
      case RecordedEnd::Way::server:
        return server_.hang_up(session::Cause::kicked, now_);
    }
  }

  [[nodiscard]] Deadline next_event() const {
    const Deadline arrival = on_their_way_.empty() ? Deadline() : on_their_way_.front().arrives;
    return earlier(arrival, earlier(client_.deadline(), server_.deadline()));
  }

  void step() {
    if (!on_their_way_.empty() && on_their_way_.front().arrives <= now_) {
      const OnItsWay item = std::move(on_their_way_.front());
      on_their_way_.pop();
      deliver(item);
    } else {
      client_.advance(now_);
      server_.advance(now_);
    }
  }

  void deliver(const OnItsWay& item) {
    last_activity_ = now_;
    switch (item.way) {
      case Way::control_to_server:
        return server_.receive_control(item.octets, now_);
      case Way::gre_to_server:
        return server_.receive_gre(item.octets, now_);
      case Way::control_to_client:
        return client_.receive_control(item.octets, now_);
      case Way::gre_to_client:
        return client_.receive_gre(item.octets, now_);
    }
  }

  void collect() {
    while (auto output = client_.next_output()) {
      std::visit(Overloaded{[&](RecordedClient::SendControl& send) {
                              post(Way::control_to_server, std::move(send.message));
                            },
                            [&](RecordedClient::SendGre& send) {
                              post(Way::gre_to_server, std::move(send.packet));
                            }},
                 *output);
    }
    while (auto output = server_.next_output()) {
      std::visit(Overloaded{[&](PureServer::SendControl& send) {
                              post(Way::control_to_client, std::move(send.message));
                            },
                            [&](PureServer::SendGre& send) {
                              post(Way::gre_to_client, std::move(send.packet));
                            },
                            [](PureServer::Close&) {}},
                 *output);
    }
  }

  // All take equally long, so that what is sent first arrives first.
  void post(Way way, Bytes octets) {
    on_their_way_.push({now_ + kLatency, way, std::move(octets)});
  }

  [[nodiscard]] std::string server_words() const {
    const auto& finished = server_.progress().finished;
    if (!finished) return "our session waited on";
    return "our session ended after " +
           std::to_string(
               std::chrono::duration_cast<std::chrono::milliseconds>(finished->duration).count()) +
           " ms (cause " + std::to_string(static_cast<int>(finished->cause)) +
           " of session::Cause)";
  }

  Instant now_{};
  const Expectation& expectation_;
  RecordedClient client_;
  RecordedRandomness random_;
  PureServer server_;
  std::queue<OnItsWay> on_their_way_;
  Instant last_activity_{};
  std::optional<Instant> end_begun_;
};

}  // namespace

ReplayedCall replay_call(const crypto::Library& library, const Recording& recording,
                         const Expectation& expectation, const auth::SecretsFile& users) {
  return VirtualNetwork(library, recording, expectation, users).run();
}

}  // namespace upptpd::replay
