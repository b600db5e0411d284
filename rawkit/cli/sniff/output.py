"""What file and live sniffing share: the view, the output, the recording."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from rawkit.api.notices import say
from rawkit.cli.sniff.options import Options

if TYPE_CHECKING:
    from rawkit.files import Interface
    from rawkit.kernels import Engine
    from rawkit.run.capture.loop import Counts
    from rawkit.run.capture.recording import Recording
    from rawkit.run.capture.rotation import RotatedRecording

MEGABYTE = 1_000_000


def put(lines: bytes) -> None:
    """Hands lines to whoever reads them, all of them: unbuffered (`python -u`), a write takes what it can."""
    left = memoryview(lines)
    while left:
        left = left[sys.stdout.buffer.write(left) :]
    sys.stdout.buffer.flush()


def view(options: Options, engine: Engine, find_owner: Any = None) -> Any:
    """The view that was asked for."""
    if options.shown != "packets":
        from rawkit.view.events.view import EventView

        return EventView(options.shown, options.format, engine, find_owner, options.times)  # type: ignore[arg-type]
    from rawkit.view.packets.view import PacketsView

    return PacketsView(
        engine,
        options.format,  # type: ignore[arg-type]
        numeric=options.numeric,
        link_headers=options.link_headers,
        hex_dump=options.hex_dump,
        times=options.times,
    )


def recording(
    options: Options, path: str, interfaces: Sequence[Interface]
) -> AbstractContextManager[Recording | RotatedRecording]:
    """What -w, -C, -G and -W ask for."""
    if options.size or options.seconds:
        from rawkit.run.capture.rotation import RotatedRecording, Rotation

        size = options.size and options.size * MEGABYTE
        return RotatedRecording(path, interfaces, Rotation(size, options.seconds, options.files))
    from rawkit.run.capture.recording import Recording

    return Recording(path, interfaces)


def undecoded(counts: Counts) -> str:
    """What was not understood, by how often; empty where there is nothing."""
    from rawkit.run.capture.loop import stop_words

    ranked = sorted(counts.stopped.items(), key=lambda found: -found[1])
    return ", ".join(f"{count} {stop_words(*key)}" for key, count in ranked)


def summary(counts: Counts, verbose: bool) -> None:
    """Says what was not understood; and how much there was, where somebody asks."""
    found = undecoded(counts)
    if verbose or found:
        say(f"{counts.frames} frames read, {counts.kept} shown{'; stopped early: ' + found if found else ''}")
