"""Decoding: a `FrameBatch` becomes `Packets`, a table that says where each header is and gives columns on request."""

from rawkit.decode.packets import Decoder, Packets
from rawkit.decode.rows import Column

__all__ = ["Column", "Decoder", "Packets"]
