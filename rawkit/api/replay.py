"""Replaying: what is asked is a `ReplayRequest`, what goes on is a `ReplayRun`; `rawkit replay` is made of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from rawkit import linktypes
from rawkit.api.notices import say
from rawkit.api.run import Run
from rawkit.api.words import target_texts, texts
from rawkit.errors import SendError
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.run.pace import SECOND, exact_sleeps
from rawkit.run.prefetch import Prefetched
from rawkit.run.replay.frames import ReplaySource, check_loops
from rawkit.run.replay.left_out import LeftOut
from rawkit.run.replay.request import ReplayRequest
from rawkit.run.send.paced import SMALL, PacedSender, Sent, ready, room
from rawkit.run.stopping import EventStop
from rawkit.sockets.pausing import Steps, blocking
from rawkit.sockets.send.sender import Through
from rawkit.values import dataclass

if TYPE_CHECKING:
    from threading import Event

    from rawkit.run.pace import Pace
    from rawkit.run.replay.relink import Relink
    from rawkit.run.replay.sides import Sides
    from rawkit.run.replay.two_ways import TwoWaySender
    from rawkit.run.stopping import Stop
    from rawkit.sockets.interfaces import SystemInterface

__all__ = ["LeftOut", "ReplayRequest", "ReplayRun", "Replayed", "Sent", "Through"]

EASED: Final[Mapping[str, Callable[[Any], Any]]] = {
    "path": str, "map_ip": texts, "map_mac": texts, "map_port": texts, "clients": target_texts,
}  # fmt: skip
"""What makes a request's words of those that Python may give in other forms."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of replaying a capture file.

    Attributes:
        sent: what went out.
        left_out: frames that did not go out, or not as they were recorded.
        remarks: what of the file was not taken as it stands, such as where it was cut, a line each; of one that was not
            read to its end, nothing.
    """

    sent: Sent
    left_out: LeftOut
    remarks: tuple[str, ...]


def request_of(**words: Any) -> ReplayRequest:
    """The request that has these words, as `rawkit.replay` takes them.

    >>> request_of(path="today.pcap", interface="eth0", map_port="53=5353").map_port
    ('53=5353',)
    """
    return ReplayRequest(**{name: EASED[name](given) if name in EASED else given for name, given in words.items()})


class ReplayRun(Run):
    """A capture file's frames that go out again; `stop` ends it from outside.

    It takes CAP_NET_RAW.

    Args:
        request: what is asked.
        stop: ends it as `stop()` does when somebody sets it; None where nobody will.
        engine: runs filter and rewriting; a new one where it is None.
        awaited: for who waits elsewhere (`rawkit.aio`): no thread reads ahead, and frames that are due within a
            millisecond leave together.

    Raises RawkitError for a request that cannot be, TargetError for an interface that is not there or is down,
    SendError for one that no frames can be made for, FilterError for a filter that libpcap does not take. `open` and
    `go` raise PrivilegeError, SendError and CaptureError where frames cannot be read or sent.

    Attributes:
        link: the interface; with two, that of clients' frames.
        other: the second interface, for servers' frames; None for one.

    >>> run = ReplayRun(ReplayRequest("captures/dns.pcap", "lo", top=True))
    >>> run.link.name, run.sent.frames, run.left_out.large
    ('lo', 0, 0)
    """

    def __init__(
        self,
        request: ReplayRequest,
        stop: Event | None = None,
        *,
        engine: Engine | None = None,
        awaited: bool = False,
    ) -> None:
        super().__init__()
        if stop is not None:
            self._stop = EventStop(stop)
        request.check()
        self._is_awaited = awaited
        self._request, self._source = request, _source(request, engine or Engine(notice=say))
        self.link = self._source.link
        self.other = _other(request, self.link)
        self._source.link = min((self.link, self.other or self.link), key=room)
        self._sender: PacedSender | TwoWaySender | None = None
        self._read: Callable[[], FrameBatch | None] = self._source.read
        self._on_progress: Callable[[Sent], None] | None = None
        self._on_wait: Callable[[int], None] | None = None

    @property
    def sent(self) -> Sent:
        """What went out so far."""
        return self._sender.result if self._sender else Sent(0, 0, 0)

    @property
    def through(self) -> Through:
        """What they went through so far."""
        return self._sender.through if self._sender else Through({}, "")

    @property
    def sent_by_other(self) -> int:
        """How many frames of it by the second interface."""
        return getattr(self._sender, "crossed", 0)

    @property
    def left_out(self) -> LeftOut:
        """What did not go out, or not as it was, so far."""
        return self._source.left_out

    @property
    def result(self) -> Replayed:
        """All of that."""
        return Replayed(self.sent, self.left_out, tuple(self.remarks))

    @property
    def remarks(self) -> list[str]:
        """What of the file was not taken as it stands, such as where it was cut, once it was read to its end."""
        return self._source.remarks

    def go(
        self, on_progress: Callable[[Sent], None] | None = None, on_wait: Callable[[int], None] | None = None
    ) -> Sent:
        """Sends all; returns what went out. The socket stays open until `close`.

        Args:
            on_progress: gets what went out so far, every now and then.
            on_wait: gets the nanoseconds of a pause of more than a minute, before it is waited for.
        """
        self._on_progress, self._on_wait = on_progress, on_wait
        self.open()
        with exact_sleeps():
            return blocking(self.steps())

    def steps(self) -> Steps[Sent]:
        """The same, from when it is open, for who waits elsewhere."""
        assert self._sender is not None
        while not self._stop.asked and (batch := self._read()) is not None:
            for part in _parts(batch, SMALL if self._is_awaited else len(batch)):
                yield from self._sender.steps(part)
            if not len(batch):  # between two rounds
                yield from self._sender.pause(round(self._request.loop_delay * SECOND))
        return self.sent

    def _open(self, stack: ExitStack) -> None:
        request = self._request
        spin = 0 if self._is_awaited else None
        sender = stack.enter_context(_sender(request, request.pace(self._waits), self._stop, self._tell, spin))
        if self._is_awaited:
            sender.ring_least = sys.maxsize  # opening and closing a ring would hold others up
        else:
            self._read = stack.enter_context(Prefetched(self._source.read)).read
        self._sender = sender

    def _waits(self, nanoseconds: int) -> None:
        if self._on_wait is not None:
            self._on_wait(nanoseconds)

    def _tell(self, sent: Sent) -> None:
        if self._on_progress is not None:
            self._on_progress(sent)


def _parts(batch: FrameBatch, most: int) -> Iterator[FrameBatch]:
    """The frames of a batch, so many together."""
    if 0 < len(batch) <= most:
        yield batch
        return
    for begin in range(0, len(batch), most or 1):
        yield batch.select(slice(begin, begin + most))


def _sender(
    request: ReplayRequest, pace: Pace | None, stop: Stop, tell: Callable[[Sent], None], spin: int | None
) -> PacedSender | TwoWaySender:
    past, name = request.qdisc_bypass, request.interface
    if request.intf2 is None:
        return PacedSender(name, pace, stop, tell, qdisc_bypass=past, tx=request.tx, spin=spin)
    from rawkit.run.replay.two_ways import TwoWaySender

    return TwoWaySender(name, request.intf2, pace, stop, tell, qdisc_bypass=past, spin=spin)


def _other(request: ReplayRequest, link: SystemInterface) -> SystemInterface | None:
    """The second interface; SendError where one of both is no Ethernet."""
    if request.intf2 is None:
        return None
    other = ready(request.intf2)
    for one in (link, other):
        if one.takes != linktypes.ETHERNET:
            raise SendError(f"{one.name}: two interfaces have to take Ethernet frames: leave --intf2 out")
    return other


def _sides(request: ReplayRequest, engine: Engine) -> Sides | None:
    if request.intf2 is None:
        return None
    from rawkit.run.replay.sides import Sides

    return Sides(engine, request.networks())


def _source(request: ReplayRequest, engine: Engine) -> ReplaySource:
    """The frames; what is wrong with the request or the interface is an error here."""
    from rawkit.sockets.filter.bpf import FrameFilter

    mapped = request.rewrite()
    check_loops(request.path, request.loop)
    link = ready(request.interface)
    frame_filter = FrameFilter(request.filter) if request.filter else None
    if frame_filter is not None:
        frame_filter.program(link.takes or link.link_type)
    left_out = LeftOut()
    return ReplaySource(
        path=request.path,
        link=link,
        engine=engine,
        frame_filter=frame_filter,
        rewrite=mapped,
        sides=_sides(request, engine),
        relink=_relink(request, link, engine, left_out) if request.to_link else None,
        unique=request.unique_ip,
        loops=request.loop,
        parted=request.loop_delay > 0,
        count=request.count,
        left_out=left_out,
    )


def _relink(request: ReplayRequest, link: SystemInterface, engine: Engine, left_out: LeftOut) -> Relink:
    from rawkit.run.replay.next_hops import NextHops
    from rawkit.run.replay.relink import Relink

    return Relink(link, NextHops(link, request.next_hop()), engine, left_out)
