"""`rawkit sniff -r`: a capture file."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from rawkit.api.notices import say
from rawkit.cli.progress import Progress
from rawkit.cli.sniff.options import Options
from rawkit.cli.sniff.output import put, recording, summary, view

if TYPE_CHECKING:
    from rawkit.files import CaptureReader
    from rawkit.frames import FrameBatch, FrameSource
    from rawkit.run.capture.loop import Replay
    from rawkit.run.stopping import Stop
    from rawkit.sockets.filter.bpf import FrameFilter

LARGE = 1 << 24  # bytes of a file
HAND_OVER = 0.0005  # seconds: a thread whose kernel is done waits at most so long for the GIL, not Python's 5 ms


def read(options: Options) -> int:
    """Reads the file to its end; returns the exit code."""
    from rawkit.files import open_capture
    from rawkit.kernels import Engine
    from rawkit.run.capture.loop import Replay
    from rawkit.run.stopping import Stop

    path = options.read or "-"
    engine = Engine(options.kernels, notice=say)  # type: ignore[arg-type]
    shown = view(options, engine) if options.shown else None
    with ExitStack() as stack:
        reader = stack.enter_context(open_capture(path, engine))
        sink = stack.enter_context(recording(options, options.write, reader.interfaces)) if options.write else None
        only = _filter(options.filter) if options.filter else None
        is_large = _is_large(path)
        stop = stack.enter_context(Stop()) if is_large else None
        replay = Replay(engine, shown.wanted if shown else 0, only, options.count, sink, ahead=is_large)
        _run(replay, _Watched(reader, _plain_size(path), replay, stop), shown)
        if reader.truncated:
            say(reader.truncated)
    summary(replay.counts, options.verbose)
    return 130 if replay.interrupted or (stop and stop.asked) else 0


def _filter(expression: str) -> FrameFilter:
    from rawkit.sockets.filter.bpf import FrameFilter

    return FrameFilter(expression)


def _run(replay: Replay, source: FrameSource, shown: Any) -> None:
    if shown is None:
        replay.record(source)
        return
    put(shown.header())
    if replay.ahead:
        _run_in_threads(replay, source, shown)
    else:
        replay.run(source, lambda *batch: put(shown.render(*batch)), lambda events: put(shown.tell(events)))
    put(shown.rest())


def _run_in_threads(replay: Replay, source: FrameSource, shown: Any) -> None:
    """Renders behind the tracker, as the replay decodes ahead of it."""
    from rawkit.run.behind import Rendered

    sys.setswitchinterval(HAND_OVER)
    with Rendered(put, shown.threads) as rendered:
        replay.run(source, partial(rendered.submit, shown.render), partial(rendered.submit, shown.tell))


class _Watched:
    """A capture file, with the progress of reading it shown, until Ctrl-C.

    Ctrl-C is noted, not raised, where threads work: one that is raised in the middle of a line would cut it. Where a
    pipe is read it is raised, because nothing else ends the wait.
    """

    def __init__(self, reader: CaptureReader, size: int | None, replay: Replay, stop: Stop | None) -> None:
        self._reader, self._replay, self._stop = reader, replay, stop
        self._progress = Progress(size)

    def read(self) -> FrameBatch | None:
        batch = None if self._stop and self._stop.asked else self._reader.read()
        if batch is None:
            self._progress.close()
        else:
            self._progress.show(self._reader.position, self._replay.counts.frames)
        return batch


def _plain_size(path: str) -> int | None:
    """Bytes of the file, where its position tells how much of it was read: not where it is compressed."""
    plain = os.path.isfile(path) and not path.endswith((".gz", ".zst", ".xz"))
    return os.path.getsize(path) if plain else None


def _is_large(path: str) -> bool:
    """Whether reading the file ahead is worth a thread; what comes through a pipe is shown as it comes."""
    return os.path.isfile(path) and os.path.getsize(path) > LARGE
