"""`rawkit sniff -r`: a capture file."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from rawkit.cli.main import fail
from rawkit.cli.progress import Progress
from rawkit.cli.sniff_options import Options
from rawkit.cli.sniff_output import put, recording, summary, view

if TYPE_CHECKING:
    from rawkit.files import CaptureReader
    from rawkit.frames import FrameBatch, FrameSource
    from rawkit.run.replay import Replay

LARGE = 1 << 24  # bytes of a file


def read(options: Options) -> int:
    """Reads the file to its end; returns the exit code."""
    from rawkit.files import open_capture
    from rawkit.kernels import Engine
    from rawkit.run.prefetch import Prefetched
    from rawkit.run.replay import Replay
    from rawkit.sockets.bpf import FrameFilter

    path = options.read or "-"
    engine = Engine(options.kernels, notice=fail)  # type: ignore[arg-type]
    shown = view(options, engine) if options.shown else None
    with ExitStack() as stack:
        reader = stack.enter_context(open_capture(path, engine))
        sink = stack.enter_context(recording(options, options.write, reader.interfaces)) if options.write else None
        only = FrameFilter(options.filter) if options.filter else None
        replay = Replay(engine, shown.wanted if shown else 0, only, options.count, sink)
        source = stack.enter_context(Prefetched(reader)) if _is_large(path) else reader
        _run(replay, _Watched(source, reader, _plain_size(path), replay), shown)
        if reader.truncated:
            fail(reader.truncated)
    summary(replay.counts, options.verbose)
    return 130 if replay.interrupted else 0


def _run(replay: Replay, source: FrameSource, shown: Any) -> None:
    if shown is None:
        replay.record(source)
        return
    put(shown.header())
    replay.run(
        source,
        lambda packets, tracked: put(shown.render(packets, tracked)),
        lambda events: put(shown.tell(events)),
    )
    put(shown.rest())


class _Watched:
    """The source, with its progress shown."""

    def __init__(self, source: FrameSource, reader: CaptureReader, size: int | None, replay: Replay) -> None:
        self._source, self._reader, self._replay = source, reader, replay
        self._progress = Progress(size)

    def read(self) -> FrameBatch | None:
        batch = self._source.read()
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
    """Whether reading the file ahead is worth a thread; a pipe is read as it comes."""
    return os.path.isfile(path) and os.path.getsize(path) > LARGE
