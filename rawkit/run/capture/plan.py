"""Where the frames of a capture are to be written, and when a new file begins."""

from __future__ import annotations

from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a new file begins, as tcpdump's -C, -G and -W say it.

    Attributes:
        size: bytes after which a new file begins.
        seconds: seconds of capture time after which a new file begins.
        files: with `size`: how many files there are, the oldest is overwritten; with `seconds` alone: after how many
            the recording ends.
        command: is started with the name of each file behind it, once the file is finished; empty for none.
    """

    size: int | None = None
    seconds: int | None = None
    files: int | None = None
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordingPlan:
    """Where the frames of a capture are to be written.

    Attributes:
        path: of the file, or of all files; as of `Recording` and `RotatedRecording`.
        rotation: when a new file begins; None for one file.
        comment: is written into each pcapng file.
    """

    path: str
    rotation: Rotation | None = None
    comment: str | None = None
