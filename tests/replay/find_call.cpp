#include <algorithm>
#include <set>

#include "control/messages.hpp"
#include "ppp/frame.hpp"
#include "recording.hpp"

namespace upptpd::replay {
namespace {

/// A client whose PPP takes longer than this had other reasons.
constexpr double kLongestStart = 0.02;

/// The messages that made a call, as indices into the capture.
struct CallPlace {
  std::size_t start_request = 0;
  std::size_t call_request = 0;
  std::size_t call_reply = 0;
  CallId server{};
  PeerCallId client{};
};

template <class T>
std::optional<T> message(const CapturedItem& item, bool from_client) {
  if (!item.control || item.from_client != from_client) return {};
  const auto parsed = control::parse(item.octets);
  if (!parsed) return {};
  const T* wanted = std::get_if<T>(&*parsed);
  return wanted == nullptr ? std::nullopt : std::optional<T>(*wanted);
}

/// The call that was granted with the message at `reply`, if all of its beginning is there.
std::optional<CallPlace> place_of_call(const Capture& capture, std::size_t reply) {
  const auto granted = message<control::OutgoingCallReply>(capture[reply], false);
  if (!granted || granted->result != control::OutgoingCallResult::connected) return {};
  CallPlace place;
  place.call_reply = reply;
  place.server = CallId(granted->call_id.value());
  place.client = PeerCallId(granted->peer_call_id.value());
  bool requested = false;
  for (std::size_t i = reply; i-- > 0;) {
    if (!requested) {
      const auto request = message<control::OutgoingCallRequest>(capture[i], true);
      requested = request && request->call_id.value() == place.client.value();
      place.call_request = i;
    } else if (message<control::StartControlConnectionRequest>(capture[i], true)) {
      place.start_request = i;
      return place;
    }
  }
  return {};
}

/// Where another call gets one of the same ids, or the end.
std::size_t end_of_call(const Capture& capture, const CallPlace& place) {
  for (std::size_t i = place.call_reply + 1; i < capture.size(); ++i) {
    const auto granted = message<control::OutgoingCallReply>(capture[i], false);
    if (granted && (granted->call_id.value() == place.server.value() ||
                    granted->peer_call_id.value() == place.client.value())) {
      return i;
    }
  }
  return capture.size();
}

/// Whether this ends the call, or the connection that it belongs to.
bool ends_call(const CapturedItem& item, const CallPlace& place) {
  if (const auto clear = message<control::CallClearRequest>(item, true)) {
    return clear->call_id.value() == place.client.value();
  }
  if (const auto notify = message<control::CallDisconnectNotify>(item, false)) {
    return notify->call_id.value() == place.server.value();
  }
  return message<control::StopControlConnectionRequest>(item, true) ||
         message<control::StopControlConnectionRequest>(item, false);
}

std::optional<RecordedPacket> packet_of(const CapturedItem& item) {
  const auto header = ppp::parse_frame_header(item.octets);
  if (!header) return {};
  const auto body = item.octets.begin() + static_cast<std::ptrdiff_t>(header->size);
  return RecordedPacket{item.from_client,
                        item.time,
                        item.sequence.value_or(0),
                        header->protocol,
                        Bytes(item.octets.begin(), body),
                        Bytes(body, item.octets.end())};
}

/// Adds the packets with the call ids of `recording` from `begin` on, up to `end`.
void add_packets(Recording& recording, const Capture& capture, std::size_t begin, std::size_t end) {
  std::set<std::pair<bool, std::uint32_t>> seen;
  for (std::size_t i = begin; i < end; ++i) {
    const CapturedItem& item = capture[i];
    const std::uint16_t receiver =
        item.from_client ? recording.server_call_id.value() : recording.client_call_id.value();
    if (item.control || item.call_id != receiver || !item.sequence) continue;
    if (!seen.emplace(item.from_client, *item.sequence).second) continue;
    if (auto packet = packet_of(item)) recording.packets.push_back(std::move(*packet));
  }
}

void add_link_info(Recording& recording, const Capture& capture, const CallPlace& place) {
  const auto login =
      std::find_if(recording.packets.begin(), recording.packets.end(), [](const RecordedPacket& p) {
        const bool any = p.protocol == ppp::Protocol::chap || p.protocol == ppp::Protocol::pap;
        return p.from_client && any;
      });
  const auto first_ppp = std::find_if(recording.packets.begin(), recording.packets.end(),
                                      [](const RecordedPacket& p) { return p.from_client; });
  for (std::size_t i = place.call_reply; i < capture.size(); ++i) {
    const auto info = message<control::SetLinkInfo>(capture[i], true);
    if (!info || info->peer_call_id.value() != place.server.value()) continue;
    if (login != recording.packets.end() && capture[i].time > login->time) break;
    if (recording.link_info.empty() && first_ppp != recording.packets.end()) {
      const double pause = std::clamp(first_ppp->time - capture[i].time, 0.0, kLongestStart);
      recording.ppp_start =
          std::chrono::duration_cast<Duration>(std::chrono::duration<double>(pause));
    }
    recording.link_info.push_back(capture[i].octets);
  }
}

bool is_windows(const Recording& recording) {
  const auto parsed = control::parse(recording.start_request);
  const auto* start =
      parsed ? std::get_if<control::StartControlConnectionRequest>(&*parsed) : nullptr;
  if (start != nullptr && start->vendor_name.starts_with("Microsoft")) return true;
  return std::any_of(
      recording.packets.begin(), recording.packets.end(), [](const RecordedPacket& p) {
        if (!p.from_client || p.protocol != ppp::Protocol::lcp) return false;
        return p.code() == ppp::Code::identification &&
               std::string(p.packet.begin(), p.packet.end()).find("MSRAS") != std::string::npos;
      });
}

Recording record(const Capture& capture, const CallPlace& place) {
  Recording recording;
  recording.start_request = capture[place.start_request].octets;
  recording.call_request = capture[place.call_request].octets;
  recording.server_call_id = place.server;
  recording.client_call_id = place.client;
  const std::size_t end = end_of_call(capture, place);
  add_packets(recording, capture, place.call_request, end);
  for (std::size_t i = place.call_reply; i < end; ++i) {
    if (ends_call(capture[i], place)) recording.endings.push_back(capture[i]);
  }
  add_link_info(recording, capture, place);
  recording.windows = is_windows(recording);
  return recording;
}

/// A call whose control connection was not captured: the ids are those of the first packets.
std::optional<Recording> record_gre_alone(const Capture& capture) {
  Recording recording;
  recording.control_supplied = true;
  bool seen[2] = {false, false};
  for (const CapturedItem& item : capture) {
    if (item.control) return {};
    if (!item.sequence || std::exchange(seen[item.from_client ? 1 : 0], true)) continue;
    if (item.from_client) {
      recording.server_call_id = CallId(item.call_id);
    } else {
      recording.client_call_id = PeerCallId(item.call_id);
    }
  }
  if (!seen[0] || !seen[1]) return {};
  recording.start_request = control::serialise(control::StartControlConnectionRequest{});
  recording.call_request = control::serialise(control::OutgoingCallRequest{
      .call_id = control::SenderCallId(recording.client_call_id.value())});
  add_packets(recording, capture, 0, capture.size());
  recording.windows = is_windows(recording);
  return recording;
}

}  // namespace

Result<std::vector<Recording>> find_calls(const Capture& capture) {
  std::vector<Recording> calls;
  for (std::size_t i = 0; i < capture.size(); ++i) {
    if (const auto place = place_of_call(capture, i)) calls.push_back(record(capture, *place));
  }
  if (calls.empty()) {
    if (auto call = record_gre_alone(capture)) calls.push_back(std::move(*call));
  }
  if (calls.empty()) return fail("the recording has no complete beginning of a call");
  return calls;
}

}  // namespace upptpd::replay
