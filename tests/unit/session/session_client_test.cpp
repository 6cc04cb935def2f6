// The session in the client's role: against our own server, and against one that lies.
#include <algorithm>

#include "ppp/control_packet.hpp"
#include "unit/session/session_pair.hpp"
#include "unit/session/virtual_call.hpp"

namespace upptpd::session {
namespace {

using ppp::Code;
using ppp::ControlPacket;
using ppp::Protocol;
using std::chrono::seconds;

Packet packet_of(SessionPair& pair, View contents) {
  Packet packet = pair.pool().take();
  check(packet && packet->assign(contents));
  return packet;
}

/// Replaces the Authentication-Protocol option in the server's LCP requests; empty takes it away.
auto asks_for_login_by(Bytes option) {
  return [option](Protocol protocol, Bytes packet) -> std::optional<Bytes> {
    const auto parsed = ControlPacket::parse(packet);
    if (protocol != Protocol::lcp || !parsed || parsed->code != Code::configure_request) {
      return packet;
    }
    const Bytes ours = from_hex("0305c22381");
    Bytes options(parsed->data.begin(), parsed->data.end());
    // Not the one of std::ranges: clang 14 trips over its subrange.
    const auto found = std::search(options.begin(), options.end(), ours.begin(), ours.end());
    if (found == options.end()) return packet;
    const auto at = options.erase(found, found + static_cast<std::ptrdiff_t>(ours.size()));
    options.insert(at, option.begin(), option.end());
    return ControlPacket{parsed->code, parsed->identifier, options}.serialise();
  };
}

TEST(ClientSession, ConnectsAndBothSidesAgree) {
  SessionPair pair({});
  const auto ours = pair.server_event<Connected>();
  const auto theirs = pair.client_event<Connected>();
  ASSERT_TRUE(ours && theirs);
  EXPECT_EQ(theirs->assignment.client.to_string(), "10.0.0.2");
  EXPECT_EQ(theirs->assignment.local.to_string(), "10.0.0.1");
  EXPECT_EQ(theirs->user, "bob");
}

TEST(ClientSession, CarriesPacketsBothWays) {
  SessionPair pair({});
  const Bytes up = ip_packet("10.0.0.2", "192.168.1.9");
  const Bytes down = ip_packet("192.168.1.9", "10.0.0.2");  // not from the server itself
  pair.client().send(packet_of(pair, up));
  pair.server().send(packet_of(pair, down));
  pair.settle();
  ASSERT_EQ(pair.delivered_to_server().size(), 1U);
  ASSERT_EQ(pair.delivered_to_client().size(), 1U);
  EXPECT_EQ(pair.delivered_to_server()[0], up);
  EXPECT_EQ(pair.delivered_to_client()[0], down);
}

TEST(ClientSession, HangsUpInGoodOrder) {
  SessionPair pair({});
  pair.client().hang_up(Cause::hung_up, pair.now());
  pair.settle();
  pair.expect_client_finished(Cause::hung_up);
  pair.run(seconds(4));  // the server waits for what may still come (RFC 1661, Stopping)
  ASSERT_TRUE(pair.server_event<Finished>());
  EXPECT_EQ(static_cast<int>(pair.server_event<Finished>()->cause),
            static_cast<int>(Cause::peer_hung_up));
}

TEST(ClientSession, HearsWhyTheServerEnds) {
  SessionPair pair({});
  pair.server().hang_up(Cause::kicked, pair.now(), "maintenance");
  pair.settle();
  pair.run(seconds(4));
  pair.expect_client_finished(Cause::peer_hung_up);
  EXPECT_EQ(pair.client_event<PeerTerminates>()->text,
            "disconnected by the administrator: maintenance");
}

TEST(ClientSession, AnswersAProbe) {
  SessionPair pair({});
  pair.run(seconds(10));
  EXPECT_LT(pair.server().last_heard(), pair.now());
  pair.server().probe(pair.now());
  pair.settle();
  EXPECT_EQ(pair.server().last_heard(), pair.now());
}

TEST(ClientSession, WithAWrongPasswordSaysWhatTheServerSaid) {
  SessionPair::Setup setup;
  setup.client.log_in_as->password = SecretString("guess");
  SessionPair pair(setup);
  pair.expect_client_finished(Cause::authentication_failed);
  EXPECT_EQ(pair.client_event<AuthenticationFailed>()->code, 691U);
  EXPECT_EQ(static_cast<int>(pair.client_event<AuthenticationFailed>()->failure),
            static_cast<int>(auth::LoginFailure::refused_by_server));
}

TEST(ClientSession, EndsAtOnceWithAServerThatDoesNotKnowThePassword) {
  SessionPair::Setup setup;
  setup.server_lies = [](Protocol protocol, Bytes packet) -> std::optional<Bytes> {
    if (protocol == Protocol::chap && packet[0] == 3) packet[10] ^= 1;  // within S=
    return packet;
  };
  SessionPair pair(setup);
  pair.expect_client_finished(Cause::authentication_failed);
  EXPECT_EQ(pair.client_event<AuthenticationFailed>()->code, 778U);
  EXPECT_FALSE(pair.client_event<EncryptionStarted>());
}

TEST(ClientSession, RefusesAServerThatWantsThePasswordItself) {
  SessionPair::Setup setup;
  setup.server_lies = asks_for_login_by(from_hex("0304c023"));  // PAP
  SessionPair pair(setup);
  pair.run(seconds(60));
  pair.expect_client_finished(Cause::authentication_refused);
  EXPECT_EQ(pair.client_event<AuthenticationRefused>()->wanted, ppp::AuthMethod::pap);
}

TEST(ClientSession, RefusesAServerThatWantsNoLogin) {
  SessionPair::Setup setup;
  setup.server_lies = asks_for_login_by({});
  SessionPair pair(setup);
  pair.run(seconds(60));
  pair.expect_client_finished(Cause::authentication_refused);
  EXPECT_FALSE(pair.client_event<AuthenticationSucceeded>());
}

TEST(ClientSession, RefusesAServerThatEncryptsLess) {
  SessionPair::Setup setup;
  setup.server.encryption.strengths = ppp::MppeBits::k40;
  SessionPair pair(setup);
  pair.run(seconds(60));
  pair.expect_client_finished(Cause::encryption_refused);
  EXPECT_FALSE(pair.client_event<Connected>());
}

TEST(ClientSession, EncryptsWithLessWhereItIsAskedTo) {
  for (const auto strength : {ppp::MppeBits::k40, ppp::MppeBits::k56}) {
    SessionPair::Setup setup;
    setup.server.encryption.strengths = setup.client.encryption.strengths = strength;
    SessionPair pair(setup);
    ASSERT_TRUE(pair.client_event<Connected>());
    pair.client().send(packet_of(pair, ip_packet("10.0.0.2", "10.0.0.1")));
    pair.settle();
    EXPECT_EQ(pair.delivered_to_server().size(), 1U);
  }
}

TEST(ClientSession, RefusesAServerThatDoesNotEncrypt) {
  SessionPair::Setup setup;
  setup.server_lies = [](Protocol protocol, Bytes packet) -> std::optional<Bytes> {
    // Each answer becomes a Configure-Reject of what we asked for, each request an empty one.
    if (protocol != Protocol::ccp) return packet;
    const auto parsed = ControlPacket::parse(packet);
    if (parsed->code == Code::configure_request) {
      return ControlPacket{Code::configure_request, parsed->identifier, {}}.serialise();
    }
    const Bytes mppe = from_hex("120601000040");
    return ControlPacket{Code::configure_reject, parsed->identifier, mppe}.serialise();
  };
  SessionPair pair(setup);
  pair.run(seconds(60));
  pair.expect_client_finished(Cause::encryption_refused);
  EXPECT_FALSE(pair.client_event<Connected>());
}

TEST(ClientSession, GivesUpAServerThatNaksForEver) {
  SessionPair::Setup setup;
  setup.server_lies = [](Protocol protocol, Bytes packet) -> std::optional<Bytes> {
    const auto parsed = ControlPacket::parse(packet);
    // Nor does the server behind it get to say anything else.
    if (protocol != Protocol::lcp || !parsed || parsed->code != Code::configure_ack) return {};
    return ControlPacket{Code::configure_nak, parsed->identifier, from_hex("050611223344")}
        .serialise();
  };
  SessionPair pair(setup);
  pair.run(seconds(60));
  pair.expect_client_finished(Cause::lcp_not_converging);
}

TEST(ClientSession, RefusesAnAddressThatNoHostCanHave) {
  for (const char* address : {"127.0.0.1", "224.0.0.1", "255.255.255.255"}) {
    SessionPair::Setup setup;
    setup.assignment.client = Ipv4Address::parse(address).value();
    SessionPair pair(setup);
    pair.run(seconds(60));
    pair.expect_client_finished(Cause::address_refused);
  }
}

TEST(ClientSession, WaitsForASilentServerForALimitedTime) {
  SessionPair::Setup setup;
  setup.server_lies = [](Protocol protocol, Bytes packet) -> std::optional<Bytes> {
    if (protocol == Protocol::chap) return {};
    return packet;
  };
  SessionPair pair(setup);
  pair.run(seconds(60));
  pair.expect_client_finished(Cause::authentication_no_answer);
}

}  // namespace
}  // namespace upptpd::session
