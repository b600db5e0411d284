"""Lines of unanswered SYNs are the same, whether they are written one by one or together."""

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
from rawkit.view.events import unanswered
from rawkit.view.events.view import EventView
from rawkit.view.moments import FORMS

MSS = b"\x02\x04\x05\xb4"


def syn(number: int, flags: int = tcp.SYN, options: bytes = b"", answer: bool = False) -> bytes:
    hosts = [socket.inet_aton(f"198.{18 + number % 2}.{number % 7}.{number}"), socket.inet_aton("198.18.9.9")]
    ports = [30000 + number, 80]
    if answer:
        hosts.reverse()
        ports.reverse()
    body = dpkt.tcp.TCP(sport=ports[0], dport=ports[1], seq=9, flags=flags, opts=options, off=5 + len(options) // 4)
    body.ack = 10 if answer else 0
    return bytes(dpkt.ip.IP(src=hosts[0], dst=hosts[1], p=6, data=body))


@pytest.fixture(scope="module")
def events() -> Int64s:
    """Attempts that offer an MSS or nothing, and between them some that are repeated or refused, or were reported."""
    packets = []
    for number in range(60):
        packets.append(syn(number, options=MSS if number % 3 else b""))
        if number % 11 == 5:
            packets.append(syn(number, options=MSS if number % 3 else b""))
        if number % 13 == 5:
            packets.append(syn(number, tcp.RST | tcp.ACK, answer=True))
        if number % 17 == 5:
            error = dpkt.icmp.ICMP(type=3, code=1, data=bytes(4) + packets[-1][:28])
            source, target = socket.inet_aton("198.18.0.254"), packets[-1][12:16]
            packets.append(bytes(dpkt.ip.IP(src=source, dst=target, p=1, data=error)))
    engine = Engine("interpreted")
    times = [1_700_000_000 * 10**9 + 300_000_000 * place for place in range(len(packets))]
    follower = FlowTracker(engine, layout.HANDSHAKE, seed=1)
    batch = Decoder(engine).decode(FrameBatch.from_frames(packets, times, link_type=101))
    told = [follower.track(batch).events, follower.finish()]
    return max(told, key=len)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("format", ["text", "json", "csv"])
def test_lines_written_together_are_those_written_one_by_one(monkeypatch, events, format, form):
    together = EventView("handshakes", format, Engine("interpreted"), times=form).tell(events)
    monkeypatch.setattr(unanswered, "FEW", len(events) + 1)
    one_by_one = EventView("handshakes", format, Engine("interpreted"), times=form).tell(events)
    assert together.decode().splitlines() == one_by_one.decode().splitlines()


def test_most_are_written_together_and_others_are_not(events):
    mine = unanswered.is_unanswered(events[:, layout.EVENT_ROW :].T)
    assert 30 < mine.sum() < len(events)
