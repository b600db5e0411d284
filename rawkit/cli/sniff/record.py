"""`rawkit sniff -i IFACE -w FILE` and nothing more: the short way from the ring to the file."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Any

from rawkit import linktypes
from rawkit.api.notices import say
from rawkit.cli.sniff.live import ANY, announce, give_up_root, open_rings, summarize
from rawkit.cli.sniff.options import Options

MEMORY = 16
"""MiB of the ring, eight times tcpdump's: the system clears all of it first, and writing does not fall far behind."""


def is_all(options: Options) -> bool:
    """Whether frames of one interface go to a plain pcap file and nowhere else, and the kernel for it is compiled."""
    from rawkit.kernels import all_compiled

    others = (
        options.shown or options.write == "-" or options.size or options.seconds or options.kernels == "interpreted"
    )
    if others or len(options.interfaces) != 1 or options.interfaces[0] == ANY:
        return False
    return _is_plain(str(options.write)) and _has_headers(options.interfaces[0]) and all_compiled()


def _is_plain(path: str) -> bool:
    from rawkit.files.targets import SUFFIXES

    return ".pcapng" not in path and os.path.splitext(path)[1] not in SUFFIXES


def _has_headers(interface: str) -> bool:
    """Whether the frames in the ring are whole as they are: cooked headers would have to be made."""
    from rawkit.sockets.device import link_type

    return link_type(interface) != linktypes.LINUX_SLL2


def record(options: Options) -> int:
    """Records until it is told to end; returns the exit code."""
    from rawkit.kernels import Engine
    from rawkit.run.capture.blocks import BlockRecording, rehearse
    from rawkit.run.capture.live import LiveSource
    from rawkit.run.stopping import Stop

    engine = Engine("compiled", notice=say)
    with ExitStack() as stack:
        stop = stack.enter_context(Stop())
        rings = stack.enter_context(open_rings(options, engine, memory=MEMORY, batches=False))
        rehearse(engine)  # later, as another user, it may not be able to read the code
        give_up_root(options.user)
        recording = stack.enter_context(BlockRecording(str(options.write), rings.rings[0].link_type, engine))
        source = LiveSource(rings, stop, options.duration, say)
        announce(rings)
        _run(source, recording, rings, options.count)
    return 0


def _run(source: Any, recording: Any, rings: Any, most: int | None) -> None:
    """Writes block after block, at most so many frames; says at the end what was written, also after an error."""
    kept = 0
    try:
        while kept != most and (block := source.read_block()) is not None:
            if block:
                kept += recording.write_block(block, None if most is None else most - kept)
    finally:
        summarize(f"{kept} frames captured", source, rings)
