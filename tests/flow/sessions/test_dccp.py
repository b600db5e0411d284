"""Connections of DCCP, written down packet by packet, against RFC 4340 (section 8) and Linux's sockets."""

from __future__ import annotations

import socket
import struct

import pytest

from rawkit.view.events import calls, handshakes

ADDRESSES = tuple(socket.inet_aton(text) for text in ("192.0.2.10", "198.51.100.20"))
PORTS = (40000, 5001)
BEGIN = 1_700_000_000 * 10**9
TYPES = ("Request", "Response", "Data", "Ack", "DataAck", "CloseReq", "Close", "Reset", "Sync", "SyncAck")
CLOSED, ABORTED, NO_CONNECTION, REFUSED, TOO_BUSY, OPTION_ERROR = 1, 2, 3, 7, 9, 5


class Connection:
    """Packets of a client and a server, a millisecond apart."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, bytes]] = []
        self.now = BEGIN

    def c(self, name: str, code: int = 0) -> Connection:
        return self._send(0, name, code)

    def s(self, name: str, code: int = 0) -> Connection:
        return self._send(1, name, code)

    def _send(self, side: int, name: str, code: int) -> Connection:
        """A header with 48-bit numbers (section 5.1): an acknowledgement where the type has one, service or code."""
        way = slice(None, None, -1 if side else 1)
        rest = b"" if name in ("Request", "Data") else struct.pack("!Q", 7)
        rest += struct.pack("!I", 42) if name in ("Request", "Response") else b""
        rest += bytes([code, 0, 0, 0]) if name == "Reset" else b""
        payload = b"x" * 10 if name.startswith("Data") else b""
        kind = struct.pack("!BBHI", TYPES.index(name) << 1 | 1, 0, 0, len(self.frames))
        packet = struct.pack("!HHBBH", *PORTS[way], (16 + len(rest)) // 4, 0, 0) + kind + rest + payload
        header = struct.pack("!BBHIBBH", 0x45, 0, 20 + len(packet), 0, 64, 33, 0)
        filled = (
            packet[:6]
            + struct.pack("!H", checksum(b"".join(ADDRESSES) + struct.pack("!HH", 33, len(packet)) + packet))
            + packet[8:]
        )
        self.frames.append((self.now, header + b"".join(ADDRESSES[way]) + filled))
        self.now += 1_000_000
        return self

    def wait(self, seconds: float) -> Connection:
        self.now += int(seconds * 10**9)
        return self

    def opened(self) -> Connection:
        return self.c("Request").s("Response").c("Ack")


def checksum(data: bytes) -> int:
    """RFC 1071."""
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@pytest.fixture
def d() -> Connection:
    return Connection()


ATTEMPTS = {
    "opened": (lambda d: d.opened(), "established", (), "connect() = 0"),
    "data with the acknowledgement": (
        lambda d: d.c("Request").s("Response").c("DataAck"),
        "established",
        (),
        "connect() = 0",
    ),
    "Request repeated": (lambda d: d.c("Request").opened(), "established", (), "connect() = 0"),
    "Ack not captured": (
        lambda d: d.c("Request").s("Response").s("Data"),
        "established",
        ("ack",),
        "connect() = 0 (Ack not captured)",
    ),
    "Response not captured": (
        lambda d: d.c("Request").c("Ack"),
        "established",
        ("response",),
        "connect() = 0 (Response not captured)",
    ),
    "Request not captured": (
        lambda d: d.s("Response").c("Ack"),
        "established",
        ("request",),
        "connect() = 0 (Request not captured)",
    ),
    "no answer": (lambda d: d.c("Request").c("Request"), "timed out", (), "connect(): ETIMEDOUT"),
    "no Ack": (lambda d: d.c("Request").s("Response"), "half open", (), "accept() has nothing"),
    # Section 5.6, and dccp_reset_code_convert in Linux.
    "nobody listens": (lambda d: d.c("Request").s("Reset", NO_CONNECTION), "refused", (), "connect(): ECONNREFUSED"),
    "refused": (lambda d: d.c("Request").s("Reset", REFUSED), "refused", (), "connect(): ECONNREFUSED"),
}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_attempt(track, d, name):
    script, outcome, unseen, call = ATTEMPTS[name]
    (found,) = track(script(d).frames).handshakes
    assert (found.transport, found.stream, found.outcome, found.unseen) == ("dccp", None, outcome, unseen)
    assert calls.of_handshake(found) == call
    assert (str(found.client), str(found.server)) == ("192.0.2.10:40000", "198.51.100.20:5001")


ENDS = {
    "Close": (lambda d: d.c("Close").s("Reset", CLOSED), ("Close", "client", None, None), "close()", "SF"),
    # Section 8.3: a server that does not want to wait asks the client to close.
    "CloseReq": (
        lambda d: d.s("CloseReq").c("Close").s("Reset", CLOSED), ("Close", "server", None, None), "close()", "SF"
    ),
    "both at once": (
        lambda d: d.c("Close").s("Close").c("Reset", CLOSED), ("Close", "client", None, None),
        "close() on both sides at once", "SF",
    ),
    "Close without answer": (lambda d: d.c("Close"), ("half", "client", None, None), "close()", "S2"),
    "aborted": (
        lambda d: d.s("Reset", ABORTED), ("Reset", "server", "aborted", "Aborted"), "close() with SO_LINGER 0", "RSTR"
    ),
    "unread data": (
        lambda d: d.c("DataAck").s("Reset", ABORTED), ("Reset", "server", "unread data", "Aborted"),
        "close() with unread data, or SO_LINGER 0", "RSTR",
    ),
    "no connection": (
        lambda d: d.s("Reset", NO_CONNECTION), ("Reset", "server", "unknown", "No Connection"), "recv(): ECONNRESET",
        "RSTR",
    ),
    "option error": (
        lambda d: d.c("Reset", OPTION_ERROR), ("Reset", "client", "unknown", "Option Error"), "recv(): EILSEQ", "RSTO"
    ),
    # The Close that it answers is not in the capture.
    "only the Reset": (
        lambda d: d.s("Reset", CLOSED), ("Reset", "server", "unknown", "Closed"), "recv() = 0", "RSTR"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
def test_end(track, d, name):
    script, told, call, state = ENDS[name]
    seen = track(script(d.opened()).frames)
    (end,) = seen.teardowns
    assert (end.by, end.first, end.reason, end.cause) == told
    assert (end.transport, calls.of_teardown(end), end.simultaneous) == ("dccp", call, name == "both at once")
    assert [flow.conn_state for flow in seen.flows] == [state]


def test_a_server_that_is_too_busy(track, d):
    seen = track(d.c("Request").s("Reset", TOO_BUSY).frames)
    assert [calls.of_teardown(end) for end in seen.teardowns] == ["connect(): EUSERS"]
    assert [calls.of_handshake(found) for found in seen.handshakes] == ["connect(): EUSERS"]
    assert handshakes.line(seen.handshakes[0], lambda _: "").endswith(
        "refused (Too Busy); Reset after 1.000 ms; connect(): EUSERS"
    )


def test_after_its_end_the_same_ports_are_another_connection(track, d):
    seen = track(d.opened().c("Close").s("Reset", CLOSED).opened().s("Reset", ABORTED).frames)
    assert [end.by for end in seen.teardowns] == ["Close", "Reset"]
    assert [flow.conn_state for flow in seen.flows] == ["SF", "RSTR"]


@pytest.mark.parametrize(("end", "seconds"), [("Reset", 10), ("DataAck", 100)])
def test_ports_used_again_when_the_connection_is_over_already(track, d, end, seconds):
    """It ended by its time-out, after the Reset or because nothing came; the Request does not end it once more."""
    seen = track(d.opened().c(end).wait(seconds).c("Request").s("Response").frames)
    assert len(seen.flows) == len({flow.uid for flow in seen.flows}) == 2
    assert [found.outcome for found in seen.handshakes] == ["established", "half open"]


@pytest.mark.parametrize("size", range(20, 48))
def test_a_packet_cut_anywhere(track, d, size):
    (time, packet), *rest = d.opened().frames
    assert len(track([(time, packet[:size]), *rest]).flows) == 1
