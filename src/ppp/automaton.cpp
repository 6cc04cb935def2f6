#include "ppp/automaton.hpp"

namespace upptpd::ppp {
namespace {

using enum Action;

constexpr Transition to(unsigned next, Action first = none, Action second = none,
                        Action third = none) {
  return {true, static_cast<State>(next), {first, second, third}};
}

constexpr Transition xx{};  // illegal

// Laid out as the RFC's table: a row an event, a column a state. We use none of its options: not
// restart [r] (an Open in states 3, 4, 5 and 9 changes nothing), not passive [p], and nothing
// special for crossed connections [x].
// clang-format off
constexpr std::array<std::array<Transition, kStates>, kEvents> kTable{{
  //            0 Initial   1 Starting        2 Closed          3 Stopped              4 Closing    5 Stopping
  //            6 Req-Sent        7 Ack-Rcvd        8 Ack-Sent        9 Opened
  /* Up    */ {{to(2),      to(6, irc, scr),  xx,               xx,                    xx,          xx,
                xx,               xx,               xx,               xx}},
  /* Down  */ {{xx,         xx,               to(0),            to(1, tls),            to(0),       to(1),
                to(1),            to(1),            to(1),            to(1, tld)}},
  /* Open  */ {{to(1, tls), to(1),            to(6, irc, scr),  to(3),                 to(5),       to(5),
                to(6),            to(7),            to(8),            to(9)}},
  /* Close */ {{to(0),      to(0, tlf),       to(2),            to(2),                 to(4),       to(4),
                to(4, irc, str),  to(4, irc, str),  to(4, irc, str),  to(4, tld, irc, str)}},
  /* TO+   */ {{xx,         xx,               xx,               xx,                    to(4, str),  to(5, str),
                to(6, scr),       to(6, scr),       to(8, scr),       xx}},
  /* TO-   */ {{xx,         xx,               xx,               xx,                    to(2, tlf),  to(3, tlf),
                to(3, tlf),       to(3, tlf),       to(3, tlf),       xx}},
  /* RCR+  */ {{xx,         xx,               to(2, sta),       to(8, irc, scr, sca),  to(4),       to(5),
                to(8, sca),       to(9, sca, tlu),  to(8, sca),       to(8, tld, scr, sca)}},
  /* RCR-  */ {{xx,         xx,               to(2, sta),       to(6, irc, scr, scn),  to(4),       to(5),
                to(6, scn),       to(7, scn),       to(6, scn),       to(6, tld, scr, scn)}},
  /* RCA   */ {{xx,         xx,               to(2, sta),       to(3, sta),            to(4),       to(5),
                to(7, irc),       to(6, scr),       to(9, irc, tlu),  to(6, tld, scr)}},
  /* RCN   */ {{xx,         xx,               to(2, sta),       to(3, sta),            to(4),       to(5),
                to(6, irc, scr),  to(6, scr),       to(8, irc, scr),  to(6, tld, scr)}},
  /* RTR   */ {{xx,         xx,               to(2, sta),       to(3, sta),            to(4, sta),  to(5, sta),
                to(6, sta),       to(6, sta),       to(6, sta),       to(5, tld, zrc, sta)}},
  /* RTA   */ {{xx,         xx,               to(2),            to(3),                 to(2, tlf),  to(3, tlf),
                to(6),            to(6),            to(8),            to(6, tld, scr)}},
  /* RUC   */ {{xx,         xx,               to(2, scj),       to(3, scj),            to(4, scj),  to(5, scj),
                to(6, scj),       to(7, scj),       to(8, scj),       to(9, scj)}},
  /* RXJ+  */ {{xx,         xx,               to(2),            to(3),                 to(4),       to(5),
                to(6),            to(6),            to(8),            to(9)}},
  /* RXJ-  */ {{xx,         xx,               to(2, tlf),       to(3, tlf),            to(2, tlf),  to(3, tlf),
                to(3, tlf),       to(3, tlf),       to(3, tlf),       to(5, tld, irc, str)}},
  /* RXR   */ {{xx,         xx,               to(2),            to(3),                 to(4),       to(5),
                to(6),            to(7),            to(8),            to(9, ser)}},
}};
// clang-format on

}  // namespace

const Transition& transition(State state, Event event) {
  return kTable[static_cast<std::size_t>(event)][static_cast<std::size_t>(state)];
}

}  // namespace upptpd::ppp
