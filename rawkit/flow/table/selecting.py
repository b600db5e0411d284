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
    bases = tracked.bases[rows] if len(tracked.bases) else tracked.bases
    return kept, Tracked(tracked.stream[rows], tracked.analysis[rows], tracked.events, tracked.sums[rows], bases=bases)
