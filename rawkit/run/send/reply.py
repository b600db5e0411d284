"""`Replies`: what came back for what was sent, paired by scapy's own rules, and the time between."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, ip_address
from typing import Any, Final

from rawkit import linktypes
from rawkit.craft.quiet import quietly, scapy_module
from rawkit.facts import ethernet, ethertypes, ipv4
from rawkit.facts.cooked import SLL2_ADDRESS, SLL2_HEADER_LEN, SLL2_PROTOCOL
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.frames import FrameBatch
from rawkit.values import dataclass, field
from rawkit.wire.address import MAC_LEN

LAYERS: Final = ("inet", "inet6", "l2", "dns", "dhcp", "sctp", "ntp")
"""Modules of scapy that know which packet answers which."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A frame that was sent, and one that answers it.

    Attributes:
        number: of the frame that was sent, from 1.
        sent: it, as scapy sums it up.
        reply: the answer, likewise.
        nanoseconds: between them by the kernel's clock.
        frame: the answer's bytes.
        source: the address that the answer comes from; None where it is no IP packet.
    """

    number: int
    sent: str
    reply: str
    nanoseconds: int
    frame: bytes
    source: str | None = None


@dataclass(slots=True, eq=False)
class _Question:
    number: int
    packet: Any
    at: int
    answers: int = 0


@dataclass(slots=True)
class Replies:
    """Pairs what was sent with what came back: `hashret` finds candidates, `answers` decides.

    What went to a group, or to all hosts of a link, is answered from other addresses, and maybe to another as well (a
    DHCP offer): of such frames what the IP header carries decides alone.

    Attributes:
        link_type: of the frames.
        most: answers to a frame; 0 for all.
        sent: how many frames were.
        answered: how many of them have an answer.
        answers: how many answers there are.

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
    most: int = 1
    sent: int = 0
    answered: int = 0
    answers: int = 0
    _by_bytes: dict[bytes, deque[_Question]] = field(default_factory=lambda: defaultdict(deque))
    _by_hash: dict[bytes, deque[_Question]] = field(default_factory=lambda: defaultdict(deque))
    _to_groups: dict[bytes, deque[_Question]] = field(default_factory=lambda: defaultdict(deque))

    @property
    def is_complete(self) -> bool:
        """Whether each frame has all answers that it may have."""
        return self.most > 0 and self.answers == self.most * self.sent

    def ask(self, frame: bytes, at: int) -> None:
        """Takes a frame that is about to be sent, at a time in nanoseconds since the epoch."""
        self.sent += 1
        packet = dissect(frame, self.link_type)
        question = _Question(self.sent, packet, at)
        self._by_bytes[frame].append(question)
        self._by_hash[_hash(packet)].append(question)
        if _is_to_group(packet):
            self._to_groups[_hash(_carried(packet))].append(question)

    def seen(self, frame: bytes, at: int) -> Reply | None:
        """Takes a frame that the interface had, and when: one of those that were sent, or an answer, or neither."""
        if waiting := self._by_bytes.get(frame):
            waiting.popleft().at = at
            if not waiting:
                del self._by_bytes[frame]
            return None
        packet = dissect(frame, self.link_type)
        question = self._question(packet)
        if question is None:
            return None
        self.answers += 1
        self.answered += not question.answers
        question.answers += 1
        sent, ip = question.packet.summary(), _ip(packet)
        return Reply(question.number, sent, packet.summary(), at - question.at, frame, ip and ip.src)

    def _question(self, packet: Any) -> _Question | None:
        """Which frame it answers."""
        found = self._next(self._by_hash, packet, lambda sent: sent)
        if found is None and self._to_groups:
            found = self._next(self._to_groups, _carried(packet), _carried)
        return found

    def _next(
        self, questions: Mapping[bytes, deque[_Question]], answer: Any, asked: Callable[[Any], Any]
    ) -> _Question | None:
        """The first of the frames that it answers; it goes to the end, so that equal ones are answered in turn."""
        waiting = questions.get(_hash(answer), deque())
        for _ in range(len(waiting)):
            one = waiting.popleft()
            if self.most and one.answers >= self.most:
                continue  # it has had all, and is forgotten
            waiting.append(one)
            if _answers(answer, asked(one.packet)):
                return one
        return None

    def read(self, batch: FrameBatch) -> list[Reply]:
        """The answers in a batch of what the interface had."""
        found = (self.seen(_whole(batch, row, self.link_type), int(batch.timestamp[row])) for row in range(len(batch)))
        return [reply for reply in found if reply]


def _is_to_group(packet: Any) -> bool:
    """Whether several hosts may answer: by the link's address or by that of IP."""
    ether, ip = packet.getlayer("Ether"), _ip(packet)
    if ip is None:
        return False
    address = ip_address(ip.dst)
    to_all = bool(ether and int(ether.dst[:2], 16) & 1)
    return to_all or address.is_multicast or address == IPv4Address(ipv4.BROADCAST)


def _carried(packet: Any) -> Any:
    """What the outermost IP header carries; the packet itself where it has none."""
    ip = _ip(packet)
    return packet if ip is None else ip.payload


def _ip(packet: Any) -> Any:
    """The outermost IP header."""
    names = ("IP", "IPv6")
    return next((layer for layer in packet.iterpayloads() if type(layer).__name__ in names), None)


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


def _whole(batch: FrameBatch, row: int, link_type: int) -> bytes:
    """The frame with the VLAN tag that the kernel took off; of one with a cooked header, as the link would have it."""
    frame, status = batch.frame(row), int(batch.status[row])
    if batch.link_type[row] == linktypes.LINUX_SLL2:
        return _as_on(link_type, frame)
    if not status & VLAN_STRIPPED:
        return frame
    tag = (status >> 32 & 0xFFFF or ethertypes.VLAN).to_bytes(2, "big") + (status >> 16 & 0xFFFF).to_bytes(2, "big")
    return frame[:12] + tag + frame[12:]


def _as_on(link_type: int, frame: bytes) -> bytes:
    """A frame with a cooked header as one of a link of that type: behind an Ethernet header, or a bare packet.

    Of that header the source is the sender's, as far as the interface had it, and the destination unknown: zeros.

    >>> _as_on(1, bytes.fromhex("0800 0000 00000002 0001 00 06 00005e005302 0000 45")).hex(" ", -7)
    '00000000000000 005e0053020800 45'
    """
    packet = frame[SLL2_HEADER_LEN:]
    if link_type != linktypes.ETHERNET:
        return packet
    source, kind = frame[SLL2_ADDRESS : SLL2_ADDRESS + MAC_LEN], frame[SLL2_PROTOCOL : SLL2_PROTOCOL + 2]
    return bytes(ethernet.SRC) + source + kind + packet
