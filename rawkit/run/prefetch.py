"""Reading ahead: a source is read by a thread of its own while the batch before is worked on."""

from __future__ import annotations

import queue
import threading
from types import TracebackType
from typing import Final, Self

from rawkit.frames import FrameBatch, FrameSource

AHEAD: Final = 2


class Prefetched:
    """A FrameSource that reads another one ahead, up to two batches; a context manager.

    The other source's batches must stay valid, as those of a capture file do. Errors of the other source are raised
    where its batch would have come.
    """

    def __init__(self, source: FrameSource) -> None:
        self._source = source
        self._batches: queue.Queue[FrameBatch | BaseException | None] = queue.Queue(AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._fill, name="rawkit-prefetch", daemon=True)

    def read(self) -> FrameBatch | None:
        """The next batch of the other source."""
        if not self._thread.is_alive() and self._thread.ident is None:
            self._thread.start()
        found = self._batches.get()
        if isinstance(found, BaseException):
            raise found
        return found

    def _fill(self) -> None:
        batch: FrameBatch | BaseException | None = None
        try:
            while (batch := self._source.read()) is not None and self._give(batch):
                pass
        except BaseException as error:
            batch = error
        self._give(batch)

    def _give(self, batch: FrameBatch | BaseException | None) -> bool:
        """Waits until there is room; False where nobody wants it any more."""
        while not self._stopped.is_set():
            try:
                self._batches.put(batch, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()
