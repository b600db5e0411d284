"""Lines of SYNs that nobody answered, or a RST refused, are the same, written one by one or together."""

from __future__ import annotations

import socket

import dpkt
import pytest

from rawkit.decode import Decoder
from rawkit.facts import tcp
from rawkit.flow import layout
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch, Int64s
from rawkit.kernels import Engine
from rawkit.view.events import one_syn
from rawkit.view.events.view import EventView
from rawkit.view.moments import FORMS

MSS = b"\x02\x04\x05\xb4"
BEGIN = 1_700_000_000 * 10**9
VIEWS = {"handshakes": layout.HANDSHAKE, "teardowns": layout.TEARDOWN}


def packet(number: int, flags: int = tcp.SYN, *, answer: bool = False) -> bytes:
    """A segment of one attempt, whose SYN offers an MSS or nothing."""
    hosts = [socket.inet_aton(f"198.{18 + number % 2}.{number % 7}.{number}"), socket.inet_aton("198.18.9.9")]
    ports = [30000 + number, 80]
    if answer:
        hosts.reverse()
        ports.reverse()
    options = MSS if number % 3 and not answer else b""
    body = dpkt.tcp.TCP(sport=ports[0], dport=ports[1], seq=9, flags=flags, opts=options, off=5 + len(options) // 4)
    body.ack = 10 if answer else 0
    return bytes(dpkt.ip.IP(src=hosts[0], dst=hosts[1], p=6, data=body))


def unreachable(syn: bytes) -> bytes:
    error = dpkt.icmp.ICMP(type=3, code=1, data=bytes(4) + syn[:28])
    return bytes(dpkt.ip.IP(src=socket.inet_aton("198.18.0.254"), dst=syn[12:16], p=1, data=error))


def followed(packets: list[bytes], wanted: int) -> Int64s:
    """All events of one kind, in one array."""
    engine = Engine("interpreted")
    times = [BEGIN + 300_000_000 * place for place in range(len(packets))]
    told: list[Int64s] = []
    follower = FlowTracker(engine, wanted, seed=1, tell=told.append)
    follower.track(Decoder(engine).decode(FrameBatch.from_frames(packets, times, link_type=101)))
    follower.finish()
    return max(told, key=len)


@pytest.fixture(scope="module", params=VIEWS)
def told(request: pytest.FixtureRequest) -> tuple[str, Int64s]:
    """Attempts: some refused, some not; between them some that are repeated, reported, closed, or refused first."""
    packets = []
    for number in range(180):
        refusal = packet(number, tcp.RST | tcp.ACK, answer=True)
        packets += [refusal] if number % 37 == 5 else []
        packets += [packet(number)] * (2 if number % 11 == 5 else 1)
        packets += [unreachable(packet(number))] if number % 17 == 5 else []
        packets += [packet(number, tcp.SYN | tcp.ACK, answer=True)] if number % 29 == 5 else []
        packets += [refusal] if number % 2 else []
        packets += [packet(number, tcp.FIN | tcp.ACK)] if number % 23 == 5 else []
    return request.param, followed(packets, VIEWS[request.param])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("format", ["text", "json", "csv"])
def test_lines_written_together_are_those_written_one_by_one(monkeypatch, told, format, form):
    name, events = told
    together = EventView(name, format, Engine("interpreted"), times=form).tell(events)
    monkeypatch.setattr(one_syn, "FEW", len(events) + 1)
    one_by_one = EventView(name, format, Engine("interpreted"), times=form).tell(events)
    assert together.decode().splitlines() == one_by_one.decode().splitlines()


def test_most_are_written_together_and_others_are_not(told):
    name, events = told
    rows = events[:, layout.EVENT_ROW :].T
    refused, unanswered = one_syn.is_refused(rows).sum(), one_syn.is_unanswered(rows).sum()
    assert 50 < refused < len(events)
    assert unanswered == 0 if name == "teardowns" else 30 < unanswered < len(events) - refused
