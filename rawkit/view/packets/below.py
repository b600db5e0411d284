"""The packets view with more below each packet's line: its tree, its bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from rawkit.decode import Packets
from rawkit.flow.table.tracker import Tracked
from rawkit.frames import Int64s
from rawkit.view.packets.view import PacketsView

AT_ONCE: Final = 256
Part = Callable[[int], bytes]
"""What stands below the line of one packet of a batch, by its row."""


class Below:
    """A view of packets in text, in which more stands below each line.

    Args:
        shown: the view; a line a packet.
        parts: each gives of a batch what gives the lines of one of its packets; they stand in this order.

    Attributes as of `PacketsView`, and:
        at_once: packets that are shown together, so that the first are there soon.
    """

    def __init__(self, shown: PacketsView, parts: Sequence[Callable[[Packets], Part]]) -> None:
        self._shown, self._parts = shown, parts
        self.wanted, self.threads, self.at_once = shown.wanted, 1, AT_ONCE
        self.header, self.tell, self.rest = shown.header, shown.tell, shown.rest

    def render(self, packets: Packets, tracked: Tracked) -> bytes:
        """The packets of a batch, with what the tracker says of them."""
        lines = self._shown.render(packets, tracked).splitlines(keepends=True)
        parts = [part(packets) for part in self._parts]
        return b"".join(line + b"".join(part(row) for part in parts) for row, line in enumerate(lines))


class Dumped:
    """A view of packets in text, with their bytes as `tcpdump -X` has them below each line.

    Args:
        quick: the view whose kernel writes them, where link headers have one size.
        exact: the view that looks at each frame.

    Attributes as of `PacketsView`.
    """

    def __init__(self, quick: PacketsView, exact: Below) -> None:
        self._quick, self._exact = quick, exact
        self.wanted, self.threads, self.at_once = exact.wanted, exact.threads, 0
        self.header, self.rest = exact.header, exact.rest

    def render(self, packets: Packets, tracked: Tracked) -> bytes:
        """The packets of a batch, with what the tracker says of them."""
        from rawkit.view.packets.dump import is_plain

        return (self._quick if is_plain(packets.batch) else self._exact).render(packets, tracked)

    def tell(self, events: Int64s) -> bytes:
        """The lines of events: none."""
        return self._exact.tell(events)
