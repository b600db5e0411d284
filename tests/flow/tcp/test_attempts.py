"""What a capture proves of an attempt to connect, where it lacks something or has it in another order."""

from __future__ import annotations

import pytest

OTHER = 70_000  # where another SYN of the same host begins, counted from its first


def both_directions(client_first):
    """The frames of one direction, then those of the other, as where two recorders are put together."""

    def script(talk):
        talk.opened().c("PA", 100).s("PA", 200).c("FA").s("FA").c("A")
        sent = [frame for frame in talk.frames if frame[1][12:16] == talk.client[0]]
        answered = [frame for frame in talk.frames if frame[1][12:16] == talk.server[0]]
        talk.frames = sent + answered if client_first else answered + sent
        return talk

    return script


def only(side):
    """One direction of a whole connection."""

    def script(talk):
        talk.opened().c("PA", 100).s("PA", 200).c("FA").s("FA").c("A")
        talk.frames = [frame for frame in talk.frames if frame[1][12:16] == (talk.client, talk.server)[side][0]]
        return talk

    return script


def without(*places):
    """A whole connection without some of its segments."""

    def script(talk):
        talk.opened().c("PA", 100).s("A").s("PA", 200).c("A").c("FA").s("FA").c("A")
        talk.frames = [frame for place, frame in enumerate(talk.frames) if place not in places]
        return talk

    return script


ORDINARY = ("established", (), False)

ONE_ATTEMPT = {
    # The same segments, recorded in another order.
    "SYN-ACK before its SYN": (lambda t: t.s("SA", ack=1).c("S").c("A"), ORDINARY),
    "the client's direction first": (both_directions(True), ORDINARY),
    "the server's direction first": (both_directions(False), ORDINARY),
    "both SYNs under way at once": (
        lambda t: t.c("S").s("S").c("SA", seq=0).s("SA", seq=0).c("A", ack=1), ("established", (), True)
    ),
    # What only an open connection does (RFC 9293, section 3.10.7).
    "SYN missed": (without(0), ("established", ("syn",), False)),
    "SYN-ACK missed": (without(1), ("established", ("syn_ack",), False)),
    "SYN-ACK and ACK missed": (without(1, 2), ("established", ("syn_ack",), False)),
    "ACK missed": (lambda t: t.c("S").s("SA").s("PA", 20, ack=1), ("established", ("ack",), False)),
    "the client's direction only": (only(0), ("established", ("syn_ack",), False)),
    "the server's direction only": (only(1), ("established", ("syn", "ack"), False)),
    "only the SYN and the server's payload": (
        lambda t: t.c("S").s("PA", 20, seq=1, ack=1), ("established", ("syn_ack", "ack"), False)
    ),
    "only the SYN and the server's ACK of payload": (
        lambda t: t.c("S").s("A", seq=1, ack=500), ("established", ("syn_ack", "ack"), False)
    ),
    # What is not open, or not known to be.
    "SYN-ACK only": (lambda t: t.s("SA", ack=1), ("half open", ("syn",), False)),
    "SYN-ACK and RST": (lambda t: t.s("SA", ack=1).c("R", seq=1), ("half open", ("syn",), False)),
    "RST of a client that got a SYN-ACK": (lambda t: t.c("S").c("R", seq=1), ("half open", ("syn_ack",), False)),
    "a challenge ACK": (lambda t: t.c("S").s("A", seq=7, ack=2_000_000_000), ("timed out", (), False)),
    "a challenge ACK and the RST for it": (
        lambda t: t.c("S").s("A", seq=7, ack=2_000_000_000).c("R", seq=2_000_000_000), ("timed out", (), False)
    ),
    # The same SYN again.
    "refused three times (Windows)": (
        lambda t: t.c("S").s("RA", ack=1).wait(0.5).c("S", seq=0).s("RA", ack=1).wait(0.5).c("S", seq=0).s("RA", ack=1),
        ("refused", (), False),
    ),
    "refused, then accepted": (
        lambda t: t.c("S").s("RA", ack=1).wait(0.5).c("S", seq=0).s("SA", seq=0).c("A", ack=1), ORDINARY
    ),
    "challenged, then accepted": (
        lambda t: t.c("S").s("A", seq=7, ack=2_000_000_000).c("R", seq=2_000_000_000).wait(0.5)
        .c("S", seq=0).s("SA", seq=0).c("A", seq=1, ack=1),
        ORDINARY,
    ),
    # Two SYN-ACKs: the ACK says which counts.
    "the ACK takes the first": (lambda t: t.c("S").s("SA").s("SA", seq=OTHER).c("A", ack=1), ORDINARY),
    "the ACK takes the second": (lambda t: t.c("S").s("SA").s("SA", seq=OTHER).c("A", ack=OTHER + 1), ORDINARY),
    "nothing but two SYN-ACKs": (lambda t: t.c("S").s("SA").s("SA", seq=OTHER), ("half open", (), False)),
}  # fmt: skip


@pytest.mark.parametrize(("script", "expected"), ONE_ATTEMPT.values(), ids=ONE_ATTEMPT)
def test_one_attempt(track, talk, script, expected):
    (found,) = track(script(talk).frames).handshakes
    assert (found.outcome, found.unseen, found.simultaneous) == expected


def test_no_attempt_where_no_syn_was_seen(track, talk):
    assert track(without(0, 1)(talk).frames).handshakes == []


def test_a_refused_attempt_counts_its_syns(track, talk):
    script, _ = ONE_ATTEMPT["refused three times (Windows)"]
    seen = track(script(talk).frames)
    (found,) = seen.handshakes
    assert (found.syn_repeats, found.frames) == (2, (1, 6))
    assert [end.reason for end in seen.teardowns] == ["refused"]
    assert [flow.conn_state for flow in seen.flows] == ["REJ"] * 3  # Zeek's connections are three


def test_a_refusal_is_told_a_second_later(track, talk):
    """By then the same SYN would have come again; one that comes later belongs to a program that tries again."""
    seen = track(talk.c("S").s("RA", ack=1).wait(2).c("S", seq=0).s("RA", ack=1).wait(2).frames)
    assert [found.outcome for found in seen.handshakes] == ["refused"]
    opened = talk.c("S", seq=0).s("SA", seq=0).c("A", ack=1).frames
    assert [found.outcome for found in track(opened).handshakes] == ["refused", "established"]


def test_another_number_is_another_attempt(track, talk):
    seen = track(talk.c("S").s("RA", ack=1).wait(0.5).c("S", seq=OTHER).s("RA", ack=OTHER + 1).frames)
    assert [found.outcome for found in seen.handshakes] == ["refused", "refused"]


def test_the_same_number_after_an_open_connection_is_another_attempt(track, talk):
    again = talk.opened().c("FA").s("FA").c("A").wait(1).c("S", seq=0).s("SA", seq=0).c("A", seq=1, ack=1)
    assert [found.outcome for found in track(again.frames).handshakes] == ["established", "established"]


def test_a_challenged_attempt_is_the_flow_that_opens(track, talk):
    script, _ = ONE_ATTEMPT["challenged, then accepted"]
    seen = track(script(talk).frames)
    assert seen.handshakes[0].uid == seen.flows[1].uid
    assert seen.handshakes[0].frames == (1, 5, 6)


def test_bytes_are_those_of_the_syn_ack_that_counts(track, talk):
    talk.c("S").s("SA").s("SA", seq=OTHER).c("A", ack=1).c("PA", 10, ack=1)
    talk.s("A", seq=1).s("PA", 400, seq=1).c("A", ack=401).s("SA", seq=OTHER).c("FA", ack=401).s("FA", seq=401)
    (flow,) = track(talk.c("A", ack=402).frames).flows
    assert (flow.conn_state, flow.orig_bytes, flow.resp_bytes, flow.missed_bytes) == ("SF", 10, 400, 0)


def test_times_below_zero_are_told(track, talk):
    """Not only the order may be wrong, the times too."""
    (found,) = track(talk.s("SA", ack=1).c("S").c("A").frames).handshakes
    assert (found.syn_ack_time - found.syn_time, found.time) == (-1_000_000, found.syn_time)


DUPLICATES = {
    "SYN": lambda t: t.opened().c("PA", 100).s("A").c("S", seq=0).s("A").c("PA", 100).s("A"),
    "SYN-ACK": lambda t: t.opened().s("PA", 100).c("A").s("SA", seq=0).c("A").s("PA", 100).c("A"),
    "SYN-ACK before any payload": lambda t: t.opened().s("SA", seq=0).c("A").s("PA", 100).c("A"),
}


@pytest.mark.parametrize("script", DUPLICATES.values(), ids=DUPLICATES)
def test_late_duplicates_of_a_syn_hide_nothing(track, talk, script):
    (flow,) = track(script(talk).frames).flows
    assert (flow.missed_bytes, "g" in flow.history.lower(), flow.conn_state) == (0, False, "S1")


GAPS = {
    # src/analyzer/protocol/tcp/TCP_Reassembler.cc: both sides open, or closed from there.
    "before the FIN": (lambda t: t.opened().c("FA", seq=101).s("A"), 100),
    "before the FIN, acknowledged by a FIN": (lambda t: t.opened().c("FA", seq=101).s("FA"), 100),
    "in an open connection": (lambda t: t.opened().s("A", ack=101), 100),
    "none: the FIN takes a number": (lambda t: t.opened().c("PA", 100).c("FA").s("FA").c("A"), 0),
    "none: a RST tells no numbers": (lambda t: t.opened().s("RA", ack=101), 0),
    "none: nobody saw it open": (lambda t: t.c("PA", 10).s("A").s("A", ack=500), 0),
}


@pytest.mark.parametrize(("script", "missed"), GAPS.values(), ids=GAPS)
def test_bytes_missed(track, talk, script, missed):
    (flow,) = track(script(talk).frames).flows
    assert (flow.missed_bytes, "g" in flow.history.lower()) == (missed, missed > 0)


def test_payload_sent_again_is_not_late(track, talk):
    """Only what is new after the peer's FIN shows that the peer still reads."""
    talk.opened().c("PA", 100).s("FA", ack=101).c("PA", 100, seq=1, ack=1).s("A", ack=101)
    (end,) = track(talk.c("FA", ack=2).s("A").frames).teardowns
    assert (end.by, end.late_bytes) == ("FIN", 0)


RESETS = {
    # The window counts 2^scale bytes; without the SYN nobody knows (RFC 7323, section 2.2).
    "scale unknown": (lambda t: t.c("A", seq=1, ack=1, window=100).s("PA", 900, seq=1).s("RA", seq=901), "aborted"),
    "beyond all scales": (
        lambda t: t.c("A", seq=1, ack=1, window=1).s("PA", 1, seq=1).s("RA", seq=40_000),
        "out of window",
    ),
    "no scale offered": (lambda t: t.opened().c("A", window=100).s("RA", seq=901), "out of window"),
    "lone, number 0 and ACK: it refuses a SYN": (lambda t: t.s("RA", seq=-5_000_000, ack=1), "refused"),
    "lone, another number": (lambda t: t.s("RA", seq=9, ack=1), "unknown"),
    "lone, without ACK": (lambda t: t.s("R", seq=9), "unknown"),
}


@pytest.mark.parametrize(("script", "reason"), RESETS.values(), ids=RESETS)
def test_reason_of_a_reset(track, talk, script, reason):
    (end,) = track(script(talk).frames).teardowns
    assert end.reason == reason


def test_a_lone_refusal_comes_from_the_server(track, talk):
    (end,) = track(talk.s("RA", seq=-5_000_000, ack=1).frames).teardowns
    assert (end.client.port, end.reset_by, end.unseen) == (talk.client[1], "server", ("orig",))


def test_a_direction_that_is_not_there_is_named(track, talk):
    (end,) = track(only(0)(talk).frames).teardowns
    assert (end.by, end.unseen) == ("half", ("resp",))


UNREAD = {
    "the peer sent payload last": (lambda t: t.opened().s("PA", 10).c("A").c("RA"), "unread data", True),
    "the peer sent payload before": (lambda t: t.opened().s("PA", 10).c("PA", 10).c("RA"), "aborted", True),
    "the peer never sent any": (lambda t: t.opened().c("PA", 10).c("RA"), "aborted", False),
    "the capture begins in the middle": (lambda t: t.c("PA", 10, seq=1).s("A").c("RA"), "aborted", True),
}


@pytest.mark.parametrize(("script", "reason", "maybe"), UNREAD.values(), ids=UNREAD)
def test_whether_data_may_have_been_unread(track, talk, script, reason, maybe):
    (end,) = track(script(talk).frames).teardowns
    assert (end.reason, end.maybe_unread) == (reason, maybe)


def test_a_socket_that_is_its_own_peer_and_whose_syn_was_missed(track, another):
    """The SYN-ACK's sender is its receiver too: there is nobody else to have opened the connection."""
    end = (bytes([127, 0, 0, 1]), 40000)
    talk = another(client=end, server=end).c("SA").c("A", seq=1)
    (found,) = track(talk.frames).handshakes
    assert (found.outcome, found.client, found.syn_time) == ("established", found.server, found.time)
