"""Looking for the owners of flows while packets come: a process that has ended has no socket any more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Protocol

from rawkit.sockets.owners import Owner, SocketOwners

if TYPE_CHECKING:
    from rawkit.frames import FrameBatch, FrameSource

LOOKS_APART: Final = 0.1
"""Seconds between two looks, at the least."""


class _Endpoint(Protocol):
    @property
    def address(self) -> str: ...
    @property
    def port(self) -> int: ...


class Owners:
    """Who has which socket: looks at once, and then as often as packets come but not more than ten times a second."""

    def __init__(self) -> None:
        self._owners = SocketOwners()
        self._owners.look()
        self._next = 0.0

    def watch(self, source: FrameSource) -> FrameSource:
        """The same frames; each read looks."""
        return _Watched(source, self)

    def look(self) -> None:
        """Looks, where the last look is long enough ago."""
        if time.monotonic() >= self._next:
            self._owners.look()
            self._next = time.monotonic() + LOOKS_APART

    def owner(self, protocol: int, one: _Endpoint, other: _Endpoint) -> Owner | None:
        """Who has the socket between two endpoints; None where nobody is known."""
        return self._owners.find(protocol, (one.address, one.port), (other.address, other.port))

    def find(self, protocol: int, one: _Endpoint, other: _Endpoint) -> tuple[int, str, str] | None:
        """The same as process id, command and user."""
        owner = self.owner(protocol, one, other)
        return (owner.pid, owner.name, owner.user) if owner else None


class _Watched:
    def __init__(self, source: FrameSource, owners: Owners) -> None:
        self._source, self._owners = source, owners

    def read(self) -> FrameBatch | None:
        batch = self._source.read()
        self._owners.look()
        return batch
