"""`rawkit replay` at work."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from rawkit.api.notices import say
from rawkit.cli.replay.options import Options, pace, rewrite
from rawkit.view import send as view

if TYPE_CHECKING:
    from rawkit.run.replay.frames import LeftOut, ReplaySource
    from rawkit.run.send.paced import PacedSender, Sent

SECOND: Final = 1_000_000_000


def replay(options: Options) -> int:
    """Sends the file's frames; returns the exit code."""
    from rawkit.run.pace import exact_sleeps
    from rawkit.run.prefetch import Prefetched
    from rawkit.run.send.paced import PacedSender
    from rawkit.run.stopping import Stop

    source = _source(options)
    with ExitStack() as stack:
        stop = stack.enter_context(Stop())
        stack.enter_context(exact_sleeps())
        told = _Told(options)
        sender = stack.enter_context(
            PacedSender(options.interface, pace(options), stop, told.tell, qdisc_bypass=options.qdisc_bypass)
        )
        ahead = stack.enter_context(Prefetched(source.read))
        try:
            while not stop.asked and (batch := ahead.read()) is not None:
                sender.send(batch)
        finally:
            told.clear()
            if sender.sent or sys.exception() is None:
                _summarize(options, sender, source)
    if source.truncated:
        say(source.truncated)
    return 130 if stop.asked and options.loops else 0


def _source(options: Options) -> ReplaySource:
    """The frames; what is wrong with the options or the interface is an error here."""
    from rawkit.kernels import Engine
    from rawkit.run.replay.frames import ReplaySource, check_loops
    from rawkit.run.send.paced import ready
    from rawkit.sockets.filter.bpf import FrameFilter

    mapped = rewrite(options)
    check_loops(options.path, options.loops)
    link = ready(options.interface)
    frame_filter = FrameFilter(options.filter) if options.filter else None
    if frame_filter is not None:
        frame_filter.program(link.link_type)
    return ReplaySource(
        path=options.path,
        link=link,
        engine=Engine(notice=say),
        frame_filter=frame_filter,
        rewrite=mapped,
        unique=options.unique_ip,
        loops=options.loops,
        count=options.count,
    )


class _Told:
    """Says how far it is: on a terminal in one line, with --stats in a line every so often."""

    def __init__(self, options: Options) -> None:
        self._progress = view.SendProgress(sys.stderr)
        self._every = int((options.stats or 0) * SECOND)
        self._next = self._every

    def tell(self, sent: Sent) -> None:
        if self._every and sent.nanoseconds >= self._next:
            self._progress.clear()
            say(view.amount(sent.frames, sent.bytes, sent.nanoseconds, sent.rate))
            self._next = sent.nanoseconds // self._every * self._every + self._every
        self._progress.show(sent.frames, sent.bytes, sent.nanoseconds, sent.rate)

    def clear(self) -> None:
        self._progress.clear()


def _summarize(options: Options, sender: PacedSender, source: ReplaySource) -> None:
    sent = sender.result
    say(f"{view.amount(sent.frames, sent.bytes, sent.nanoseconds, sent.rate)} on {options.interface}")
    for line in _left_out(source.left_out, options.interface, source.link.mtu):
        say(line)


def _left_out(found: LeftOut, name: str, mtu: int) -> list[str]:
    """A line for each kind of frames that did not go out as they were."""
    from rawkit import linktypes
    from rawkit.view.text import counted

    foreign = ", ".join(f"{count} {linktypes.name(kind)}" for kind, count in sorted(found.foreign.items()))
    lines = {
        f"{counted(found.large, 'frame')} larger than the MTU of {name} ({mtu}) not sent": found.large,
        f"{counted(found.short, 'frame')} without a whole link header not sent": found.short,
        f"frames of another link type than that of {name} not sent: {foreign}": foreign,
        f"{counted(found.cut, 'frame')} sent as short as the capture has them": found.cut,
    }
    return [line for line, is_so in lines.items() if is_so]
