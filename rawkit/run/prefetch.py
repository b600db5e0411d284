"""Working ahead: a thread of its own reads (and decodes) while the batch before is worked on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

Item = TypeVar("Item")

AHEAD: Final = 2


class Prefetched(Generic[Item]):
    """Calls `produce` ahead, up to two items, until it gives None; a context manager.

    What it gives must stay valid, as the batches of a capture file do. Its errors are raised where its item would have
    come.

    >>> with Prefetched(iter([b"a", b"b", None]).__next__) as ahead:
    ...     ahead.read(), ahead.read(), ahead.read()
    (b'a', b'b', None)
    """

    def __init__(self, produce: Callable[[], Item | None]) -> None:
        self._produce = produce
        self._items: queue.Queue[Item | BaseException | None] = queue.Queue(AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._fill, name="rawkit-prefetch", daemon=True)

    def read(self) -> Item | None:
        """The next item, None at the end."""
        if not self._thread.is_alive() and self._thread.ident is None:
            self._thread.start()
        found = self._items.get()
        if isinstance(found, BaseException):
            raise found
        return found

    def _fill(self) -> None:
        item: Item | BaseException | None = None
        try:
            while (item := self._produce()) is not None and self._give(item):
                pass
        except BaseException as error:
            item = error
        self._give(item)

    def _give(self, item: Item | BaseException | None) -> bool:
        """Waits until there is room; False where nobody wants it any more."""
        while not self._stopped.is_set():
            try:
                self._items.put(item, timeout=0.1)
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
