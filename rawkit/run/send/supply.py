"""Frames again and again: so many in all, or without end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np

from rawkit.errors import SendError
from rawkit.frames import FrameBatch
from rawkit.sockets.pausing import Course, Pause, Steps
from rawkit.values import dataclass

FULL: Final = 65536
"""Frames of a batch that repeats a few."""


@dataclass(frozen=True, slots=True)
class Supply:
    """How often frames are given out.

    Attributes:
        round: gives the frames once, from the first on, and pauses between.
        count: frames in all; None for each once, or without end where `loop` says so.
        loop: begin again at the end.
        same: whether each round has the same frames, which are then made once where they are few.

    >>> once = lambda: [FrameBatch.from_frames([b"a", b"b", b"c"])]
    >>> [len(batch) for batch in Supply(once, count=7).batches(full=6)]
    [3, 4]
    """

    round: Callable[[], Iterable[Pause | FrameBatch]]
    count: int | None = None
    loop: bool = False
    same: bool = True

    def batches(self, full: int = FULL) -> Course[FrameBatch]:
        """The frames; few are repeated within a batch, up to `full`. SendError where there are none at all."""
        left = self.count
        for batch in self._rounds(full):
            if isinstance(batch, Pause):
                yield batch
                continue
            some = batch if left is None else batch.select(slice(0, left))
            if len(some):
                yield some
            if left is not None:
                left -= len(some)
                if not left:
                    return

    def _rounds(self, full: int) -> Course[FrameBatch]:
        repeats = self.loop or self.count is not None
        while True:
            given, last = 0, None
            for batch in self.round():
                yield batch
                if isinstance(batch, Pause):
                    continue
                given, last = given + len(batch), batch
            if not given or last is None:
                raise SendError("there is no frame to send: give one")
            if not repeats:
                return
            if self.same and given == len(last) < full:
                yield from _repeated(last, full)


class Rounds:
    """Batches that can be had once, given out again and again.

    Args:
        batches: they, and pauses between.
        keep: whether they are kept for further rounds; else there is one.

    >>> rounds = Rounds(iter([FrameBatch.from_frames([b"a", b"b"])]), keep=True)
    >>> list(rounds.begin())
    []
    >>> [len(batch) for _ in range(3) for batch in rounds()]
    [2, 2, 2]
    """

    def __init__(self, batches: Course[FrameBatch], keep: bool) -> None:
        self._batches, self._keep = batches, keep
        self._kept: list[FrameBatch] = []
        self._whole = False

    def begin(self) -> Steps[None]:
        """Has the first batch made."""
        for batch in self._batches:
            if not isinstance(batch, Pause):
                self._kept = [batch]
                return
            yield batch

    def __call__(self) -> Course[FrameBatch]:
        """The batches from the first on."""
        yield from self._kept
        if self._whole:
            return
        if not self._keep:
            self._kept = []
        for batch in self._batches:
            if self._keep and not isinstance(batch, Pause):
                self._kept.append(batch)
            yield batch
        self._whole = True


def _repeated(batch: FrameBatch, full: int) -> Iterator[FrameBatch]:
    """The batch without end, many times over in each that is given; the bytes are there once."""
    many = batch.select(np.tile(np.arange(len(batch)), max(1, full // len(batch))))
    while True:
        yield many
