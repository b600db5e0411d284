"""`Replies`: what came back for what was sent, paired by scapy's own rules, and the time between."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any, Final

from rawkit import linktypes
from rawkit.craft.quiet import quietly, scapy_module
from rawkit.facts import cooked, ethertypes
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.frames import FrameBatch

LAYERS: Final = ("inet", "inet6", "l2", "dns", "dhcp", "sctp", "ntp")
"""Modules of scapy that know which packet answers which."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A frame that was sent, and the first that answers it.

    Attributes:
        number: of the frame that was sent, from 1.
        sent: it, as scapy sums it up.
        reply: the answer, likewise.
        nanoseconds: between them by the kernel's clock.
        frame: the answer's bytes.
    """

    number: int
    sent: str
    reply: str
    nanoseconds: int
    frame: bytes


@dataclass(slots=True, eq=False)
class _Question:
    number: int
    packet: Any
    at: int


@dataclass(slots=True)
class Replies:
    """Pairs what was sent with what came back: `hashret` finds candidates, `answers` decides.

    Attributes:
        link_type: of the frames.
        sent: how many frames were.
        answered: how many of them have an answer.

    >>> from scapy.layers.inet import ICMP, IP
    >>> echo = bytes(IP(src="192.0.2.1", dst="192.0.2.2") / ICMP(id=7))
    >>> answer = bytes(IP(src="192.0.2.2", dst="192.0.2.1") / ICMP(type=0, id=7))
    >>> replies = Replies(link_type=101)
    >>> replies.ask(echo, at=1000)
    >>> replies.seen(echo, at=1200)
    >>> replies.seen(answer, at=5200).nanoseconds
    4000
    """

    link_type: int
    sent: int = 0
    answered: int = 0
    _by_bytes: dict[bytes, deque[_Question]] = field(default_factory=lambda: defaultdict(deque))
    _by_hash: dict[bytes, deque[_Question]] = field(default_factory=lambda: defaultdict(deque))

    def ask(self, frame: bytes, at: int) -> None:
        """Takes a frame that is about to be sent, at a time in nanoseconds since the epoch."""
        self.sent += 1
        packet = dissect(frame, self.link_type)
        question = _Question(self.sent, packet, at)
        self._by_bytes[frame].append(question)
        self._by_hash[_hash(packet)].append(question)

    def seen(self, frame: bytes, at: int) -> Reply | None:
        """Takes a frame that the interface had, and when: one of those that were sent, or an answer, or neither."""
        if waiting := self._by_bytes.get(frame):
            waiting.popleft().at = at
            if not waiting:
                del self._by_bytes[frame]
            return None
        packet = dissect(frame, self.link_type)
        candidates = self._by_hash.get(_hash(packet), deque())
        question = next((one for one in candidates if _answers(packet, one.packet)), None)
        if question is None:
            return None
        candidates.remove(question)
        self.answered += 1
        return Reply(question.number, question.packet.summary(), packet.summary(), at - question.at, frame)

    def read(self, batch: FrameBatch) -> list[Reply]:
        """The answers in a batch of what the interface had."""
        found = (self.seen(_whole(batch, row), int(batch.timestamp[row])) for row in range(len(batch)))
        return [reply for reply in found if reply]


def dissect(frame: bytes, link_type: int) -> Any:
    """The scapy packet that a frame is; Raw where scapy makes nothing of it.

    >>> dissect(bytes(20), 101).name
    'IP'
    """
    for name in LAYERS:
        scapy_module(f"scapy.layers.{name}")
    if link_type == linktypes.ETHERNET:
        kind = scapy_module("scapy.layers.l2").Ether
    elif frame and frame[0] >> 4 == 6:
        kind = scapy_module("scapy.layers.inet6").IPv6
    else:
        kind = scapy_module("scapy.layers.inet").IP
    try:
        with quietly():
            return kind(frame)
    except Exception:  # scapy's dissectors raise whatever comes up
        return scapy_module("scapy.packet").Raw(frame)


def _hash(packet: Any) -> bytes:
    """What a question and its answer have in common."""
    try:
        with quietly():
            return bytes(packet.hashret())
    except Exception:  # as above
        return b""


def _answers(packet: Any, question: Any) -> bool:
    try:
        with quietly():
            return bool(packet.answers(question))
    except Exception:  # as above
        return False


def _whole(batch: FrameBatch, row: int) -> bytes:
    """The frame with the VLAN tag that the kernel took off; the packet alone behind a cooked header."""
    frame, status = batch.frame(row), int(batch.status[row])
    if batch.link_type[row] == linktypes.LINUX_SLL2:
        return frame[cooked.SLL2_HEADER_LEN :]
    if not status & VLAN_STRIPPED:
        return frame
    tag = (status >> 32 & 0xFFFF or ethertypes.VLAN).to_bytes(2, "big") + (status >> 16 & 0xFFFF).to_bytes(2, "big")
    return frame[:12] + tag + frame[12:]
