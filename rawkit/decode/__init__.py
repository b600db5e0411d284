"""Decoding: a `FrameBatch` becomes `Packets`, a table that says where each header is and gives columns on request."""

from rawkit.decode.packets import Column, Decoder, Packets

__all__ = ["Column", "Decoder", "Packets"]
