#include "session/termination.hpp"

#include <gtest/gtest.h>

namespace upptpd::session {
namespace {

TEST(Termination, SaysWhyWhereTheUserCanDoSomethingAboutIt) {
  EXPECT_EQ(termination_text(Cause::kicked, ""), "disconnected by the administrator");
  EXPECT_EQ(termination_text(Cause::kicked, "lunch"), "disconnected by the administrator: lunch");
  EXPECT_EQ(termination_text(Cause::superseded, ""), "the same user logged in again");
  EXPECT_EQ(termination_text(Cause::encryption_no_answer, ""), "encryption is required");
  EXPECT_EQ(termination_text(Cause::setup_timeout, ""), "the connection was not up in time");
}

TEST(Termination, SaysNothingWhereThePeerKnowsOrDoesNotHear) {
  for (const Cause cause : {Cause::hung_up, Cause::peer_hung_up, Cause::control_connection_lost,
                            Cause::lcp_no_answer, Cause::looped_back, Cause::peer_silent}) {
    EXPECT_EQ(termination_text(cause, "unheard"), "");
  }
}

TEST(Termination, ALongReasonIsCut) {
  EXPECT_EQ(termination_text(Cause::kicked, std::string(1000, 'x')).size(), kLongestTermination);
}

TEST(Termination, TheEndOfLcpIsWhatThePeerDid) {
  using Lcp = ppp::ControlProtocol::Cause;
  EXPECT_EQ(cause_of_lcp_end(Lcp::terminated), Cause::peer_hung_up);
  EXPECT_EQ(cause_of_lcp_end(Lcp::closed), Cause::peer_hung_up);
  EXPECT_EQ(cause_of_lcp_end(Lcp::no_answer), Cause::lcp_no_answer);
  EXPECT_EQ(cause_of_lcp_end(Lcp::rejected), Cause::lcp_not_converging);
}

TEST(Termination, AShortMarkIsText) {
  const PeerTerminates ended = parse_termination(from_hex("00000000003ccd74"));
  EXPECT_FALSE(ended.ras_error);
  EXPECT_EQ(ended.text.size(), 8U);
}

}  // namespace
}  // namespace upptpd::session
