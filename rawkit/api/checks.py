"""What the arguments of captures may be, said before anything is opened."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, get_args

from rawkit.api.notices import say
from rawkit.errors import RawkitError
from rawkit.flow.rules import FlowRules
from rawkit.kernels import Engine, Mode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rawkit.run.capture.plan import RecordingPlan


def of_type(name: str, value: object, kinds: type | tuple[type, ...], words: str) -> None:
    """TypeError where a value that is not None is of no such type; a truth value is no number.

    >>> of_type("filter", 80, str, "text in tcpdump's language")
    Traceback (most recent call last):
    TypeError: filter 80: give text in tcpdump's language
    """
    is_truth = isinstance(value, bool) and kinds is not bool
    if value is not None and (is_truth or not isinstance(value, kinds)):
        raise TypeError(f"{name} {value!r}: give {words}")


def at_least(name: str, value: float | None, least: float) -> None:
    """RawkitError where a number is too small.

    >>> at_least("count", 0, 1)
    Traceback (most recent call last):
    rawkit.errors.RawkitError: count 0: give 1 or more
    """
    if value is not None and not value >= least:
        raise RawkitError(f"{name} {value}: give {least} or more")


def made_engine(engine: Engine | Mode | None) -> Engine:
    """What runs the kernels, of one that was made or of how they are to run.

    >>> made_engine("interpreted").compiled
    False
    >>> made_engine("fast")
    Traceback (most recent call last):
    rawkit.errors.RawkitError: engine 'fast': give auto, interpreted or compiled, or a rawkit.Engine
    """
    if isinstance(engine, Engine):
        return engine
    if engine not in (None, *get_args(Mode)):
        raise RawkitError(f"engine {engine!r}: give auto, interpreted or compiled, or a rawkit.Engine")
    return Engine(engine or "auto", notice=say)


def check_capture(filter: Any, count: Any, rules: Any) -> None:
    """What captures of files and live ones have in common."""
    of_type("filter", filter, str, "text in tcpdump's language, such as 'tcp port 80'")
    of_type("count", count, int, "a number of packets")
    at_least("count", count, 1)
    if not isinstance(rules, FlowRules):
        raise TypeError(f"rules {rules!r}: give a rawkit.FlowRules")


def recording_plan(
    path: str | os.PathLike[str],
    *,
    size: int | None = None,
    seconds: int | None = None,
    files: int | None = None,
    command: Sequence[str] = (),
    comment: str | None = None,
) -> RecordingPlan:
    """Where frames are written, and when a new file begins; arguments and errors as of `Capture.write`.

    >>> recording_plan("a.pcap", files=2)
    Traceback (most recent call last):
    rawkit.errors.RawkitError: files 2: it needs size or seconds, which say when a new file begins
    """
    from rawkit.run.capture.naming import is_pcapng
    from rawkit.run.capture.plan import RecordingPlan, Rotation

    of_type("path", path, (str, os.PathLike), "the name of a file, as text or as a Path")
    for name, value in (("size", size), ("seconds", seconds), ("files", files)):
        of_type(name, value, int, "a number")
        at_least(name, value, 1)
    of_type("comment", comment, str, "text")
    name = os.fspath(path)
    if comment is not None and not is_pcapng(name):
        raise RawkitError(f"{name}: pcap has no room for a comment: give the file a name that ends in .pcapng")
    if size is None and seconds is None:
        if files is not None or command:
            given = f"files {files}" if files is not None else f"command {' '.join(command)}"
            raise RawkitError(f"{given}: it needs size or seconds, which say when a new file begins")
        return RecordingPlan(name, comment=comment)
    if name == "-":
        raise RawkitError("- is standard output, one stream: size and seconds need the name of a file")
    return RecordingPlan(name, Rotation(size, seconds, files, _program(command)), comment)


def _program(command: Sequence[str]) -> tuple[str, ...]:
    """The words of a command whose program is there."""
    if isinstance(command, str):
        raise TypeError(f"command {command!r}: give a list of words, such as ['gzip', '-9']")
    if command:
        from shutil import which

        if which(command[0]) is None:
            raise RawkitError(f"{command[0]}: there is no such command: give one that is on the PATH, or its path")
    return tuple(command)
