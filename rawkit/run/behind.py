"""Working behind: threads render what was found while more is being found; the lines come out in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Final, Self

BEHIND: Final = 4
"""Calls that may be under way before the next one waits: memory stays bounded where output is slow."""


class Rendered:
    """Renders in threads of its own and puts the lines out in the order of the calls; a context manager.

    Args:
        put: takes the lines; it is called by the thread that submits.
        threads: how many render at once.

    >>> lines = []
    >>> with Rendered(lines.append, 2) as rendered:
    ...     for number in range(6):
    ...         rendered.submit(b"%d ".__mod__, number)
    >>> b"".join(lines)
    b'0 1 2 3 4 5 '
    """

    def __init__(self, put: Callable[[bytes], None], threads: int) -> None:
        self._put = put
        self._pending: deque[Future[bytes]] = deque()
        self._pool = ThreadPoolExecutor(threads, "rawkit-render")

    def submit(self, render: Callable[..., bytes], *arguments: Any) -> None:
        """Has `render` called; raises what it or `put` raised for lines before."""
        self._pending.append(self._pool.submit(render, *arguments))
        while len(self._pending) > BEHIND:
            self._put_next()

    def drain(self) -> None:
        """Waits for the lines of all calls."""
        while self._pending:
            self._put_next()

    def _put_next(self) -> None:
        lines = self._pending[0].result()  # at Ctrl-C, while it waits, they are still to come
        self._pending.popleft()
        self._put(lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None or (isinstance(error, Exception) and not isinstance(error, BrokenPipeError)):
                self.drain()  # what was found before an error is still the user's
        finally:
            self._pool.shutdown(cancel_futures=True)
