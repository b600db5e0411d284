"""Which frame answers which: scapy's `hashret` and `answers` decide, for every question beside every frame."""

from __future__ import annotations

import itertools
import subprocess
import sys
from functools import cache
from typing import Any

import pytest
from scapy.layers.dhcp import BOOTP, DHCP  # noqa: F401  (so that scapy knows the ports of all that `send` loads)
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6EchoReply, ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

from rawkit import linktypes
from rawkit.probe.pairing import PORTS_WITH_MESSAGES, answering, asked, read, suits
from rawkit.run.send.reply import LAYERS

MACS = {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}
THERE = IP(src="192.0.2.1", dst="192.0.2.2")
BACK = IP(src="192.0.2.2", dst="192.0.2.1")
OTHER = IP(src="192.0.2.3", dst="192.0.2.1")
THERE6 = IPv6(src="2001:db8::1", dst="2001:db8::2")
BACK6 = IPv6(src="2001:db8::2", dst="2001:db8::1")
SYN = TCP(sport=40000, dport=80, flags="S", seq=1000)
DATA = TCP(sport=40000, dport=80, flags="PA", seq=1001, ack=5001) / b"hello"

QUESTIONS: list[Any] = [
    THERE / ICMP(id=7, seq=1),
    THERE / ICMP(id=7, seq=2) / b"data",
    THERE / ICMP(type=13, id=7, seq=1),
    THERE / SYN,
    THERE / DATA,
    THERE / TCP(sport=40000, dport=80, flags="R", seq=1),
    THERE / TCP(sport=40000, dport=80, flags="SA", seq=1, ack=9),
    THERE / UDP(sport=5000, dport=7),
    THERE / UDP(sport=5000, dport=7) / b"hello",
    THERE6 / ICMPv6EchoRequest(id=7, seq=1, data=b"x"),
    THERE6 / SYN,
    THERE6 / UDP(sport=5000, dport=7) / b"hello",
    ARP(psrc="192.0.2.1", pdst="192.0.2.2"),
    Dot1Q(vlan=5) / THERE / ICMP(id=7, seq=1),
    IP(src="192.0.2.1", dst="192.0.2.2", options=[]) / ICMP(id=8, seq=1),
]
ANSWERS: list[Any] = [
    BACK / ICMP(type=0, id=7, seq=1),
    BACK / ICMP(type=0, id=7, seq=2) / b"data",
    BACK / ICMP(type=0, id=8, seq=1),
    BACK / ICMP(type=14, id=7, seq=1),
    BACK / ICMP(type=8, id=7, seq=1),
    OTHER / ICMP(type=0, id=7, seq=1),
    Dot1Q(vlan=5) / BACK / ICMP(type=0, id=7, seq=1),
    Dot1Q(vlan=6) / BACK / ICMP(type=0, id=7, seq=1),
    *(
        BACK / TCP(sport=80, dport=40000, flags=flags, seq=seq, ack=ack)
        for flags in ("S", "SA", "A", "R", "RA", "PA", "FA")
        for seq in (0, 5001, 5004, 9)
        for ack in (0, 1001, 1003, 1006, 1009, 2)
    ),
    BACK / TCP(sport=81, dport=40000, flags="SA", ack=1001),
    BACK / UDP(sport=7, dport=5000),
    BACK / UDP(sport=7, dport=5000) / b"hello",
    BACK / UDP(sport=9, dport=5000) / b"hello",
    BACK / UDP(sport=7, dport=5001) / b"hello",
    OTHER / UDP(sport=7, dport=5000) / b"hello",
    *(
        outer / ICMP(type=kind) / quoted
        for outer in (BACK, OTHER, IP(src="192.0.2.3", dst="192.0.2.9"))
        for kind in (3, 11, 12)
        for quoted in (
            THERE / SYN,
            THERE / UDP(sport=5000, dport=7),
            THERE / UDP(sport=5000, dport=8),
            THERE / ICMP(id=7, seq=1),
            BACK / SYN,
        )
    ),
    BACK6 / ICMPv6EchoReply(id=7, seq=1, data=b"x"),
    BACK6 / ICMPv6EchoReply(id=7, seq=1, data=b"y"),
    BACK6 / TCP(sport=80, dport=40000, flags="SA", ack=1001),
    BACK6 / UDP(sport=7, dport=5000) / b"hello",
    IPv6(src="2001:db8::3", dst="2001:db8::1")
    / ICMPv6DestUnreach(code=4)
    / THERE6
    / UDP(sport=5000, dport=7)
    / b"hello",
    IPv6(src="2001:db8::3", dst="2001:db8::1") / ICMPv6DestUnreach(code=4) / THERE6 / SYN,
    ARP(op=2, psrc="192.0.2.2", pdst="192.0.2.1"),
    ARP(op=2, psrc="192.0.2.3", pdst="192.0.2.1"),
    ARP(op=1, psrc="192.0.2.2", pdst="192.0.2.1"),
    BACK / Raw(b"\0" * 3),
]


def framed(packet: Any) -> bytes:
    return bytes(Ether(**MACS) / packet)


@cache
def dissected(frame: bytes) -> Any:
    return Ether(frame)


@cache
def answer_frames() -> list[bytes]:
    return [framed(answer) for answer in ANSWERS]


def scapy_says(question: bytes, answer: bytes) -> bool:
    one, other = dissected(question), dissected(answer)
    return one.hashret() == other.hashret() and bool(other.answers(one))


def rawkit_says(question: bytes, answer: bytes) -> bool:
    packet, reply = read(question, linktypes.ETHERNET), read(answer, linktypes.ETHERNET)
    assert packet is not None
    key = asked(packet)
    assert key is not None
    return reply is not None and any(one.key == key and suits(one, packet) for one in answering(reply))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda packet: packet.summary())
def test_every_frame_is_judged_as_scapy_judges_it(question: Any) -> None:
    sent = framed(question)
    wrong = [frame for frame in answer_frames() if rawkit_says(sent, frame) != scapy_says(sent, frame)]
    assert [dissected(frame).summary() for frame in wrong] == []


def test_each_question_has_an_answer_here() -> None:
    """Else the test above would compare nothing."""
    assert all(any(rawkit_says(framed(one), answer) for answer in answer_frames()) for one in QUESTIONS)


def test_numbers_go_round() -> None:
    """Scapy takes the difference of numbers on both sides of the end for a large one."""
    question = framed(THERE / TCP(sport=40000, dport=80, flags="S", seq=0xFFFFFFFF))
    assert rawkit_says(question, framed(BACK / TCP(sport=80, dport=40000, flags="SA", seq=5, ack=0)))


def test_frames_that_are_cut_anywhere_are_none_or_judged() -> None:
    for packet in itertools.chain(QUESTIONS, ANSWERS):
        frame = framed(packet)
        for size in range(len(frame)):
            found = read(frame[:size], linktypes.ETHERNET)
            if found is not None:
                asked(found)
                for one in answering(found):
                    suits(one, found)


@pytest.mark.parametrize("to", ["224.0.0.1", "255.255.255.255", "ff02::1"])
def test_groups_are_left_to_scapy(to: str) -> None:
    header = IPv6(src="2001:db8::1", dst=to) if ":" in to else IP(src="192.0.2.1", dst=to)
    packet = read(bytes(header / UDP(sport=5000, dport=7)), linktypes.RAW)
    assert packet is not None
    assert asked(packet) is None
    broadcast = read(bytes(Ether(src=MACS["src"], dst="ff:ff:ff:ff:ff:ff") / THERE / ICMP()), linktypes.ETHERNET)
    assert broadcast is not None
    assert asked(broadcast) is None


def test_ports_whose_messages_scapy_reads_are_left_to_it() -> None:
    """In a process of its own: other tests load more of scapy's layers."""
    asked = (
        "from importlib import import_module\n"
        f"for name in {tuple(LAYERS)}: import_module('scapy.layers.' + name)\n"
        "from scapy.layers.inet import UDP\n"
        "print(*{port for fields, _ in UDP.payload_guess for key, port in fields.items() if key in ('sport', 'dport')})"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    known = {int(port) for port in done.stdout.split()}
    assert 53 in known
    assert known <= PORTS_WITH_MESSAGES
