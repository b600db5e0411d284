"""A view of frames that have been recorded already, as lines of text."""

from __future__ import annotations

from typing import Literal

from rawkit.api.sniff import show_frames
from rawkit.frames import FrameBatch
from rawkit.view.events.view import EventView


def lines(name: Literal["handshakes", "teardowns", "udp"], batch: FrameBatch) -> list[str]:
    """The lines of a view of these frames.

    >>> lines("udp", FrameBatch.from_frames([]))
    []
    """
    parts: list[bytes] = []
    show_frames(batch, lambda engine: EventView(name, "text", engine), parts.append)
    return b"".join(parts).decode().splitlines()
