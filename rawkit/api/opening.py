"""Opening captures: files, and sources of frames that are open already."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

from rawkit.api.capture import Capture
from rawkit.api.checks import check_capture, made_engine
from rawkit.errors import RawkitError
from rawkit.flow.rules import DEFAULT_RULES, FlowRules
from rawkit.frames import FrameSource
from rawkit.kernels import Engine, Mode
from rawkit.run.capture.file import FileCapture, Progress

if TYPE_CHECKING:
    from rawkit.run.capture.source import SourceCapture

Source: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | BinaryIO | FrameSource


def open_capture(
    source: Source,
    filter: str | None = None,
    *,
    count: int | None = None,
    engine: Engine | Mode | None = None,
    rules: FlowRules = DEFAULT_RULES,
    progress: Progress | None = None,
) -> Capture:
    """Opens a capture file: pcap or pcapng, also compressed with gzip, zstd or xz, whatever its name is.

    Args:
        source: a path, `"-"` for standard input, a list of paths, whose packets come in the order of time, a binary
            file object, or a FrameSource, such as a receive ring; only what was opened here is closed.
        filter: which packets, in tcpdump's language (pcap-filter(7)); all where it is None. They keep their numbers.
        count: packets that come through the filter, after which it ends.
        engine: runs the kernels: one that other calls use too, which start faster then, or how they are to run; a new
            one where it is None.
        rules: how flows are told apart, and what a wrong checksum means.
        progress: is told how much of a file was read.

    Raises CaptureError for what cannot be opened or is no capture file, FilterError, TypeError for other arguments. A
    cut or damaged file is no error: its whole packets are read, and a CaptureWarning at the end says where it was cut.

    >>> with open_capture("captures/tcp-connect-refused.pcap", "tcp[tcpflags] & tcp-rst != 0") as capture:
    ...     [(packet.number, packet["ip.src"]) for packet in capture]
    [(2, '198.51.100.20')]
    """
    check_capture(filter, count, rules)
    engine = made_engine(engine)
    capture = Capture(_made(source, engine, filter, count, progress), engine, rules)
    capture.open()
    return capture


def _made(
    source: Any, engine: Engine, filter: str | None, count: int | None, progress: Progress | None
) -> Callable[[Any], FileCapture | SourceCapture]:
    """What makes the pass over a source, of what says stop."""
    if isinstance(source, list | tuple):
        _check_paths(source)
    is_file = isinstance(source, str | os.PathLike | list | tuple) or hasattr(
        source, "readable"
    )  # io.IOBase has it, a ring has not
    if not is_file and not callable(getattr(source, "read", None)):
        raise TypeError(f"source {source!r}: give a path, an open binary file, or something with rawkit's read()")
    if is_file:
        return lambda stop: FileCapture(source, engine, stop, filter, count, progress)
    from rawkit.run.capture.source import SourceCapture

    clock = source.clock if isinstance(source, Capture) else None
    return lambda stop: SourceCapture(source, engine, stop, filter, count, clock)


def _check_paths(paths: Sequence[Any]) -> None:
    if not paths or not all(isinstance(path, str | os.PathLike) for path in paths):
        raise TypeError(f"source {paths!r}: give paths, one at least")
    if len([path for path in paths if path == "-"]) > 1:
        raise RawkitError("- is standard input, which can be read once: name it once")
