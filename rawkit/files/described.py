"""The interfaces that a pcapng file has described so far, and the tables in which its walk looks them up."""

from __future__ import annotations

from typing import Final

import numpy as np

from rawkit.files.clock import CLOCK, clock_of
from rawkit.files.interfaces import Interface
from rawkit.frames import Int64s

MOST_BYTES: Final = 1 << 26
"""Bytes of memory that descriptions of interfaces may take; `EACH` of them for one without texts."""
EACH: Final = 256
ROOM: Final = 16
"""Interfaces that there is room for at first."""


class Described:
    """Interfaces in the order of the file; a section has its own, from the number `base` on.

    Attributes:
        interfaces: all of them, of all sections.
        base: the number of this section's first.
    """

    def __init__(self) -> None:
        self.interfaces: list[Interface] = []
        self.base = 0
        self._names: tuple[str, ...] = ()
        self._bytes = 0
        self._links, self._snaplens = np.zeros(ROOM, dtype=np.int64), np.zeros(ROOM, dtype=np.int64)
        self._clocks = np.zeros((ROOM, CLOCK), dtype=np.int64)

    def begin_section(self) -> None:
        """What is added from here on belongs to a new section."""
        self.base = len(self.interfaces)

    def add(self, interface: Interface) -> bool:
        """Adds an interface to the section; False where there is no room for it any more."""
        self._bytes += EACH + len(interface.name) + len(interface.description)
        if self._bytes > MOST_BYTES:
            return False
        number = len(self.interfaces)
        if number == len(self._links):
            self._links, self._snaplens, self._clocks = map(_doubled, (self._links, self._snaplens, self._clocks))
        self._links[number], self._snaplens[number] = interface.link_type, interface.snaplen
        self._clocks[number] = clock_of(interface)
        self.interfaces.append(interface)
        return True

    @property
    def links(self) -> Int64s:
        """LINKTYPE numbers of the section's interfaces."""
        return self._links[self.base : len(self.interfaces)]

    @property
    def snaplens(self) -> Int64s:
        """Bytes that the section's interfaces kept of a frame, 0 for no limit."""
        return self._snaplens[self.base : len(self.interfaces)]

    @property
    def clocks(self) -> Int64s:
        """The clocks of all interfaces, a row each: see `clock_of`."""
        return self._clocks[: len(self.interfaces)]

    @property
    def names(self) -> tuple[str, ...]:
        """What the capturing hosts called them, of all sections."""
        if len(self._names) != len(self.interfaces):
            self._names += tuple(one.name for one in self.interfaces[len(self._names) :])
        return self._names


def _doubled(table: Int64s) -> Int64s:
    """The table with twice the room: so that each of many interfaces costs no more than each of a few."""
    return np.concatenate([table, np.zeros_like(table)])
