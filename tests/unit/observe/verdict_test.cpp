#include "observe/verdict.hpp"

#include <gtest/gtest.h>

namespace upptpd::observe {
namespace {

using session::Cause;

session::Finished finished(Cause cause, bool any_frame = true) {
  return {cause, {}, {}, false, any_frame, {}};
}

TEST(Verdict, NamesTheUserAndTheReasonOfAFailedLogin) {
  Verdict verdict;
  verdict.note(
      session::AuthenticationFailed{"DOM\\bob", auth::LoginFailure::unknown_user, 691, {}});
  const auto why = verdict.explain(finished(Cause::authentication_failed));
  EXPECT_EQ(why.sentence, "login as DOM\\bob refused: no such user");
  EXPECT_EQ(why.windows_error, 691U);
}

TEST(Verdict, TellsWhichSideLacksEncryption) {
  Verdict verdict;
  verdict.note(session::EncryptionRefused{{}, 0x01000020});
  auto why = verdict.explain(finished(Cause::encryption_refused));
  EXPECT_EQ(why.sentence,
            "encryption with MPPE-128 stateless is required; the client offered 40 bit, stateless");
  EXPECT_EQ(why.windows_error, 742U);
  verdict.note(session::EncryptionRefused{{.strengths = ppp::MppeBits::k40}, 0x01000040});
  why = verdict.explain(finished(Cause::encryption_refused));
  EXPECT_EQ(why.sentence,
            "encryption with MPPE-40 stateless is required; the client offered 128 bit, stateless");
  EXPECT_EQ(why.windows_error, 741U);
  verdict.note(session::EncryptionRefused{{}, {}, true});
  why = verdict.explain(finished(Cause::encryption_refused));
  EXPECT_NE(why.sentence.find("leaves no keys"), std::string::npos);
}

TEST(Verdict, TellsThatTheClientWantsEncryptionThatWeDoNotHave) {
  Verdict verdict;
  verdict.note(session::EncryptionRefused{{.requirement = ppp::EncryptionPolicy::Requirement::off},
                                          0x01000040});
  verdict.note(session::PeerTerminates{742, {}});
  const auto why = verdict.explain(finished(Cause::peer_hung_up));
  EXPECT_EQ(why.sentence,
            "the client ended the connection with error 742: it asked for encryption (128 bit, "
            "stateless), which encryption.policy does not have here");
  EXPECT_EQ(why.windows_error, 742U);
}

TEST(Verdict, TellsWhichLoginIsWanted) {
  Verdict verdict;
  using Method = ppp::AuthMethod;
  verdict.note(session::AuthenticationRefused{
      {Method::ms_chap_v2, Method::ms_chap_v1}, Method::pap, "c023"});
  auto why = verdict.explain(finished(Cause::authentication_refused));
  EXPECT_EQ(why.sentence, "MS-CHAPv2 or MS-CHAPv1 is required, the client wants PAP");
  verdict.note(session::AuthenticationRefused{{Method::ms_chap_v2}, {}, "c227"});
  why = verdict.explain(finished(Cause::authentication_refused));
  EXPECT_EQ(why.sentence, "MS-CHAPv2 is required, the client refuses it and wants the method c227");
  EXPECT_EQ(why.windows_error, 919U);
}

TEST(Verdict, TellsWhetherGreArrivesAtAll) {
  const Verdict verdict;
  EXPECT_NE(verdict.explain(finished(Cause::lcp_no_answer, false)).sentence.find("no GRE packet"),
            std::string::npos);
  EXPECT_NE(verdict.explain(finished(Cause::lcp_no_answer, true)).sentence.find("packets arrive"),
            std::string::npos);
}

TEST(Verdict, TellsThatGreIsBlockedAlsoWhenTheClientIsTheFirstToGiveUp) {
  auto end = finished(Cause::peer_hung_up);
  end.duration = std::chrono::seconds(20);
  Verdict verdict;
  EXPECT_NE(verdict.explain(end).sentence.find("packets arrive"), std::string::npos);
  EXPECT_EQ(verdict.explain(end).windows_error, 806U);
  end.any_frame_received = false;
  EXPECT_NE(verdict.explain(end).sentence.find("no GRE packet"), std::string::npos);
  verdict.note(session::LinkEstablished{});
  EXPECT_EQ(verdict.explain(end).sentence, "the client hung up");
}

TEST(Verdict, TellsThatGreComesFromAnotherAddress) {
  const Verdict verdict;
  auto end = finished(Cause::lcp_no_answer, false);
  end.statistics.drops.add(DropReason::gre_wrong_peer);
  EXPECT_NE(verdict.explain(end).sentence.find("another address"), std::string::npos);
}

TEST(Verdict, PassesOnTheErrorThatTheClientGave) {
  Verdict verdict;
  verdict.note(session::PeerTerminates{778, {}});
  EXPECT_EQ(verdict.explain(finished(Cause::peer_hung_up)).windows_error, 778U);
}

TEST(Verdict, AnOrdinaryEndHasNoErrorNumber) {
  Verdict verdict;
  verdict.note(session::PeerTerminates{0, {}});
  for (Cause cause : {Cause::peer_hung_up, Cause::server_shut_down, Cause::peer_silent}) {
    EXPECT_FALSE(verdict.explain(finished(cause)).windows_error);
  }
}

TEST(Verdict, HasASentenceForEachCause) {
  const Verdict verdict;
  for (int cause = 0; cause <= static_cast<int>(Cause::peer_silent); ++cause) {
    EXPECT_FALSE(verdict.explain(finished(static_cast<Cause>(cause))).sentence.empty()) << cause;
  }
}

}  // namespace
}  // namespace upptpd::observe
