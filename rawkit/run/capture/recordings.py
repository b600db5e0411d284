"""The files that a capture is recorded to while it is read: none, one or several."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rawkit.decode.comments import FrameComments

if TYPE_CHECKING:
    from rawkit.decode.comments import Comments
    from rawkit.frames import FrameBatch, Int64s
    from rawkit.run.capture.recording import Recording
    from rawkit.run.capture.rotation import RotatedRecording


class Recordings:
    """Writes each batch to all of them; a FrameSink and a context manager that closes them.

    Args:
        comments: gives the source's on its frames, those that were read so far: pcapng files get them too.

    >>> with Recordings() as none:
    ...     none.are_over(0)
    False
    """

    def __init__(self, comments: Callable[[], Comments] | None = None) -> None:
        self._comments = FrameComments(comments) if comments is not None else None
        self._all: list[Recording | RotatedRecording] = []
        self._stack = ExitStack()

    def add(self, recording: Recording | RotatedRecording) -> None:
        """One more, from the next batch on."""
        self._stack.push(recording)
        self._all.append(recording)

    def write(self, batch: FrameBatch, numbers: Int64s | None = None) -> None:
        """Writes the frames; CaptureError where one of the files cannot take them.

        `numbers` are their `frame.number`, by which comments are found.
        """
        is_numbered = self._comments is not None and numbers is not None and bool(self._all)
        comments = self._comments.take(numbers) if is_numbered else None  # type: ignore[union-attr, arg-type]
        for recording in self._all:
            recording.write(batch, comments)

    def pass_time(self, now: int) -> None:
        """It is `now` (nanoseconds since the epoch), of a source that is live, also where nothing comes."""
        for recording in self._all:
            recording.pass_time(now)

    def are_over(self, now: int) -> bool:
        """Whether there are some, and none of them takes any more frames at `now` (nanoseconds since the epoch)."""
        return bool(self._all) and all(recording.is_over(now) for recording in self._all)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
