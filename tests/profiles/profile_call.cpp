#include "profile_call.hpp"

#include "core/check.hpp"
#include "core/writer.hpp"

namespace upptpd::profiles {
namespace {

constexpr CallId kServerCallId{0x7301};
constexpr std::uint32_t kStrengths = 0xe0;

PureServer::Settings settings_of(const Policy& policy) {
  PureServer::Settings settings;
  settings.call_id = kServerCallId;
  settings.assignment.local = Ipv4Address::parse(ProfileCall::kServerAddress).value();
  settings.assignment.client = Ipv4Address::parse(ProfileCall::kClientAddress).value();
  settings.assignment.dns[0] = Ipv4Address::parse(ProfileCall::kDnsAddress).value();
  settings.link.server_name = policy.rules.server_name;
  settings.link.retries = policy.retries;
  settings.link.password_change = policy.password_change;
  settings.rules = policy.rules;
  settings.local_time.date = std::chrono::year(2026) / 9 / 1;
  return settings;
}

auth::SecretsFile users() {
  const std::string password = kPassword;
  return auth::SecretsFile::parse("bob * " + password + " *\ncarol@example.org * " + password +
                                  " *\nexpired * " + password + " * -- expires=2026-06-30\n");
}

}  // namespace

Policy default_policy() { return {"defaults", {.server_name = "gate"}}; }

Policy legacy_policy() {
  using Method = ppp::AuthMethod;
  Policy policy{"legacy", {.server_name = "gate"}, 0, false};
  policy.rules.methods = {Method::ms_chap_v2, Method::ms_chap_v1, Method::chap_md5, Method::pap};
  policy.rules.encryption.strengths = kStrengths;
  policy.rules.encryption.stateful = true;
  return policy;
}

Policy open_policy() {
  Policy policy = legacy_policy();
  policy.name = "open";
  policy.rules.encryption.requirement = ppp::EncryptionPolicy::Requirement::prefer;
  return policy;
}

ProfileCall::ProfileCall(Profile profile, const Policy& policy, Duration latency,
                         std::uint32_t seed)
    : policy_(policy),
      latency_(latency),
      random_(seed),
      users_(users()),
      server_(settings_of(policy), library(), random_, users_, now_),
      client_(library(), std::move(profile)) {
  drain();
}

void ProfileCall::post(bool to_server, Way way, Bytes octets) {
  Waits waits = to_server ? client_side_.waits : server_side_.waits;
  ++waits.trips;
  waits.network += latency_;
  // All take equally long, so that what is sent first arrives first.
  on_their_way_.push({now_ + latency_, to_server, way, std::move(octets), waits});
}

void ProfileCall::drain() {
  client_.drain(now_);
  while (auto output = client_.next_output()) {
    std::visit(
        Overloaded{
            [&](ProfileClient::SendControl& send) {
              post(true, Way::control, std::move(send.message));
            },
            [&](ProfileClient::SendGre& send) { post(true, Way::gre, std::move(send.packet)); },
            [&](ProfileClient::Close&) { post(true, Way::close, {}); },
        },
        *output);
  }
  while (auto output = server_.next_output()) {
    std::visit(
        Overloaded{
            [&](PureServer::SendControl& send) {
              post(false, Way::control, std::move(send.message));
            },
            [&](PureServer::SendGre& send) { post(false, Way::gre, std::move(send.packet)); },
            [&](PureServer::Close&) { post(false, Way::close, {}); },
        },
        *output);
  }
  note_progress();
}

// The side that was last to come so far is the one whose chain counts.
void ProfileCall::note_progress() {
  const auto latest = [&] {
    return client_side_.last > server_side_.last ? client_side_.waits : server_side_.waits;
  };
  if (client_.call_answered() && !std::exchange(was_answered_, true)) answered_by_ = latest();
  if (connected() && !std::exchange(was_connected_, true)) connected_by_ = latest();
}

void ProfileCall::deliver(OnItsWay item) {
  if (item.way == Way::gre && loses && loses(item.to_server)) return;
  Side& side = item.to_server ? server_side_ : client_side_;
  // An acknowledgment alone makes nothing happen.
  const bool counts = item.way != Way::gre || gre::parse(item.octets)->sequence.has_value();
  if (counts) side = {item.waits, now_};
  item.to_server ? deliver_to_server(item) : deliver_to_client(item);
}

void ProfileCall::deliver_to_server(const OnItsWay& item) {
  switch (item.way) {
    case Way::control:
      return server_.receive_control(item.octets, now_);
    case Way::gre:
      return server_.receive_gre(item.octets, now_);
    case Way::close:
      return server_.control_closed(now_);
  }
}

void ProfileCall::deliver_to_client(OnItsWay& item) {
  switch (item.way) {
    case Way::control:
      return client_.receive_control(item.octets, now_);
    case Way::gre: {
      const auto header = gre::parse(item.octets);
      if (tamper) tamper(MutableView(item.octets).subspan(header->size()));
      return client_.receive_gre(item.octets, now_);
    }
    case Way::close:
      return client_.control_closed();
  }
}

void ProfileCall::time_passes(Side& side, Duration Waits::*waited) {
  side.waits.*waited += now_ - side.last;
  side.last = now_;
}

bool ProfileCall::step(Instant end) {
  const Deadline arrival =
      on_their_way_.empty() ? Deadline() : Deadline(on_their_way_.front().arrives);
  const Deadline timers = earlier(client_.deadline(), server_.deadline());
  const Deadline next = earlier(arrival, timers);
  if (!next || *next > end) return false;
  check(++steps_ < 5'000'000);  // it never rests
  now_ = std::max(now_, *next);
  if (arrival && *arrival <= now_) {
    OnItsWay item = std::move(on_their_way_.front());
    on_their_way_.pop();
    deliver(std::move(item));
    drain();
    return true;
  }
  // Each by itself, so that what it sends is put down to it.
  if (client_.deadline() && *client_.deadline() <= now_) {
    time_passes(client_side_, &Waits::client);
    client_.advance(now_);
    drain();
  }
  if (server_.deadline() && *server_.deadline() <= now_) {
    time_passes(server_side_, &Waits::server);
    server_.advance(now_);
    drain();
  }
  return true;
}

bool ProfileCall::run_until(const std::function<bool()>& condition, Duration time) {
  const Instant end = now_ + time;
  while (!condition()) {
    if (!step(end)) return condition();
  }
  return true;
}

void ProfileCall::run_for(Duration time) {
  const Instant end = now_ + time;
  while (step(end)) {
  }
  now_ = end;
}

bool ProfileCall::connected() const {
  return client_.connected() && progress().connected && !progress().finished;
}

bool ProfileCall::connect() {
  return run_until([this] { return connected() || progress().finished.has_value(); }) &&
         connected();
}

bool ProfileCall::run_to_end() {
  const bool over = run_until([this] { return progress().finished && server_.closed(); },
                              std::chrono::seconds(300));
  run_for(std::chrono::seconds(5));
  return over;
}

std::string ProfileCall::exchange_packets(std::size_t size) {
  const std::size_t delivered = progress().delivered.size();
  const std::size_t received = client_.link().received_ip().size();
  const auto mark = static_cast<std::uint8_t>(delivered + 1);
  const Bytes up = ip_packet(kClientAddress, kServerAddress, size, mark);
  const Bytes down = ip_packet(kServerAddress, kClientAddress, size, mark);
  client_.send_ip(up, now_);
  server_.send(down, now_);
  drain();
  run_for(4 * latency_ + std::chrono::milliseconds(50));
  if (progress().delivered.size() != delivered + 1) return "the client's packet did not arrive";
  if (progress().delivered.back() != up) return "the client's packet arrived as another";
  const auto& down_there = client_.link().received_ip();
  if (down_there.size() != received + 1) return "the server's packet did not arrive";
  if (down_there.back() != down) return "the server's packet arrived as another";
  return {};
}

void ProfileCall::inject_frame(Bytes frame) {
  client_.link().send_frame(std::move(frame));
  drain();
}

}  // namespace upptpd::profiles
