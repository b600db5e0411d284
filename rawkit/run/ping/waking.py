"""A bell for a loop that waits: another thread, or a signal's handler, rings it."""

from __future__ import annotations

import os
from collections.abc import Callable


class Bell:
    """Is readable from the moment when somebody rings; read like a channel, it says so and has nothing to tell.

    Args:
        heard: is called by who reads it.

    >>> bell = Bell(lambda: print("heard"))
    >>> bell.ring()
    >>> list(bell.received())
    heard
    []
    >>> bell.close()
    """

    def __init__(self, heard: Callable[[], None]) -> None:
        self._heard, self._event = heard, os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def ring(self) -> None:
        """Wakes who waits."""
        os.eventfd_write(self._event, 1)

    def fileno(self) -> int:
        """The event's descriptor (eventfd(2))."""
        return self._event

    def queued(self) -> tuple[()]:
        """Nothing."""
        return ()

    def received(self) -> tuple[()]:
        """Nothing; whoever rang is heard."""
        os.eventfd_read(self._event)
        self._heard()
        return ()

    def close(self) -> None:
        """Closes the descriptor."""
        os.close(self._event)
