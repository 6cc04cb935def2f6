#include "server/monitor_messages.hpp"

namespace upptpd::server {

using nlohmann::json;

json to_message(const FileStamp& stamp) {
  return {stamp.device, stamp.inode, stamp.size, stamp.modified, stamp.changed, stamp.error};
}

FileStamp stamp_from(const json& message) {
  return {message.at(0).get<dev_t>(),     message.at(1).get<ino_t>(),
          message.at(2).get<off_t>(),     message.at(3).get<long long>(),
          message.at(4).get<long long>(), message.at(5).get<int>()};
}

json to_message(const HookFacts& facts) {
  return {facts.call.value(),         facts.user,        facts.client.value(), facts.peer.value(),
          facts.connect_time.count(), facts.octets_sent, facts.octets_received};
}

HookFacts facts_from(const json& message) {
  return {CallId(message.at(0).get<std::uint16_t>()),
          message.at(1).get<std::string>(),
          {},
          {},
          Ipv4Address(message.at(2).get<std::uint32_t>()),
          Ipv4Address(message.at(3).get<std::uint32_t>()),
          std::chrono::seconds(message.at(4).get<std::int64_t>()),
          message.at(5).get<std::uint64_t>(),
          message.at(6).get<std::uint64_t>()};
}

json to_message(const HookEnd& end) {
  return {end.refusal,   end.status,           end.signal,
          end.timed_out, end.duration.count(), end.standard_error};
}

HookEnd end_from(const json& message) {
  return {message.at(0).get<std::string>(),
          message.at(1).get<int>(),
          message.at(2).get<int>(),
          message.at(3).get<bool>(),
          std::chrono::milliseconds(message.at(4).get<std::int64_t>()),
          message.at(5).get<std::string>()};
}

}  // namespace upptpd::server
