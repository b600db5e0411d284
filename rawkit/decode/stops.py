"""Where decoding stopped, and why, in words."""

from __future__ import annotations

from rawkit import linktypes
from rawkit.decode import layout
from rawkit.decode.headers.layers import LAYER_NAMES


def stopped_at(stop: int, link: int) -> tuple[str, str]:
    """The layer and the reason that a number in the STOP column means; where no layer is meant, the link type.

    >>> stopped_at(layout.ETHERNET << 8 | layout.UNKNOWN, -1), stopped_at(layout.UNKNOWN, 195)
    (('eth', 'unknown'), ('IEEE802_15_4_WITHFCS', 'unknown'))
    """
    return LAYER_NAMES.get(stop >> 8) or linktypes.name(link), layout.REASONS[stop & 0xFF]
