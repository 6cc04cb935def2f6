// All 160 cells of the state transition table in RFC 1661 section 4.1, compared with the table as
// the RFC prints it.
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "ppp/automaton.hpp"

namespace upptpd::ppp {
namespace {

// The RFC's two half tables; the footnote letters p, r and x behind a state name options that we
// don't use.
constexpr const char* kStates0To5 = R"(
 Up    |    2     irc,scr/6     -         -         -         -
 Down  |    -         -         0       tls/1       0         1
 Open  |  tls/1       1     irc,scr/6     3r        5r        5r
 Close |    0       tlf/0       2         2         4         4
 TO+   |    -         -         -         -       str/4     str/5
 TO-   |    -         -         -         -       tlf/2     tlf/3
 RCR+  |    -         -       sta/2 irc,scr,sca/8   4         5
 RCR-  |    -         -       sta/2 irc,scr,scn/6   4         5
 RCA   |    -         -       sta/2     sta/3       4         5
 RCN   |    -         -       sta/2     sta/3       4         5
 RTR   |    -         -       sta/2     sta/3     sta/4     sta/5
 RTA   |    -         -         2         3       tlf/2     tlf/3
 RUC   |    -         -       scj/2     scj/3     scj/4     scj/5
 RXJ+  |    -         -         2         3         4         5
 RXJ-  |    -         -       tlf/2     tlf/3     tlf/2     tlf/3
 RXR   |    -         -         2         3         4         5
)";

constexpr const char* kStates6To9 = R"(
 Up    |    -         -         -           -
 Down  |    1         1         1         tld/1
 Open  |    6         7         8           9r
 Close |irc,str/4 irc,str/4 irc,str/4 tld,irc,str/4
 TO+   |  scr/6     scr/6     scr/8         -
 TO-   |  tlf/3p    tlf/3p    tlf/3p        -
 RCR+  |  sca/8   sca,tlu/9   sca/8   tld,scr,sca/8
 RCR-  |  scn/6     scn/7     scn/6   tld,scr,scn/6
 RCA   |  irc/7     scr/6x  irc,tlu/9   tld,scr/6x
 RCN   |irc,scr/6   scr/6x  irc,scr/8   tld,scr/6x
 RTR   |  sta/6     sta/6     sta/6   tld,zrc,sta/5
 RTA   |    6         6         8       tld,scr/6
 RUC   |  scj/6     scj/7     scj/8       scj/9
 RXJ+  |    6         6         8           9
 RXJ-  |  tlf/3     tlf/3     tlf/3   tld,irc,str/5
 RXR   |    6         7         8         ser/9
)";

std::vector<std::vector<std::string>> cells(const char* half) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(half);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t bar = line.find('|');
    if (bar == std::string::npos) continue;
    std::istringstream words(line.substr(bar + 1));
    std::vector<std::string> row;
    for (std::string word; words >> word;) row.push_back(word);
    rows.push_back(row);
  }
  return rows;
}

std::string as_the_rfc_prints(const Transition& transition) {
  static const std::map<Action, std::string> names{
      {Action::tlu, "tlu"}, {Action::tld, "tld"}, {Action::tls, "tls"}, {Action::tlf, "tlf"},
      {Action::irc, "irc"}, {Action::zrc, "zrc"}, {Action::scr, "scr"}, {Action::sca, "sca"},
      {Action::scn, "scn"}, {Action::str, "str"}, {Action::sta, "sta"}, {Action::scj, "scj"},
      {Action::ser, "ser"}};
  if (!transition.legal) return "-";
  std::string text;
  for (Action action : transition.actions) {
    if (action == Action::none) continue;
    if (!text.empty()) text += ",";
    text += names.at(action);
  }
  if (!text.empty()) text += "/";
  return text + std::to_string(static_cast<int>(transition.next));
}

TEST(Rfc1661Automaton, EveryCellIsAsPrinted) {
  const auto left = cells(kStates0To5);
  const auto right = cells(kStates6To9);
  ASSERT_EQ(left.size(), kEvents);
  ASSERT_EQ(right.size(), kEvents);
  int compared = 0;
  for (std::size_t event = 0; event < kEvents; ++event) {
    auto row = left[event];
    row.insert(row.end(), right[event].begin(), right[event].end());
    ASSERT_EQ(row.size(), kStates);
    for (std::size_t state = 0; state < kStates; ++state) {
      std::string printed = row[state];
      while (std::string("prx").find(printed.back()) != std::string::npos) printed.pop_back();
      EXPECT_EQ(as_the_rfc_prints(transition(static_cast<State>(state), static_cast<Event>(event))),
                printed)
          << "event " << event << ", state " << state;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 160);
}

TEST(Rfc1661Automaton, TheRestartTimerRunsWhereThereAreTimeouts) {
  for (std::size_t state = 0; state < kStates; ++state) {
    const auto as_state = static_cast<State>(state);
    EXPECT_EQ(restart_timer_runs(as_state), transition(as_state, Event::to_plus).legal);
  }
}

}  // namespace
}  // namespace upptpd::ppp
