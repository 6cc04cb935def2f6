#include "virtual_network.hpp"

#include <queue>

#include "recorded_randomness.hpp"

namespace upptpd::replay {
namespace {

/// Longer than our server gives a client to get anywhere.
constexpr Duration kLongestRun = std::chrono::seconds(90);
/// For what is still on its way, or held until a gap is given up.
constexpr Duration kAfterData = std::chrono::seconds(1);

class VirtualNetwork {
 public:
  VirtualNetwork(const crypto::Library& library, const Recording& recording,
                 const auth::SecretsFile& users)
      : client_(recording),
        random_(find_login(recording).challenge, find_magic(recording)),
        server_(settings(recording), library, random_, users, now_) {}

  ReplayedCall run() {
    const Instant began = now_;
    Instant end = began + kLongestRun;
    bool data_on_their_way = false;
    client_.start();
    collect();
    while (!server_.progress().finished) {
      const Deadline next = next_event();
      if (!next || *next > end) break;
      now_ = std::max(now_, *next);
      step();
      const bool last_words = client_.progress().data_sent || client_.progress().failure;
      if (last_words && !std::exchange(data_on_their_way, true)) end = now_ + kAfterData;
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

  static PureServer::Settings settings(const Recording& recording) {
    PureServer::Settings settings{recording.server_call_id, find_assignment(recording), {}};
    settings.link.server_name = "replay";
    return settings;
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
    collect();
  }

  void deliver(const OnItsWay& item) {
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
  RecordedClient client_;
  RecordedRandomness random_;
  PureServer server_;
  std::queue<OnItsWay> on_their_way_;
};

}  // namespace

ReplayedCall replay_call(const crypto::Library& library, const Recording& recording,
                         const auth::SecretsFile& users) {
  return VirtualNetwork(library, recording, users).run();
}

}  // namespace upptpd::replay
