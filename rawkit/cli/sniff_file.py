"""`rawkit sniff -r`: a capture file."""

from __future__ import annotations

import os
from contextlib import ExitStack

from rawkit.cli.main import fail
from rawkit.cli.sniff_options import Options
from rawkit.cli.sniff_output import put, recording, summary, view

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
        if shown is None:
            replay.record(source)
        else:
            put(shown.header())
            replay.run(
                source,
                lambda packets, tracked: put(shown.render(packets, tracked)),
                lambda events: put(shown.tell(events)),
            )
            put(shown.rest())
        if reader.truncated:
            fail(reader.truncated)
    summary(replay.counts, options.verbose)
    return 130 if replay.interrupted else 0


def _is_large(path: str) -> bool:
    """Whether reading the file ahead is worth a thread; a pipe is read as it comes."""
    return os.path.isfile(path) and os.path.getsize(path) > LARGE
