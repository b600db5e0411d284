"""The packets that carry others: each frame decoded again as far as the tunnels that it enters.

Decoding goes to the innermost headers, and few captures have tunnels; so what the decoder passes is read a second time,
where somebody wants it.
"""

from __future__ import annotations

from rawkit.decode.headers.decode_kernel import decode_frame
from rawkit.decode.layout import DEPTH, WIDTH
from rawkit.kernels import Ints


def decode_outer(
    data: Ints,
    offset: Ints,
    captured: Ints,
    length: Ints,
    link_type: Ints,
    status: Ints,
    rows: Ints,
    most: int,
    outer: Ints,
) -> None:
    """Writes a row for each tunnel that the frames enter, the outermost first, of each frame `most` at most.

    A row is as if its packet carried nothing that can be decoded; its DEPTH says how many tunnels are around it.
    """
    at = 0
    for i in range(len(offset)):
        for depth in range(min(rows[i * WIDTH + DEPTH], most)):
            decode_frame(data, offset[i], captured[i], length[i], link_type[i], status[i], depth, outer, at)
            at += WIDTH
