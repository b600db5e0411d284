"""What goes into a ping engine and what comes out: answers as a method reads them, results as people get them."""

from __future__ import annotations

from typing import Literal

from rawkit.probe.targets import Target
from rawkit.values import dataclass

Clock = Literal["kernel", "user"]
Kind = Literal["reply", "timeout", "error", "duplicate", "late", "corrupt"]


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe.

    Attributes:
        index: the target's place among all.
        target: whom it is for.
        seq: its number among the target's probes, from 1.
        number: its number among all probes, from 1, whose low 16 bits are on the wire; with one target that is `seq`.
    """

    index: int
    target: Target
    seq: int
    number: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment in nanoseconds since the epoch, and whose clock reading it is."""

    time: int
    clock: Clock = "user"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a probe got no answer.

    Attributes:
        type, code: of the ICMP or ICMPv6 error; None where this host's own stack refused to send.
        version: 4 or 6, whose numbers these are.
        mtu: in bytes, where the error tells one.
        errno: of the system call, where this host refused.
    """

    type: int | None
    code: int | None
    version: int
    mtu: int | None = None
    errno: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method has read from a packet that answers one of our probes.

    Attributes:
        address: who sent it, a link-local address with its interface (`fe80::1%eth0`); None where this host's own stack
            did.
        asked: the address that the probe went to, as far as the packet tells; else that of the sender.
        wire_seq: the low 16 bits of the probe's number among all; None where the packet does not tell.
        size: bytes of the message, without IP header.
        ttl: the packet's remaining TTL or hop limit.
        problem: set where it is an error.
        corrupt: what is wrong with the answer's bytes; empty where they are right.
        detail: what kind of answer it is: `SYN-ACK`, a MAC address; empty for an echo reply.
        ip_options: the options of its IPv4 header, if it has any.
        is_theirs: set where it is another program's question for `address`: an answer to come may be for that.
    """

    address: str | None
    asked: str | None
    wire_seq: int | None
    size: int = 0
    ttl: int | None = None
    problem: Problem | None = None
    corrupt: str = ""
    detail: str = ""
    ip_options: bytes = b""
    is_theirs: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What happened to a probe.

    Attributes:
        kind: `reply`; `timeout`; `error`, an ICMP error or a refusal of this host's own stack; `duplicate`, a second
            answer; `late`, an answer after the timeout; `corrupt`, an answer whose bytes are wrong.
        target: whom the probe was for.
        seq: the probe's number, from 1.
        time_ns: when the answer came, or the time was over: nanoseconds since the epoch.
        address: who answered, in text.
        rtt_ns: nanoseconds from sending to answer.
        clock: `kernel` where both ends of `rtt_ns` are the kernel's stamps.
        ttl: remaining TTL or hop limit.
        size: bytes of the message, without IP header.
        problem: the error.
        reordered: whether an answer to a later probe came before this one.
        detail: what is wrong with the bytes, or what kind of answer it is.
        ip_options: the options of the answer's IPv4 header, if it has any.
    """

    kind: Kind
    target: Target
    seq: int
    time_ns: int
    address: str | None = None
    rtt_ns: int | None = None
    clock: Clock | None = None
    ttl: int | None = None
    size: int | None = None
    problem: Problem | None = None
    reordered: bool = False
    detail: str = ""
    ip_options: bytes = b""

    @property
    def from_elsewhere(self) -> bool:
        """Whether another address than the one that was asked has answered.

        >>> from ipaddress import ip_address
        >>> Result("reply", Target("server", ip_address("192.0.2.20")), 1, 0, "192.0.2.30").from_elsewhere
        True
        """
        return self.address is not None and self.problem is None and self.target.is_other(self.address)
