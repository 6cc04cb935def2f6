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
  verdict.note(session::EncryptionRefused{0x01000020});
  const auto why = verdict.explain(finished(Cause::encryption_refused));
  EXPECT_EQ(why.sentence,
            "encryption with MPPE 128 bit, stateless, is required; it offered 40 bit, stateless");
  EXPECT_EQ(why.windows_error, 742U);
}

TEST(Verdict, TellsWhetherGreArrivesAtAll) {
  const Verdict verdict;
  EXPECT_NE(verdict.explain(finished(Cause::lcp_no_answer, false)).sentence.find("no GRE packet"),
            std::string::npos);
  EXPECT_NE(verdict.explain(finished(Cause::lcp_no_answer, true)).sentence.find("packets arrive"),
            std::string::npos);
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
