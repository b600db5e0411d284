"""The table of transitions: the arrows of RFC 9293, figure 5, and no state that leads nowhere."""

from __future__ import annotations

import pytest

from rawkit.tcp.states import TRANSITIONS, Signal, State, after, leads

# Figure 5, without the SEND from LISTEN, which no socket offers.
FIGURE_5 = [
    ("CLOSED", "passive OPEN", "LISTEN"), ("CLOSED", "active OPEN", "SYN-SENT"),
    ("LISTEN", "SYN arrives", "SYN-RECEIVED"), ("LISTEN", "CLOSE", "CLOSED"),
    ("SYN-SENT", "SYN arrives", "SYN-RECEIVED"), ("SYN-SENT", "CLOSE", "CLOSED"),
    ("SYN-SENT", "SYN-ACK of our SYN arrives", "ESTABLISHED"),
    ("SYN-RECEIVED", "ACK of our SYN arrives", "ESTABLISHED"),
    ("ESTABLISHED", "CLOSE", "FIN-WAIT-1"), ("ESTABLISHED", "FIN arrives", "CLOSE-WAIT"),
    ("FIN-WAIT-1", "ACK of our FIN arrives", "FIN-WAIT-2"), ("FIN-WAIT-1", "FIN arrives", "CLOSING"),
    ("FIN-WAIT-2", "FIN arrives", "TIME-WAIT"), ("CLOSING", "ACK of our FIN arrives", "TIME-WAIT"),
    ("CLOSE-WAIT", "CLOSE", "LAST-ACK"), ("LAST-ACK", "ACK of our FIN arrives", "CLOSED"),
    ("TIME-WAIT", "2 MSL are over", "CLOSED"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "signal", "new"), FIGURE_5)
def test_figure_5(old, signal, new):
    assert after(State(old), Signal(signal)) is State(new)


def test_no_other_line_leads_anywhere_but_to_closed():
    others = {(state.value, line.signal.value, line.new.value) for line in TRANSITIONS for state in line.states}
    assert {new for _old, _signal, new in others - set(FIGURE_5)} == {"CLOSED"}


def test_no_case_has_two_lines():
    cases = [(state, line.signal) for line in TRANSITIONS for state in line.states]
    assert len(cases) == len(set(cases))


@pytest.mark.parametrize("state", [state for state in State if state is not State.CLOSED])
def test_an_abort_leads_out_of_every_state(state):
    assert after(state, Signal.ABORT) is State.CLOSED
    assert not leads(State.CLOSED, Signal.ABORT)
