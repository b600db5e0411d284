"""Which packets count although their checksums are wrong: where that is the rule, or the peer took them."""

from __future__ import annotations

import pytest

from rawkit.flow.rules import FlowRules

BAD = {"damaged": True}


def edited(talk):
    """A whole connection in which no sum is right."""
    talk.c("S", **BAD).s("SA", **BAD).c("A", **BAD).c("PA", 10, **BAD).s("A", **BAD).s("PA", 20, **BAD)
    return talk.c("FA", **BAD).s("FA", **BAD).c("A", **BAD)


def offloaded(talk):
    """The client's sums are not there yet."""
    talk.c("S", **BAD).s("SA").c("A", **BAD).c("PA", 10, **BAD).s("A").s("PA", 20)
    return talk.c("FA", **BAD).s("FA").c("A", **BAD)


def large_segments(talk):
    """The sums of payload are wrong, and the peer has it."""
    return talk.opened().c("PA", 5000, **BAD).s("A").c("PA", 5000, **BAD).s("A").c("FA").s("FA").c("A")


COUNTED = {"edited": (edited, 9, 0), "offload": (offloaded, 5, 5), "large segments": (large_segments, 2, 2)}


@pytest.mark.parametrize(("script", "counted", "later"), COUNTED.values(), ids=COUNTED)
def test_these_count(track, talk, script, counted, later):
    seen = track(script(talk).frames)
    (flow,) = seen.flows
    assert (flow.conn_state, flow.history.lower().count("c"), flow.missed_bytes) == ("SF", 0, 0)
    assert (seen.noticed.wrong_sums, seen.noticed.filled_in_later) == (counted, later)
    assert [found.unseen for found in seen.handshakes] == [()]


LEFT_OUT = {
    "one that comes again": (lambda t: t.opened().c("PA", 10, **BAD).c("PA", 10, seq=1).s("A"), "ShACDa"),
    "one that is never acknowledged": (lambda t: t.opened().c("PA", 10, **BAD).s("A", ack=1), "ShACa"),
    "a SYN that comes again": (lambda t: t.c("S", **BAD).c("S", seq=0).s("SA").c("A").s("PA", 10), "CShAd"),
    "an ACK, which nothing acknowledges": (lambda t: t.opened().c("PA", 10).c("A", **BAD).s("A"), "ShADCa"),
    "a RST": (lambda t: t.opened().c("PA", 10).s("A").s("R", **BAD).c("PA", 10).s("A"), "ShADac"),
}


@pytest.mark.parametrize(("script", "history"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_these_do_not(track, talk, script, history):
    """One wrong packet among right ones was damaged on its way: its receiver has dropped it."""
    seen = track(script(talk).frames)
    assert ([flow.history for flow in seen.flows], seen.noticed.wrong_sums) == ([history], 0)


def test_what_was_seen_before_counts_too(track, talk):
    """In batches of one packet nothing is ahead; what lies behind is remembered."""
    (flow,) = track(edited(talk).frames, one_by_one=True).flows
    assert (flow.conn_state, flow.history) == ("SF", "ShADadFf")


def test_a_wrong_one_stays_out_in_a_batch_of_its_own(track, talk):
    talk.opened().c("PA", 10).s("A").c("PA", 10, **BAD).s("A", ack=11)
    (flow,) = track(talk.frames, one_by_one=True).flows
    assert flow.history == "ShADaC"


@pytest.mark.parametrize(("choice", "state"), [("auto", "SF"), ("ignore", "SF"), ("verify", "OTH")])
def test_the_rules_decide(track, talk, choice, state):
    (flow,) = track(edited(talk).frames, rules=FlowRules(checksums=choice)).flows
    assert flow.conn_state == state


def test_ignored_sums_are_not_noticed(track, talk):
    assert track(edited(talk).frames, rules=FlowRules(checksums="ignore")).noticed.wrong_sums == 0


def test_flows_are_judged_apart(track, talk, another):
    """One host's sums are wrong as a rule; another's single one is not believed."""
    other = another(client=(bytes([192, 0, 2, 77]), 41000))
    other.opened().c("PA", 10, **BAD).c("PA", 10, seq=1).s("A").c("PA", 10).s("A")
    frames = sorted(edited(talk).frames + other.frames, key=lambda frame: frame[0])
    flows = {flow.orig.port: flow.history for flow in track(frames).flows}
    assert flows == {40000: "ShADadFf", 41000: "ShACDa"}
