"""Asking: frames go out, and each comes back with its answers, as scapy's sr, sr1 and srp do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rawkit.api.packet import Packet, PacketsAlone
from rawkit.api.send import SendRequest, SendRun
from rawkit.frames import FrameBatch
from rawkit.values import dataclass
from rawkit.wire.address import IPAddress

if TYPE_CHECKING:
    from threading import Event

    from rawkit.run.send.reply import Reply


@dataclass(frozen=True, slots=True)
class Exchange:
    """A frame that was sent, and what came back.

    Attributes:
        sent: the frame; its time is that of the kernel when it went out last, its number its place among all that
            were sent.
        answers: those to it, in the order in which they came; none where nothing came in time. Their numbers count the
            answers to all frames.
        rtt_ns: nanoseconds from sending to the first answer, by the kernel's clock; None without an answer.

    >>> exchange = Exchange(Packet.from_bytes(b"", 1000), (Packet.from_bytes(b"", 5000),))
    >>> exchange.rtt_ns, exchange.answer is exchange.answers[0]
    (4000, True)
    """

    sent: Packet
    answers: tuple[Packet, ...] = ()

    @property
    def answer(self) -> Packet | None:
        """The first answer; None where there is none."""
        return self.answers[0] if self.answers else None

    @property
    def rtt_ns(self) -> int | None:
        """Nanoseconds from sending to the first answer, by the kernel's clock; None without an answer."""
        return self.answers[0].time_ns - self.sent.time_ns if self.answers else None


class Exchanges(list[Exchange]):
    """All that was asked, in the order in which it was sent: a list.

    Attributes:
        silent: destinations that nothing could be sent to: no route leads there, or the next hop does not answer.
    """

    def __init__(self, exchanges: list[Exchange], silent: frozenset[IPAddress] = frozenset()) -> None:
        super().__init__(exchanges)
        self.silent = silent

    @property
    def answered(self) -> list[Exchange]:
        """Those with an answer."""
        return [one for one in self if one.answers]

    @property
    def unanswered(self) -> list[Exchange]:
        """Those without."""
        return [one for one in self if not one.answers]


def ask(
    what: Any,
    *,
    timeout: float = 2.0,
    retries: int = 0,
    answers: int = 1,
    interface: str | None = None,
    count: int | None = None,
    rate: float | None = None,
    mbps: float | None = None,
    write: str | None = None,
    no_kernel_rst: bool = False,
    stop: Event | None = None,
) -> Exchanges:
    """Sends frames, waits for their answers, and returns each with those that it has; an `Exchange` a frame.

    Which frame answers which are the rules of scapy's `answers`: echo replies, segments of a TCP connection, datagrams
    to the port that asked, ARP replies, ICMP errors that quote the frame, messages of DNS, DHCP, NTP and the like. It
    returns as soon as each frame has all answers that it may have. It takes CAP_NET_RAW.

    Args:
        what: as of `rawkit.send`; it is gone through once before anything is sent.
        timeout: seconds to wait for answers when all is sent, and again after each retry.
        retries: times that a frame without an answer is sent again.
        answers: the most to a frame; 0 for all that come until the time-out, as a group or a broadcast address has.
        no_kernel_rst: keep the kernel from resetting TCP connections made by hand, until this returns, which is then
            after `timeout`; for longer there is `rawkit.no_kernel_rst`.
        interface: as of `rawkit.send`, and so are `count`, `rate`, `mbps` and `stop`. With `stop` what came so far is
            returned.
        write: a capture file for what is sent, and for answers.

    Raises RawkitError as `rawkit.send` does.

    >>> import rawkit
    >>> from scapy.layers.inet import ICMP, IP
    >>> try:
    ...     [one] = rawkit.ask(IP(dst="127.0.0.1") / ICMP(id=7), timeout=5)
    ...     print(one.answer["icmp.type"], one.rtt_ns > 0)
    ... except rawkit.RawkitError:  # not everyone may
    ...     print(0, True)
    0 True
    """
    request = SendRequest(
        what=what,
        interface=interface,
        count=count,
        rate=rate,
        mbps=mbps,
        reply=True,
        answers=answers,
        timeout=timeout,
        retries=retries,
        write=write,
        no_kernel_rst=no_kernel_rst,
    )
    replies: list[Reply] = []
    with SendRun(request, stop) as run:
        run.go(on_reply=replies.append)
        return exchanges_of(run, replies)


def exchanges_of(run: SendRun, replies: list[Reply]) -> Exchanges:
    """What was sent, each with its answers; none of it is decoded."""
    answers: list[list[Packet]] = [[] for _ in run.asked_frames]
    answering = _packets([(one.frame, one.at) for one in replies], run.link_type)
    for one, answer in zip(replies, answering, strict=True):
        answers[one.number - 1].append(answer)
    sent = _packets(run.asked_frames, run.link_type)
    return Exchanges([*map(Exchange, sent, map(tuple, answers))], run.sent.silent)


def _packets(frames: list[tuple[bytes, int]], link_type: int) -> Iterator[Packet]:
    batch = FrameBatch.from_frames([frame for frame, _ in frames], [at for _, at in frames], link_type)
    return PacketsAlone(batch).each()
