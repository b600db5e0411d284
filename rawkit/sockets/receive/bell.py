"""A bell for whoever waits for a ring: another thread, or a signal's handler, rings it."""

from __future__ import annotations

import os
import weakref


class Bell:
    """Is readable from the moment when somebody rings until it is hushed (eventfd(2)).

    A descriptor that another thread closes ends no poll(2), so this one is closed when nobody has the bell any more.

    >>> bell = Bell()
    >>> bell.ring()
    >>> bell.hush(), bell.hush()
    (True, False)
    """

    def __init__(self) -> None:
        self._event = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        weakref.finalize(self, os.close, self._event).atexit = False

    def ring(self) -> None:
        """Wakes who waits, or who will."""
        os.eventfd_write(self._event, 1)

    def hush(self) -> bool:
        """Ends the ringing; whether there was any."""
        try:
            return os.eventfd_read(self._event) > 0
        except BlockingIOError:
            return False

    def fileno(self) -> int:
        """The event's descriptor."""
        return self._event
