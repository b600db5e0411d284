"""The receive rings of a live capture, with all that is asked of them in place before the first frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rawkit.sockets.receive.ring import SNAPLEN
from rawkit.sockets.receive.ring_set import RingSet
from rawkit.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from rawkit.files import Interface
    from rawkit.kernels import Engine
    from rawkit.sockets.filter.live import Direction
    from rawkit.sockets.receive.ring import Place

ANY: Final = "any"
"""What all interfaces together are called."""
MEMORY: Final = 64
"""MiB of a ring: more than half a second of the smallest frames at full speed, in which a view may fall behind."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a capture listens, and for what.

    Attributes:
        interfaces: their names, `any` for all interfaces; none of them is `any` too.
        filter: which frames, in tcpdump's language (pcap-filter(7)); None for all.
        snaplen: bytes kept of each frame, None for the whole.
        memory: MiB of each ring, None for what suits the kind of capture.
        promiscuous: take frames to other hosts' MAC addresses too.
        direction: which frames, by the way they go.
        place: gives the `place` of each `ReceiveRing`, where the interfaces are in another network namespace.

    >>> Listening(("lo",), "udp").names
    ('lo',)
    >>> Listening().names
    ('any',)
    """

    interfaces: tuple[str, ...] = ()
    filter: str | None = None
    snaplen: int | None = None
    memory: int | None = None
    promiscuous: bool = True
    direction: Direction = "inout"
    place: Callable[[], Place] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The interfaces by their names."""
        return self.interfaces or (ANY,)

    def open(self, engine: Engine, *, memory: int = MEMORY, batches: bool = True) -> RingSet:
        """Opens a ring for each interface; errors as of `ReceiveRing`.

        Args:
            engine: runs the walk through the blocks.
            memory: MiB of each ring, where `self.memory` does not say it.
            batches: as in `ReceiveRing`.
        """
        return RingSet(
            [None if name == ANY else name for name in self.names],
            memory=self.memory or memory,
            promiscuous=self.promiscuous,
            filter=self.filter,
            snaplen=self.snaplen or SNAPLEN,
            direction=self.direction,
            engine=engine,
            batches=batches,
            place=self.place,
        )


def links(rings: RingSet) -> list[tuple[str, int]]:
    """The name and the LINKTYPE number of each interface that is listened to."""
    return [(ring.interface or ANY, ring.link_type) for ring in rings.rings]


def described(rings: RingSet) -> list[Interface]:
    """The interfaces as a capture file has them."""
    from rawkit.files import Interface

    return [Interface(link_type, name=name) for name, link_type in links(rings)]
