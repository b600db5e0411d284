"""Sending: what is asked is a `SendRequest`, what goes on is a `SendRun`; `rawkit send` is made of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rawkit.api.run import Run
from rawkit.craft import ExpressionError
from rawkit.errors import SendError
from rawkit.frames import FrameBatch
from rawkit.run.pace import SECOND, exact_sleeps, pace_of, until
from rawkit.run.prefetch import Prefetched
from rawkit.run.send.outgoing import outgoing
from rawkit.run.send.paced import SMALL, PacedSender, Sent, ready
from rawkit.run.send.reply import Replies, Reply, dissect
from rawkit.run.send.request import SendRequest
from rawkit.run.stopping import EventStop
from rawkit.sockets.pausing import OTHERS, Course, Pause, Steps, blocking, without_pauses
from rawkit.sockets.send.sender import Through
from rawkit.values import replace
from rawkit.wire.address import IPAddress

if TYPE_CHECKING:
    from threading import Event

    from rawkit.run.capture.recording import Recording
    from rawkit.run.send.hearing import Hearing
    from rawkit.run.send.kernel_rst import KernelRst
    from rawkit.run.send.outgoing import Outgoing

__all__ = ["ExpressionError", "Reply", "SendRequest", "SendRun", "Sent", "Through", "send"]

FULL: Final = 65536
LOOK: Final = 0.2
"""Seconds between two looks whether to stop."""
TOGETHER: Final = 64
"""Frames that are sent without looking for answers."""
PART: Final = 0.02
"""Seconds for which frames are sent without looking for answers, where they have a rate."""
HEARD: Final = 256
"""Frames that are looked through for answers before others go on."""


def send(
    what: Any,
    *,
    interface: str | None = None,
    count: int | None = None,
    loop: bool = False,
    rate: float | None = None,
    mbps: float | None = None,
    write: str | None = None,
    qdisc_bypass: bool = False,
    stop: Event | None = None,
) -> Sent:
    """Sends frames, and returns what went out; the words are those of `rawkit send`.

    Interface, source address and Ethernet header are filled in from the kernel's routes where `what` leaves them open;
    what it says stays. It takes CAP_NET_RAW. Ctrl-C raises KeyboardInterrupt.

    Args:
        what: a scapy packet (all that it stands for, where fields have lists or ranges), a `rawkit.Template`, a text in
            scapy's notation as `rawkit send` takes it, bytes (a frame, or an IP packet), a `FrameBatch`, an open
            capture, the `pathlib.Path` of one, or any iterable of these. A list goes in batches, and what a generator
            gives is sent before it is asked for more. Those of a capture go at once: for its own pace there is
            `rawkit replay`.
        interface: send on this one; None for that of the route to the first destination.
        count: so many frames, from the first again if need be.
        loop: begin again at the end, until `count` frames are sent or `stop` is set.
        rate: frames a second; None for as fast as they go.
        mbps: in place of it, million bits a second.
        write: a capture file for what is sent.
        qdisc_bypass: past the queue: faster, unseen by tc and by captures on this host.
        stop: a `threading.Event`: when another thread sets it, sending ends within a quarter of a second.

    Raises RawkitError: PrivilegeError without CAP_NET_RAW, TargetError where no route leads to any destination or no
    next hop answers (some that do not are in `Sent.silent`), SendError where `what` cannot be sent or does not fit the
    interface, CaptureError for files, ExpressionError for a text that is wrong.

    >>> import rawkit
    >>> from scapy.layers.inet import IP, UDP
    >>> try:
    ...     sent = rawkit.send(IP(dst="127.0.0.1") / UDP(dport=[7, 9]) / b"hello", interface="lo")
    ...     print(sent.frames, sent.bytes)
    ... except rawkit.RawkitError:  # not everyone may
    ...     print(2, 94)
    2 94
    """
    request = SendRequest(
        what=_some(what),
        interface=interface,
        count=count,
        loop=loop,
        rate=rate,
        mbps=mbps,
        write=write,
        qdisc_bypass=qdisc_bypass,
    )
    with SendRun(request, stop) as run:
        return run.go()


def _some(what: Any) -> Any:
    if what is None:
        raise SendError("None cannot be sent: give a packet, or what `help(rawkit.send)` names")
    return what


class SendRun(Run):
    """Frames that go out: `go` sends them, `made` only makes them; `stop` ends it from outside.

    Sending takes CAP_NET_RAW, making does not.

    Args:
        request: what is asked.
        stop: ends it as `stop()` does when somebody sets it; None where nobody will.
        found: the frames and where they go, for who waits elsewhere (`rawkit.aio`): batches are small then.

    Raises RawkitError for a request that cannot be, ExpressionError for an expression that is wrong, CaptureError for
    a template that cannot be read, TargetError where no route leads to the destination or its next hop is silent,
    SendError where the frames do not fit the interface. `open` and `go` raise PrivilegeError and SendError where they
    cannot be sent.

    Attributes:
        link: the interface.

    >>> run = SendRun(SendRequest('IP(dst="127.0.0.1")/UDP(dport=[7, 9])/b"hello"', interface="lo"))
    >>> [len(batch) for batch in run.made()]
    [2]
    >>> run.sent
    Sent(frames=0, bytes=0, nanoseconds=0, silent=frozenset())
    """

    def __init__(self, request: SendRequest, stop: Event | None = None, found: Outgoing | None = None) -> None:
        super().__init__()
        if stop is not None:
            self._stop = EventStop(stop)
        request.check()
        self._request, self._outgoing = request, found or blocking(outgoing(request))
        self._full, self._is_awaited = FULL if found is None else SMALL, found is not None
        self.link = self._outgoing.link
        self._sink: Recording | None = None
        self._batches: Course[FrameBatch] | None = None
        self._heard: str | None = None
        self._statuses: list[int] = []
        self._sender: PacedSender | None = None
        self._rst: KernelRst | None = None
        self._ring: Hearing | None = None
        self._replies: Replies | None = None
        self._on_frames: Callable[[FrameBatch], None] | None = None
        self._on_progress: Callable[[Sent], None] | None = None

    @property
    def sent(self) -> Sent:
        """What went out so far."""
        sent = self._sender.result if self._sender else Sent(0, 0, 0)
        return replace(sent, silent=self.silent)

    @property
    def through(self) -> Through:
        """What they went through so far."""
        return self._sender.through if self._sender else Through({}, "")

    @property
    def built(self) -> tuple[str, ...]:
        """Fields whose random values scapy draws, frame by frame: slower, and not the same for the same seed."""
        return self._outgoing.built

    @property
    def asked(self) -> int:
        """Frames that an answer is awaited for: with `reply` all that were sent."""
        return self._replies.sent if self._replies else 0

    @property
    def answered(self) -> int:
        """How many of these have one."""
        return self._replies.answered if self._replies else 0

    @property
    def link_type(self) -> int:
        """LINKTYPE number of the frames."""
        return self._outgoing.link_type

    @property
    def asked_frames(self) -> list[tuple[bytes, int]]:
        """Those frames, and when each was sent last: nanoseconds since the epoch, by the kernel's clock if it told."""
        return self._replies.questions() if self._replies else []

    @property
    def answers(self) -> int:
        """How many answers there are: with `answers` a frame may have several."""
        return self._replies.answers if self._replies else 0

    @property
    def silent(self) -> frozenset[IPAddress]:
        """Destinations so far that nothing was sent to: no route leads there, or the next hop does not answer."""
        return frozenset(self._outgoing.hops.silent if self._outgoing.hops else ())

    def describe(self, frame: bytes) -> str:
        """A frame in a line, as scapy sums it up."""
        return str(dissect(frame, self._outgoing.link_type).summary())

    def made(self) -> Iterator[FrameBatch]:
        """The frames, in the order in which they would go out; once where they would without end. Nothing is sent.

        Where a file is asked for, frames are written to it when the next ones are asked for.
        """
        with ExitStack() as stack:
            self._open_sink(stack)
            for batch in without_pauses(blocking(self._once())):
                yield batch
                self._write(batch)

    def go(
        self,
        on_frames: Callable[[FrameBatch], None] | None = None,
        on_reply: Callable[[Reply], None] | None = None,
        on_progress: Callable[[Sent], None] | None = None,
    ) -> Sent:
        """Sends all, and waits for answers where they are asked for; returns what went out.

        The sockets stay open until `close`.

        Args:
            on_frames: gets what went out, and each answer behind `on_reply`.
            on_reply: gets the answers as they come.
            on_progress: gets what went out so far, every now and then.
        """
        self._on_progress = on_progress
        self.open()
        with exact_sleeps():
            return blocking(self.steps(on_frames, on_reply))

    def steps(
        self,
        on_frames: Callable[[FrameBatch], None] | None = None,
        on_reply: Callable[[Reply], None] | None = None,
    ) -> Steps[Sent]:
        """The same, from when it is open, for who waits elsewhere."""
        self._on_frames = on_frames
        assert self._batches is not None
        if self._ring is None or self._replies is None:
            yield from self._send_all(self._batches if self._request.what is not None else _ahead(self._batches))
            yield from self._linger()
        else:
            yield from self._ask(self._ring, self._replies, on_reply)
        return self.sent

    def prepare(self) -> Steps[None]:
        """Makes the first frames, so that what is wrong with them is known before any is sent; of those that ask all,
        for it has to be known where answers will go."""
        if self._request.reply:
            from rawkit.run.send.hearing import Sources

            sources = Sources()
            for batch in (yield from self._once()):
                if isinstance(batch, Pause):
                    yield batch
                else:
                    sources.add(batch)
                    yield OTHERS
            self._heard = None if self.link.is_loopback else sources.filter()
        self._batches = yield from self._outgoing.batches(self._full, self._request.loop)

    def _once(self) -> Steps[Course[FrameBatch]]:
        """The frames, once where they would go out without end."""
        return self._outgoing.batches(self._full, self._request.loop and not self._request.is_endless)

    def _open(self, stack: ExitStack) -> None:
        request, name = self._request, self.link.name
        self._open_sink(stack)
        ready(name)
        if self._batches is None:
            blocking(self.prepare())
        if request.reply:
            self._open_hearing(stack)
        sender = PacedSender(
            name,
            pace_of(request.rate, request.mbps),
            self._stop,
            self._tell,
            qdisc_bypass=request.qdisc_bypass,
            tx=request.tx,
            expected=request.count,
            spin=0 if self._is_awaited else None,
        )
        stack.enter_context(sender)
        if self._is_awaited:
            sender.ring_least = sys.maxsize  # opening and closing a ring would hold others up
        if request.no_kernel_rst:
            self._rst = stack.enter_context(_kernel_rst())
        self._sender = sender

    def _open_hearing(self, stack: ExitStack) -> None:
        from rawkit.run.send.hearing import Hearing

        found = self._outgoing
        names = [self.link.name, *(["lo"] if found.hops and found.hops.has_own and not self.link.is_loopback else [])]
        self._ring = stack.enter_context(Hearing(names, self._heard))
        self._replies = Replies(found.link_type, self._request.answers)

    def _open_sink(self, stack: ExitStack) -> None:
        if self._request.write is not None:
            from rawkit.files import Interface
            from rawkit.run.capture.recording import Recording

            described = Interface(self._outgoing.link_type, name=self.link.name)
            self._sink = stack.enter_context(Recording(self._request.write, [described]))

    def _send_all(self, batches: Course[FrameBatch]) -> Steps[None]:
        for batch in batches:
            if self._stop.asked:
                return
            if isinstance(batch, Pause):
                yield batch
            else:
                yield from self._send(batch)

    def _send(self, batch: FrameBatch) -> Steps[None]:
        if self._rst is not None:
            _cover(self._rst, batch)
        assert self._sender is not None
        went = yield from self._sender.steps(batch)
        self._take(batch.select(slice(0, went)))

    def _take(self, batch: FrameBatch) -> None:
        """Keeps what went out, or came back."""
        self._write(batch)
        if self._on_frames is not None:
            self._on_frames(batch)

    def _write(self, batch: FrameBatch) -> None:
        if self._sink is not None:
            self._sink.write(replace(batch, timestamp=np.full(len(batch), time.time_ns(), np.int64)))

    def _ask(self, ring: Hearing, replies: Replies, on_reply: Callable[[Reply], None] | None) -> Steps[None]:
        """Sends all, listens, and asks again what has no answer; with all of it the answers are told as they come."""
        assert self._batches is not None
        for batch in self._in_parts(self._batches):
            if self._stop.asked:
                return
            if isinstance(batch, Pause):
                yield batch
                continue
            self._statuses += batch.status.tolist()
            for frame in batch.frames():
                replies.ask(frame, time.time_ns())
            yield from self._send(batch)
            yield from self._hear(replies, ring.read(0), on_reply)
        yield from self._listen(ring, replies, on_reply)
        for _ in range(self._request.retries):
            if self._stop.asked or not (open_ones := replies.unanswered()):
                return
            for batch in self._in_parts(iter([self._again(replies, open_ones)])):
                assert isinstance(batch, FrameBatch)
                yield from self._send(batch)
                yield from self._hear(replies, ring.read(0), on_reply)
            yield from self._listen(ring, replies, on_reply)

    def _again(self, replies: Replies, numbers: list[int]) -> FrameBatch:
        """The frames of these numbers, to be sent once more."""
        frames = [replies.ask_again(number, time.time_ns()) for number in numbers]
        batch = FrameBatch.from_frames(frames, link_type=replies.link_type)
        return replace(batch, status=np.array([self._statuses[number - 1] for number in numbers], np.int64))

    def _in_parts(self, batches: Course[FrameBatch]) -> Course[FrameBatch]:
        """As many at once as leave in `PART` seconds, so that what comes back is told soon."""
        pace, rate = self._request, self._request.rate
        size = 1 if pace.mbps else max(1, min(TOGETHER, int(rate * PART))) if rate else TOGETHER
        if self.link.is_loopback or (self._outgoing.hops is not None and self._outgoing.hops.has_own):
            size = 1  # the kernel changes those, so that they are not known again, and this clock has to do
        for batch in batches:
            if isinstance(batch, Pause):
                yield batch
                continue
            for begin in range(0, len(batch), size):
                yield batch.select(slice(begin, begin + size))

    def _listen(self, ring: Hearing, replies: Replies, on_reply: Callable[[Reply], None] | None) -> Steps[None]:
        """Until all have an answer; with `no_kernel_rst` for all of `timeout`: somebody may go on by hand."""
        end = time.monotonic() + self._request.timeout
        while (left := end - time.monotonic()) > 0 and not self._stop.asked:
            if self._rst is None and replies.is_complete:
                return
            yield ring.pause(min(left, LOOK))
            yield from self._hear(replies, ring.read(0), on_reply)

    def _hear(
        self, replies: Replies, batch: FrameBatch | None, on_reply: Callable[[Reply], None] | None
    ) -> Steps[None]:
        for begin in range(0, 0 if batch is None else len(batch), HEARD):
            assert batch is not None
            for one in replies.read(batch.select(slice(begin, begin + HEARD))):
                if on_reply is not None:
                    on_reply(one)
                if self._sink is not None or self._on_frames is not None:
                    self._take(FrameBatch.from_frames([one.frame], link_type=replies.link_type))
            yield OTHERS

    def _linger(self) -> Steps[None]:
        """With `no_kernel_rst` stays for `timeout`: what comes back then is not reset."""
        if self._rst is not None:
            yield from until(time.monotonic_ns() + int(self._request.timeout * SECOND), self._stop)

    def _tell(self, sent: Sent) -> None:
        if self._on_progress is not None:
            self._on_progress(sent)


def _ahead(batches: Course[FrameBatch]) -> Iterator[FrameBatch]:
    """The same batches, made by a thread while those before them go out."""
    with Prefetched(partial(next, without_pauses(batches), None)) as source:
        while (batch := source.read()) is not None:
            yield batch


def _kernel_rst() -> KernelRst:
    from rawkit.run.send.kernel_rst import KernelRst

    return KernelRst()


def _cover(rst: KernelRst, batch: FrameBatch) -> None:
    rst.cover(batch)
    if not rst.sources:
        raise SendError("--no-kernel-rst is for TCP, and these frames have none: leave it out")
