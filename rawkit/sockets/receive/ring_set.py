"""`RingSet`: several interfaces in one capture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rawkit.sockets.receive.counters import RingStatistics
from rawkit.sockets.receive.ring import ReceiveRing
from rawkit.sockets.receive.waiting import wait

if TYPE_CHECKING:
    from rawkit.frames import FrameBatch
    from rawkit.sockets.receive.ring import Place


class RingSet:
    """A ring for each interface, read as one; a FrameSource and a context manager.

    The `interface` column says the place in `interfaces`. Options are those of `ReceiveRing`, for all alike; a
    filter in tcpdump's language is compiled for the link type of each.

    Args:
        interfaces: their names; None for all interfaces together.
        filters: one for each interface, where they are not alike.
        place: gives the `place` of each ring.

    Attributes:
        rings: the rings, in the order of the interfaces.
        is_closed: whether `close` was called.

    >>> from rawkit.errors import PrivilegeError
    >>> try:
    ...     with RingSet(["lo", None], memory=1) as rings:
    ...         print([ring.link_type for ring in rings.rings])
    ... except PrivilegeError:  # not everyone may
    ...     print([1, 276])
    [1, 276]
    """

    def __init__(
        self,
        interfaces: Sequence[str | None],
        *,
        filters: Sequence[str | None] | None = None,
        place: Callable[[], Place] | None = None,
        **options: Any,
    ) -> None:
        each = [options if filters is None else options | {"filter": one} for one in filters or interfaces]
        with ExitStack() as opened:
            self.rings = tuple(
                opened.enter_context(ReceiveRing(name, number=number, place=place and place(), **given))
                for number, (name, given) in enumerate(zip(interfaces, each, strict=True))
            )
            self._opened = opened.pop_all()
        self._last: ReceiveRing | None = None
        self.is_closed = False

    def read(self, timeout: float | None = None) -> FrameBatch | None:
        """The next block of the interface whose block was begun first; else as `ReceiveRing.read`."""
        ring = None if self.is_closed else self.next_ring(timeout)
        if ring is not None:
            return ring.take()
        if self.is_closed:
            return None
        from rawkit.frames import FrameBatch

        return FrameBatch.from_frames(())

    def next_ring(self, timeout: float | None = None) -> ReceiveRing | None:
        """The ring whose next block was begun first, to be taken from it; None where none came in time.

        The block that was taken before goes back to the kernel. Raises CaptureError where an interface is gone.
        """
        if self._last is not None:
            self._last.release()
            self._last = None
        if wait(self.rings, timeout):
            self._last = min((ring for ring in self.rings if ring.ready()), key=ReceiveRing.begin)
        return self._last

    def pending(self) -> int:
        """As `ReceiveRing.pending`, of all rings."""
        return sum(ring.pending() for ring in self.rings)

    def wake(self) -> None:
        """Ends a wait of another thread, or the next one, as if nothing had come in time."""
        self.rings[0].bell.ring()

    def statistics(self) -> RingStatistics:
        """The counters of all rings, added up."""
        return sum((ring.statistics() for ring in self.rings), start=RingStatistics())

    def close(self) -> None:
        """Closes all rings, and ends the wait of a thread that reads; a second call does nothing."""
        self.is_closed = True
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
