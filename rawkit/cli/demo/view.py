"""A view of frames that have been recorded already, as lines of text."""

from __future__ import annotations

from typing import Literal

from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.run.capture.loop import Replay
from rawkit.view.events.view import EventView


class Once:
    """A source of one batch.

    >>> source = Once(FrameBatch.from_frames([b"a"]))
    >>> len(source.read()), source.read()
    (1, None)
    """

    def __init__(self, batch: FrameBatch) -> None:
        self._batch: FrameBatch | None = batch

    def read(self) -> FrameBatch | None:
        """The batch, then None."""
        batch, self._batch = self._batch, None
        return batch


def lines(name: Literal["handshakes", "teardowns", "udp"], batch: FrameBatch) -> list[str]:
    """The lines of a view of these frames.

    >>> lines("udp", FrameBatch.from_frames([]))
    []
    """
    engine = Engine("interpreted")
    view = EventView(name, "text", engine)
    parts: list[bytes] = []
    replay = Replay(engine, view.wanted)
    replay.run(
        Once(batch),
        lambda packets, tracked: parts.append(view.render(packets, tracked)),
        lambda events: parts.append(view.tell(events) or b""),
    )
    if replay.interrupted:
        raise KeyboardInterrupt
    return b"".join((*parts, view.rest())).decode().splitlines()
