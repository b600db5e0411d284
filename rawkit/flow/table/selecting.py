"""Some of a batch's packets, with what the tracker says of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rawkit.decode import Packets
from rawkit.flow.table.tracker import Tracked


def selected_rows(packets: Packets, tracked: Tracked, rows: NDArray[np.bool_] | slice) -> tuple[Packets, Tracked]:
    """The packets that a mask or a slice names; events stay all.

    >>> from rawkit.flow.table.tracker import FlowTracker
    >>> from rawkit.decode import Decoder
    >>> from rawkit.frames import FrameBatch
    >>> from rawkit.kernels import Engine
    >>> engine = Engine("interpreted")
    >>> packets = Decoder(engine).decode(FrameBatch.from_frames([b"a", b"b", b"c"]))
    >>> some, _ = selected_rows(packets, FlowTracker(engine).track(packets), slice(1, None))
    >>> some.numbers.tolist()
    [2, 3]
    """
    kept = Packets(packets.batch.select(rows), packets.rows[rows], packets.numbers[rows], packets.engine)
    connections, sources = _connections(tracked, rows)
    bases = tracked.bases[rows] if len(tracked.bases) else tracked.bases
    told = (tracked.stream[rows], tracked.analysis[rows], tracked.events, tracked.sums[rows])
    return kept, Tracked(*told, connections, sources, bases)


def _connections(
    tracked: Tracked, rows: NDArray[np.bool_] | slice
) -> tuple[NDArray[np.int64], NDArray[np.intp] | None]:
    """The connections of these packets, and of which of them each is."""
    if tracked.sources is None:
        return tracked.connections[rows] if len(tracked.connections) else tracked.connections, None
    place = np.full(len(tracked.stream), -1, dtype=np.intp)
    place[rows] = np.arange(len(tracked.stream[rows]))
    sources = place[tracked.sources]
    return tracked.connections[sources >= 0], sources[sources >= 0]
