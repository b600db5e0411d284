"""`rawkit send` at work: frames out, answers in, and what came of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from rawkit.api.notices import say
from rawkit.cli.send.options import Options, pace_of
from rawkit.cli.send.source import Source, source
from rawkit.cli.sniff.output import put
from rawkit.view import send as view
from rawkit.view.text import escaped

if TYPE_CHECKING:
    from rawkit.frames import FrameBatch
    from rawkit.run.send.kernel_rst import KernelRst
    from rawkit.run.send.paced import PacedSender, Sent
    from rawkit.run.send.reply import Replies
    from rawkit.run.stopping import Stop
    from rawkit.sockets.receive.ring import ReceiveRing

FULL: Final = 65536
LOOK: Final = 0.2
"""Seconds between two looks whether to stop."""
RING: Final = 16
"""MiB of memory for what comes back."""


def send(options: Options) -> int:
    """Sends; returns the exit code: 1 where --reply has no answer to some frame, 130 after Ctrl-C."""
    from rawkit.run.pace import exact_sleeps
    from rawkit.run.send.paced import ready
    from rawkit.run.stopping import Stop

    found = source(options)
    with ExitStack() as stack:
        keep = stack.enter_context(_keeper(options, found))
        if options.dry_run:
            return _dry_run(options, found, keep)
        ready(found.link.name)
        stack.enter_context(exact_sleeps())
        run = _Run(options, found, keep, stack.enter_context(Stop()), stack)
        try:
            run.go()
        finally:
            if run.has_sent or sys.exception() is None:
                run.summarize()
    return run.exit_code


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Takes what went out, and what answers it: writes it, prints it."""

    sink: Any
    hex_dump: bool

    def take(self, batch: FrameBatch) -> None:
        if self.sink is not None:
            import numpy as np

            self.sink.write(replace(batch, timestamp=np.full(len(batch), time.time_ns(), np.int64)))
        if self.hex_dump:
            put("".join(f"{frame.hex()}\n" for frame in batch.frames()).encode())

    def __enter__(self) -> _Keeper:
        if self.sink is not None:
            self.sink.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        if self.sink is not None:
            self.sink.__exit__(*error)


def _keeper(options: Options, found: Source) -> _Keeper:
    if options.write is None:
        return _Keeper(None, options.hex_dump)
    from rawkit.files import Interface
    from rawkit.run.capture.recording import Recording

    described = Interface(found.link.link_type, name=found.link.name)
    return _Keeper(Recording(options.write, [described]), options.hex_dump)


def _dry_run(options: Options, found: Source, keep: _Keeper) -> int:
    """Makes the frames, once where they are to go out without end."""
    from rawkit.run.send.reply import dissect

    frames = size = 0
    endless = options.loop and options.count is None
    once = replace(found, supply=lambda full: replace(found.supply(full), loop=False)) if endless else found
    for batch in once.batches(FULL):
        if not frames:
            say(f"the first frame: {escaped(dissect(batch.frame(0), found.link.link_type).summary())}")
        keep.take(batch)
        frames, size = frames + len(batch), size + int(batch.captured.sum())
    say(f"{view.amount(frames, size, 0, None)} for {found.link.name}; nothing was sent")
    return 0


class _Run:
    """One call of the command that really sends."""

    def __init__(self, options: Options, found: Source, keep: _Keeper, stop: Stop, stack: ExitStack) -> None:
        from rawkit.run.send.paced import PacedSender

        self._options, self._source, self._keep, self._stop = options, found, keep, stop
        self._progress = view.SendProgress(sys.stderr)
        pace = pace_of(options.rate, options.mbps)
        self._batches = found.batches(1 if options.reply else FULL)
        self._sender: PacedSender = stack.enter_context(
            PacedSender(found.link.name, pace, stop, self._show, qdisc_bypass=options.qdisc_bypass)
        )
        self._rst = stack.enter_context(_kernel_rst()) if options.no_kernel_rst else None
        self._ring = stack.enter_context(_ring(found)) if options.reply else None
        self._replies = _replies(found) if options.reply else None

    def go(self) -> None:
        """Sends all, and waits for answers."""
        if self._ring is None or self._replies is None:
            self._send_all(_ahead(self._batches))
            self._linger()
        else:
            self._send_asking(self._ring, self._replies)
            self._listen(self._ring, self._replies)

    @property
    def has_sent(self) -> bool:
        return self._sender.sent > 0

    @property
    def exit_code(self) -> int:
        if self._stop.asked and not (self._options.loop and self._options.count is None):
            return 130
        return int(self._replies is not None and self._replies.answered < self._replies.sent)

    def summarize(self) -> None:
        """One line of what came of it."""
        self._progress.clear()
        sent = self._sender.result
        said = f"{view.amount(sent.frames, sent.bytes, sent.nanoseconds, sent.rate)} on {self._source.link.name}"
        if self._replies is not None:
            said += f"; {self._replies.answered} of {self._replies.sent} answered"
        say(said + view.left_out(self._source.hops.silent if self._source.hops else ()))

    def _send_all(self, batches: Iterable[FrameBatch]) -> None:
        for batch in batches:
            if self._stop.asked:
                return
            self._send(batch)

    def _send(self, batch: FrameBatch) -> None:
        if self._rst is not None:
            _cover(self._rst, batch)
        went = self._sender.send(batch)
        self._keep.take(batch.select(slice(0, went)))

    def _send_asking(self, ring: ReceiveRing, replies: Replies) -> None:
        for batch in self._batches:
            if self._stop.asked:
                return
            for frame in batch.frames():
                replies.ask(frame, time.time_ns())
            self._send(batch)
            self._tell(replies, ring.read(0))

    def _listen(self, ring: ReceiveRing, replies: Replies) -> None:
        """Until all have an answer; with --no-kernel-rst for all of --timeout, since somebody may go on by hand."""
        end = time.monotonic() + self._options.timeout
        while (left := end - time.monotonic()) > 0 and not self._stop.asked:
            if self._rst is None and replies.answered == replies.sent:
                return
            self._tell(replies, ring.read(min(left, LOOK)))

    def _linger(self) -> None:
        """With --no-kernel-rst stays for --timeout: what comes back then is not reset."""
        from rawkit.run.pace import SECOND, wait_until

        if self._rst is not None:
            wait_until(time.monotonic_ns() + int(self._options.timeout * SECOND), self._stop)

    def _tell(self, replies: Replies, batch: FrameBatch | None) -> None:
        from rawkit.frames import FrameBatch

        for one in replies.read(batch) if batch is not None else ():
            put(f"{view.reply(one.number, one.sent, one.reply, one.nanoseconds)}\n".encode())
            self._keep.take(FrameBatch.from_frames([one.frame], link_type=replies.link_type))

    def _show(self, sent: Sent) -> None:
        self._progress.show(sent.frames, sent.bytes, sent.nanoseconds, sent.rate)


def _ahead(batches: Iterator[FrameBatch]) -> Iterator[FrameBatch]:
    """The same batches, made by a thread while those before them go out."""
    from rawkit.run.prefetch import Prefetched

    with Prefetched(partial(next, batches, None)) as source:
        while (batch := source.read()) is not None:
            yield batch


def _kernel_rst() -> KernelRst:
    from rawkit.run.send.kernel_rst import KernelRst

    return KernelRst()


def _cover(rst: KernelRst, batch: FrameBatch) -> None:
    from rawkit.errors import SendError

    rst.cover(batch)
    if not rst.sources:
        raise SendError("--no-kernel-rst is for TCP, and these frames have none: leave it out")


def _ring(found: Source) -> ReceiveRing:
    from rawkit.sockets.receive.ring import ReceiveRing

    return ReceiveRing(found.link.name, memory=RING)


def _replies(found: Source) -> Replies:
    from rawkit.run.send.reply import Replies

    return Replies(found.link.link_type)
