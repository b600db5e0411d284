"""`Replies`: what came back for what was sent, paired by scapy's own rules, and the time between.

Most frames are paired by `rawkit.probe.pairing`, which has these rules for what is asked most. What it does not know
goes through scapy, which takes as long for one as that does for fifty.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from ipaddress import IPv4Address, ip_address
from typing import Any, Final

from rawkit import linktypes
from rawkit.craft.quiet import quietly, scapy_module
from rawkit.facts import ethernet, ethertypes, ip_protocols, ipv4
from rawkit.facts.cooked import SLL2_ADDRESS, SLL2_HEADER_LEN, SLL2_PROTOCOL
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.frames import FrameBatch
from rawkit.probe.pairing import Answering, Packet, answering, asked, port_matches, read, suits
from rawkit.values import dataclass, field
from rawkit.wire.address import MAC_LEN

LAYERS: Final = ("inet", "inet6", "l2", "dns", "dhcp", "sctp", "ntp")
"""Modules of scapy that know which packet answers which."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A frame that was sent, and one that answers it.

    Attributes:
        number: of the frame that was sent, from 1.
        question: its bytes.
        frame: the answer's bytes.
        at: when the answer came by the kernel's clock, nanoseconds since the epoch.
        nanoseconds: between them, likewise.
        link_type: of both frames.
    """

    number: int
    question: bytes
    frame: bytes
    at: int
    nanoseconds: int
    link_type: int

    @property
    def sent(self) -> str:
        """The frame that was sent, as scapy sums it up."""
        return str(dissect(self.question, self.link_type).summary())

    @property
    def reply(self) -> str:
        """The answer, likewise."""
        return str(dissect(self.frame, self.link_type).summary())

    @property
    def source(self) -> str | None:
        """The address that the answer comes from; None where it is no IP packet."""
        ip = _ip(dissect(self.frame, self.link_type))
        return ip and str(ip.src)


@dataclass(slots=True, eq=False)
class _Question:
    number: int
    frame: bytes
    at: int
    packet: Packet | None
    layers: Any = None
    """What scapy makes of it; None where that is not asked."""
    answers: int = 0


Questions = Mapping[Any, deque[_Question]]


@dataclass(slots=True)
class Replies:
    """Pairs what was sent with what came back: a key finds candidates (scapy's `hashret`), a rule decides (`answers`).

    What went to a group, or to all hosts of a link, is answered from other addresses, and maybe to another as well (a
    DHCP offer): of such frames what the IP header carries decides alone.

    Attributes:
        link_type: of the frames.
        most: answers to a frame; 0 for all.
        sent: how many frames were asked for.
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
    _questions: list[_Question] = field(default_factory=list)
    _by_bytes: dict[bytes, deque[_Question]] = field(default_factory=lambda: defaultdict(deque))
    _by_key: dict[Any, deque[_Question]] = field(default_factory=lambda: defaultdict(deque))
    _by_hash: dict[bytes, deque[_Question]] = field(default_factory=lambda: defaultdict(deque))
    _to_groups: dict[bytes, deque[_Question]] = field(default_factory=lambda: defaultdict(deque))

    @property
    def is_complete(self) -> bool:
        """Whether each frame has all answers that it may have."""
        return self.most > 0 and self.answers == self.most * self.sent

    def questions(self) -> list[tuple[bytes, int]]:
        """The frames, and when each was sent: nanoseconds since the epoch, by the kernel's clock if it showed it."""
        return [(one.frame, one.at) for one in self._questions]

    def unanswered(self) -> list[int]:
        """The frames that have no answer, by their numbers from 1."""
        return [one.number for one in self._questions if not one.answers]

    def ask(self, frame: bytes, at: int) -> None:
        """Takes a frame that is about to be sent, at a time in nanoseconds since the epoch."""
        self.sent += 1
        packet = read(frame, self.link_type)
        key = asked(packet) if packet is not None else None
        question = _Question(self.sent, frame, at, packet)
        self._questions.append(question)
        self._by_bytes[frame].append(question)
        if key is not None:
            self._by_key[key].append(question)
            return
        question.layers = dissect(frame, self.link_type)
        self._by_hash[_hash(question.layers)].append(question)
        if _is_to_group(question.layers):
            self._to_groups[_hash(_carried(question.layers))].append(question)

    def ask_again(self, number: int, at: int) -> bytes:
        """Notes that a frame is about to be sent once more, and returns it; answers count from then on."""
        question = self._questions[number - 1]
        question.at = at
        self._by_bytes[question.frame].append(question)
        return question.frame

    def seen(self, frame: bytes, at: int) -> Reply | None:
        """Takes a frame that the interface had, and when: one of those that were sent, or an answer, or neither."""
        if waiting := self._by_bytes.get(frame):
            waiting.popleft().at = at
            if not waiting:
                del self._by_bytes[frame]
            return None
        question = self._known(frame) or self._asked_of_scapy(frame)
        if question is None:
            return None
        self.answers += 1
        self.answered += not question.answers
        question.answers += 1
        return Reply(question.number, question.frame, frame, at, at - question.at, self.link_type)

    def _known(self, frame: bytes) -> _Question | None:
        """Which frame it answers, by the rules that need no scapy."""
        packet = read(frame, self.link_type) if self._by_key else None
        for one in answering(packet) if packet is not None else ():
            rules = (_from_port, _suits) if one.packet.protocol == ip_protocols.UDP else (_suits,)
            for rule in rules:
                if found := self._next(self._by_key, one.key, partial(rule, one)):
                    return found
        return None

    def _asked_of_scapy(self, frame: bytes) -> _Question | None:
        if not self._by_hash:
            return None
        packet = dissect(frame, self.link_type)
        found = self._next(self._by_hash, _hash(packet), lambda one: _answers(packet, one.layers))
        if found is None and self._to_groups:
            inner = _carried(packet)
            found = self._next(self._to_groups, _hash(inner), lambda one: _answers(inner, _carried(one.layers)))
        return found

    def _next(self, questions: Questions, key: Any, fits: Callable[[_Question], bool]) -> _Question | None:
        """The first of the frames that it answers; it goes to the end, so that equal ones are answered in turn."""
        waiting = questions.get(key)
        if waiting is None:
            return None
        for _ in range(len(waiting)):
            one = waiting.popleft()
            if self.most and one.answers >= self.most:
                continue  # it has had all, and is forgotten
            waiting.append(one)
            if fits(one):
                return one
        return None

    def read(self, batch: FrameBatch) -> list[Reply]:
        """The answers in a batch of what the interface had."""
        found = map(self.seen, _whole(batch, self.link_type), batch.timestamp.tolist())
        return [reply for reply in found if reply]


def _suits(answer: Answering, question: _Question) -> bool:
    return question.packet is not None and suits(answer, question.packet)


def _from_port(answer: Answering, question: _Question) -> bool:
    """As `_suits`; and of UDP it comes from the port that was asked, which is looked for first."""
    return question.packet is not None and port_matches(answer, question.packet) and _suits(answer, question)


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


def _whole(batch: FrameBatch, link_type: int) -> Iterator[bytes]:
    """The frames, VLAN tags that the kernel took off back in place; those with cooked headers as on the link."""
    for frame, kind, status in zip(batch.frames(), batch.link_type.tolist(), batch.status.tolist(), strict=True):
        if kind == linktypes.LINUX_SLL2:
            yield _as_on(link_type, frame)
        elif status & VLAN_STRIPPED:
            tpid, tci = status >> 32 & 0xFFFF or ethertypes.VLAN, status >> 16 & 0xFFFF
            yield frame[: ethernet.TYPE] + tpid.to_bytes(2) + tci.to_bytes(2) + frame[ethernet.TYPE :]
        else:
            yield frame


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
