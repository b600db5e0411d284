"""Several capture files as one, in the order of time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Final, Self

import numpy as np

from rawkit.files.interfaces import Interface
from rawkit.files.merged_part import Part
from rawkit.files.pcapng import Comment
from rawkit.frames import FrameBatch, Int64s
from rawkit.kernels import Engine
from rawkit.values import replace

FEW: Final = 3
"""Files that messages name one by one."""
_NOTHING: Final[Int64s] = np.zeros(0, dtype=np.int64)


class MergedReader:
    """The frames of several files in the order of time, as mergecap gives them; used as a `CaptureReader`.

    Each file's frames stay in their order: one that is older than the frame before it follows it at once. Frames of
    the same time come in the order of the files. Interfaces that are alike are one. Of a file on disk the beginning is
    read at first, and it is open again only from its first frame to its last: a thousand files of a rotation need no
    thousand descriptors.

    Attributes are a `CaptureReader`'s, over all files; frame numbers in `comments` are those of the whole.

    >>> with MergedReader(["captures/dns.pcap", "captures/tcp-connect-refused.pcap"]) as both:
    ...     batches = list(iter(both.read, None))
    >>> times = np.concatenate([batch.timestamp for batch in batches])
    >>> len(times), bool((np.diff(times) >= 0).all())
    (22, True)
    """

    def __init__(self, paths: Sequence[str | os.PathLike[str]], engine: Engine | None = None) -> None:
        self.interfaces: list[Interface] = []
        self.comments: list[Comment] = []
        self._places: dict[Interface, int] = {}
        self.name = ", ".join(os.fspath(path) for path in paths) if len(paths) <= FEW else f"{len(paths)} capture files"
        self._frames = 0
        engine = engine or Engine()
        with ExitStack() as stack:  # where one cannot be read, the others are closed
            self._parts = [stack.enter_context(Part(os.fspath(path), engine, self._place_of)) for path in paths]
            self._open = stack.pop_all()
        kinds = {part.format for part in self._parts}
        self.format = kinds.pop() if len(kinds) == 1 else "pcapng"

    def read(self) -> FrameBatch | None:
        """The next frames, in order; an empty batch where a pipe has none in time; None at the end."""
        while (part := self._next_to_load()) is not None:
            if not part.load():
                return FrameBatch.from_frames(())
        shown = [part for part in self._parts if len(part.keys)]
        if not shown:
            self._note([(part, _NOTHING) for part in self._parts])
            return None
        return self._merged(
            *min((int(part.keys[-1]), place) for place, part in enumerate(self._parts) if part in shown)
        )

    @property
    def position(self) -> int:
        """Bytes of the files (uncompressed) whose frames were read."""
        return sum(part.position for part in self._parts)

    @property
    def truncated(self) -> str | None:
        """After the end, where files were cut or damaged; None where none was."""
        return "; ".join(part.truncated for part in self._parts if part.truncated is not None) or None

    @property
    def remarks(self) -> list[str]:
        """After the end, what of the files was not taken as it stands, a line each."""
        return [line for part in self._parts for line in part.remarks]

    def close(self) -> None:
        """Closes what is open."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _next_to_load(self) -> Part | None:
        """A file whose next frames have to be known before any more can be given."""
        least = min((int(part.keys[-1]) for part in self._parts if len(part.keys)), default=None)
        wanted = [part for part in self._parts if not part.ended and not len(part.keys)]
        wanted = [part for part in wanted if least is None or part.begin <= least]
        return min(wanted, key=lambda part: part.begin, default=None)

    def _merged(self, until: int, last: int) -> FrameBatch:
        """All frames up to the time at which file number `last` needs to be read on."""
        taken = [(part, *part.take(until, inclusive=place <= last)) for place, part in enumerate(self._parts)]
        taken = [each for each in taken if len(each[1])]
        names = tuple(one.name for one in self.interfaces)
        numbers = np.arange(self._frames + 1, self._frames + 1 + sum(len(batch) for _, batch, _ in taken))
        self._frames += len(numbers)
        if len(taken) == 1:
            self._note([(taken[0][0], numbers)])
            return replace(taken[0][1], interface_names=names)
        order = np.argsort(np.concatenate([keys for _, _, keys in taken]), kind="stable")
        placed = np.empty_like(numbers)
        placed[order] = numbers
        ends = np.cumsum([len(batch) for _, batch, _ in taken])
        self._note(list(zip([part for part, _, _ in taken], np.split(placed, ends[:-1]), strict=True)))
        return replace(_joined([batch for _, batch, _ in taken]).select(order), interface_names=names)

    def _note(self, numbered: list[tuple[Part, Int64s]]) -> None:
        """Keeps the comments on frames that have these numbers now, in their order."""
        found = [comment for part, numbers in numbered for comment in part.comments(numbers)]
        self.comments += sorted(found, key=lambda comment: comment[0] or 0)

    def _place_of(self, interface: Interface) -> int:
        place = self._places.setdefault(interface, len(self.interfaces))
        if place == len(self.interfaces):
            self.interfaces.append(interface)
        return place


def _joined(batches: Sequence[FrameBatch]) -> FrameBatch:
    """The frames of all, one batch behind the other, in memory of their own."""
    own = [batch.copy() for batch in batches]
    begins = np.cumsum([0, *(len(batch.data) for batch in own)])
    return FrameBatch(
        data=np.concatenate([batch.data for batch in own]),
        offset=np.concatenate([batch.offset + begin for batch, begin in zip(own, begins, strict=False)]),
        captured=np.concatenate([batch.captured for batch in own]),
        length=np.concatenate([batch.length for batch in own]),
        timestamp=np.concatenate([batch.timestamp for batch in own]),
        link_type=np.concatenate([batch.link_type for batch in own]),
        interface=np.concatenate([batch.interface for batch in own]),
        status=np.concatenate([batch.status for batch in own]),
    )
