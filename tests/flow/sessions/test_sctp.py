"""Associations of SCTP, written down chunk by chunk (scapy makes the packets), against RFC 9260."""

from __future__ import annotations

from typing import Any

import pytest
from scapy.layers import sctp as s
from scapy.layers.inet import IP
from scapy.packet import Raw

from rawkit.view.events import calls

ADDRESSES = ("192.0.2.10", "198.51.100.20")
PORTS = (40000, 9000)
TAGS = (0x11111111, 0x22222222)
BEGIN = 1_700_000_000 * 10**9
STREAMS = {"a_rwnd": 106496, "n_out_streams": 10, "n_in_streams": 10}
USER_ABORT, PROTOCOL_VIOLATION = 12, 13


def cause(code: int) -> bytes:
    return code.to_bytes(2) + b"\x00\x04"


def chunk(name: str, side: int, tag: int | None) -> Any:
    """A chunk by its name in RFC 9260; `tag` is what an INIT asks for."""
    asked = TAGS[side] if tag is None else tag
    cookie = [s.SCTPChunkParamStateCookie(cookie=b"c" * 8)]
    return {
        "INIT": lambda: s.SCTPChunkInit(init_tag=asked, init_tsn=1, **STREAMS),
        "INIT ACK": lambda: s.SCTPChunkInitAck(init_tag=asked, init_tsn=1, params=cookie, **STREAMS),
        "COOKIE ECHO": lambda: s.SCTPChunkCookieEcho(cookie=b"c" * 8),
        "COOKIE ACK": s.SCTPChunkCookieAck,
        "DATA": lambda: s.SCTPChunkData(beginning=1, ending=1, tsn=1, data=b"x" * 6),
        "SACK": lambda: s.SCTPChunkSACK(cumul_tsn_ack=1, a_rwnd=9, n_gap_ack=0, n_dup_tsn=0),
        "HEARTBEAT": lambda: s.SCTPChunkHeartbeatReq(params=[s.SCTPChunkParamHeartbeatInfo(data=b"1234")]),
        "SHUTDOWN": lambda: s.SCTPChunkShutdown(cumul_tsn_ack=1),
        "SHUTDOWN ACK": s.SCTPChunkShutdownAck,
        "SHUTDOWN COMPLETE": s.SCTPChunkShutdownComplete,
        "ABORT": lambda: s.SCTPChunkAbort() / Raw(b""),
        "ABORT T": lambda: s.SCTPChunkAbort(TCB=1),
        "ABORT user": lambda: s.SCTPChunkAbort(error_causes=cause(USER_ABORT)),
        "ABORT violation": lambda: s.SCTPChunkAbort(error_causes=cause(PROTOCOL_VIOLATION)),
    }[name]()


class Association:
    """Packets of a client and a server, a millisecond apart."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, bytes]] = []
        self.now = BEGIN

    def c(self, *names: str, **given: int) -> Association:
        return self._send(0, names, **given)

    def s(self, *names: str, **given: int) -> Association:
        return self._send(1, names, **given)

    def _send(
        self, side: int, names: tuple[str, ...], *, tag: int | None = None, asks: int | None = None
    ) -> Association:
        way = slice(None, None, -1 if side else 1)
        tag = (0 if names[0] == "INIT" else TAGS[1 - side]) if tag is None else tag
        packet = IP(src=ADDRESSES[way][0], dst=ADDRESSES[way][1], id=0) / s.SCTP(
            sport=PORTS[way][0], dport=PORTS[way][1], tag=tag
        )
        for name in names:
            packet /= chunk(name, side, asks)
        self.frames.append((self.now, bytes(packet)))
        self.now += 1_000_000
        return self

    def wait(self, seconds: float) -> Association:
        self.now += int(seconds * 10**9)
        return self

    def opened(self) -> Association:
        return self.c("INIT").s("INIT ACK").c("COOKIE ECHO").s("COOKIE ACK")


@pytest.fixture
def a() -> Association:
    return Association()


# Opening (section 5) -----------------------------------------------------------------------------------------

ATTEMPTS = {
    "four ways": (lambda a: a.opened(), "established", (), "connect() = 0"),
    "data with the cookie": (
        lambda a: a.c("INIT").s("INIT ACK").c("COOKIE ECHO", "DATA").s("COOKIE ACK", "SACK"), "established", (),
        "connect() = 0",
    ),
    "INIT repeated": (lambda a: a.c("INIT").wait(1).opened(), "established", (), "connect() = 0"),
    "COOKIE ACK not captured": (
        lambda a: a.c("INIT").s("INIT ACK").c("COOKIE ECHO").s("DATA"), "established", ("cookie_ack",),
        "connect() = 0 (COOKIE ACK not captured)",
    ),
    "only the client's side": (
        lambda a: a.c("INIT").c("COOKIE ECHO").c("DATA").c("SACK"), "established", ("init_ack", "cookie_ack"),
        "connect() = 0 (INIT ACK and COOKIE ACK not captured)",
    ),
    "INIT not captured": (
        lambda a: a.s("INIT ACK").c("COOKIE ECHO").s("COOKIE ACK"), "established", ("init",),
        "connect() = 0 (INIT not captured)",
    ),
    # Section 8.4, 3: a host without a listener answers by ABORT (Linux: ECONNREFUSED).
    "nobody listens": (lambda a: a.c("INIT").s("ABORT"), "refused", (), "connect(): ECONNREFUSED"),
    "refused after the cookie": (
        lambda a: a.c("INIT").s("INIT ACK").c("COOKIE ECHO").s("ABORT"), "refused", (), "connect(): ECONNREFUSED"
    ),
    "no answer": (lambda a: a.c("INIT").wait(3).c("INIT"), "timed out", (), "connect(): ETIMEDOUT"),
    "a cookie that nobody answers": (
        lambda a: a.c("INIT").s("INIT ACK").c("COOKIE ECHO", "DATA"), "half open", (), "accept() has nothing"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTEMPTS)
def test_attempt(track, a, name):
    script, outcome, unseen, call = ATTEMPTS[name]
    (found,) = track(script(a).frames).handshakes
    assert (found.transport, found.stream, found.outcome, found.unseen) == ("sctp", None, outcome, unseen)
    assert calls.of_handshake(found) == call
    assert (str(found.client), str(found.server)) == ("192.0.2.10:40000", "198.51.100.20:9000")


def test_frames_and_times_are_those_of_the_steps(track, a):
    (found,) = track(a.c("INIT").wait(1).opened().c("DATA").frames).handshakes
    assert (found.frames, found.syn_repeats) == ((1, 3, 5), 1)
    assert (found.syn_ack_time - found.syn_time, found.ack_time - found.syn_ack_time) == (1_002_000_000, 2_000_000)


def test_both_ask_at_once(track, a):
    """Section 5.2.1: each answers the other's INIT."""
    both = a.c("INIT").s("INIT").s("INIT ACK").c("INIT ACK").c("COOKIE ECHO").s("COOKIE ACK")
    (found,) = track(both.frames).handshakes
    assert (found.outcome, found.simultaneous, found.syn_repeats) == ("established", True, 0)


def test_the_tag_that_counts_is_the_one_whose_cookie_comes_back(track, a):
    """Each INIT ACK may have another; the COOKIE ECHO says which the client took (section 5.1)."""
    a.c("INIT").s("INIT ACK", asks=7).s("INIT ACK", asks=8).c("COOKIE ECHO", tag=7).s("COOKIE ACK").c("DATA", tag=7)
    seen = track(a.c("SHUTDOWN", tag=7).s("SHUTDOWN ACK").c("SHUTDOWN COMPLETE", tag=7).frames)
    assert [found.outcome for found in seen.handshakes] == ["established"]
    assert [end.by for end in seen.teardowns] == ["SHUTDOWN"]


@pytest.mark.parametrize("opened", [False, True])
def test_another_tag_is_another_association(track, a, opened):
    """Section 5.2.2: the host was restarted."""
    first = a.opened() if opened else a.c("INIT")
    again = first.wait(1).c("INIT", asks=5).s("INIT ACK", tag=5).c("COOKIE ECHO").s("COOKIE ACK", tag=5)
    seen = track(again.frames)
    assert [found.outcome for found in seen.handshakes] == ["established" if opened else "timed out", "established"]
    assert len({flow.uid for flow in seen.flows}) == 2


@pytest.mark.parametrize(("end", "seconds"), [("ABORT user", 10), ("DATA", 100)])
def test_ports_used_again_when_the_association_is_over_already(track, a, end, seconds):
    """It ended by its time-out, after the ABORT or because nothing came; the INIT does not end it once more."""
    seen = track(a.opened().c(end).wait(seconds).c("INIT", asks=5).s("INIT ACK", tag=5).frames)
    assert len(seen.flows) == len({flow.uid for flow in seen.flows}) == 2
    assert [found.outcome for found in seen.handshakes] == ["established", "half open"]


# Closing (section 9) -----------------------------------------------------------------------------------------

ENDS = {
    "SHUTDOWN": (
        lambda a: a.c("SHUTDOWN").s("SHUTDOWN ACK").c("SHUTDOWN COMPLETE"),
        ("SHUTDOWN", "client", None, None), "close()", "SF",
    ),
    "by the server": (
        lambda a: a.s("SHUTDOWN").c("SHUTDOWN ACK").s("SHUTDOWN COMPLETE"),
        ("SHUTDOWN", "server", None, None), "close()", "SF",
    ),
    "both at once": (
        lambda a: a.c("SHUTDOWN").s("SHUTDOWN").c("SHUTDOWN ACK").s("SHUTDOWN ACK"),
        ("SHUTDOWN", "client", None, None), "close() on both sides at once", "SF",
    ),
    "SHUTDOWN without answer": (lambda a: a.c("SHUTDOWN"), ("half", "client", None, None), "close()", "S2"),
    "SO_LINGER 0": (
        lambda a: a.c("ABORT user"), ("ABORT", "client", "aborted", "User initiated ABORT"),
        "close() with SO_LINGER 0, or SCTP_ABORT", "RSTO",
    ),
    "unread data": (
        lambda a: a.c("DATA").s("ABORT user"), ("ABORT", "server", "unread data", "User initiated ABORT"),
        "close() with unread data, or SO_LINGER 0, or SCTP_ABORT", "RSTR",
    ),
    "protocol violation": (
        lambda a: a.s("ABORT violation"), ("ABORT", "server", "unknown", "Protocol violation"),
        "recv(): ECONNRESET", "RSTR",
    ),
    # Section 8.4, 8: a host that knows no such association sends back the tag that it got.
    "unknown to the peer": (
        lambda a: a.c("DATA").s("ABORT T", tag=TAGS[1]), ("ABORT", "server", "unknown", None), "recv(): ECONNRESET",
        "RSTR",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
def test_end(track, a, name):
    script, told, call, state = ENDS[name]
    seen = track(script(a.opened()).frames)
    (end,) = seen.teardowns
    assert (end.by, end.first, end.reason, end.cause) == told
    assert (end.transport, calls.of_teardown(end), end.simultaneous) == ("sctp", call, name == "both at once")
    assert [flow.conn_state for flow in seen.flows] == [state]


@pytest.mark.parametrize("script", [lambda a: a.c("ABORT user", tag=9), lambda a: a.s("ABORT T", tag=9)])
def test_an_abort_with_another_tag_is_ignored(track, a, script):
    """Section 8.5.1, B: it was made by somebody who does not see the packets."""
    seen = track(script(a.opened()).c("SHUTDOWN").s("SHUTDOWN ACK").c("SHUTDOWN COMPLETE").frames)
    (end,) = seen.teardowns
    assert (end.by, end.stray_resets, end.reason) == ("SHUTDOWN", 1, "wrong tag")
    (alone,) = track(script(Association().opened()).frames).teardowns
    assert calls.of_teardown(alone) == "ABORT ignored"


def test_other_chunks_with_another_tag_change_nothing(track, a):
    seen = track(a.opened().c("SHUTDOWN", tag=9).s("SHUTDOWN ACK", tag=9).c("SHUTDOWN COMPLETE", tag=9).frames)
    assert (seen.teardowns, [flow.conn_state for flow in seen.flows]) == ([], ["S1"])


def test_after_its_end_the_same_ports_are_another_association(track, a):
    a.opened().c("SHUTDOWN").s("SHUTDOWN ACK").c("SHUTDOWN COMPLETE").opened().s("ABORT user")
    seen = track(a.frames)
    assert [end.by for end in seen.teardowns] == ["SHUTDOWN", "ABORT"]
    assert [flow.conn_state for flow in seen.flows] == ["SF", "RSTR"]


def test_heartbeats_keep_an_association_whole(track, a):
    """Every 30 s by default (section 16), with a path that is idle otherwise."""
    a.opened()
    for _ in range(5):
        a.wait(33).c("HEARTBEAT")
    assert len(track(a.frames).flows) == 1


def test_the_middle_of_an_association(track, a):
    """Without its INIT there is no attempt to tell of; its end is told, and its tags are those of its packets."""
    a.c("DATA").s("SACK").c("ABORT user", tag=9).s("SHUTDOWN").c("SHUTDOWN ACK").s("SHUTDOWN COMPLETE")
    seen = track(a.frames)
    assert seen.handshakes == []
    assert [(end.by, end.first, end.stray_resets) for end in seen.teardowns] == [("SHUTDOWN", "server", 1)]


@pytest.mark.parametrize("size", range(20, 52))
def test_a_packet_cut_anywhere(track, a, size):
    (time, packet), *rest = a.opened().frames
    assert len(track([(time, packet[:size]), *rest]).flows) == 1


@pytest.mark.parametrize("length", [0, 1, 3, 65535])
def test_a_chunk_of_any_length_ends_the_walk(track, a, length):
    frames = a.opened().c("DATA").frames
    time, packet = frames[-1]
    odd = packet[:34] + length.to_bytes(2) + packet[36:]
    assert len(track([*frames[:-1], (time, odd)]).flows) == 1
