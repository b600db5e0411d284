"""The names of interfaces for the packets view: those that a batch describes, and this host's own."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Final

from rawkit.frames import FrameBatch
from rawkit.values import dataclass
from rawkit.view.packets import layout
from rawkit.view.text_tables import Names

MOST: Final = 1 << 16
"""Interfaces of this host whose numbers are under it have names here."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Names of interfaces, as `rawkit.view.packets.interface_kernel.put_interface` reads them.

    Attributes:
        names: those of the batch, behind them those of this host, by the kernel's numbers.
        described: how many the batch describes.
        options: INTERFACES where it describes several by different names.
    """

    names: Names
    described: int
    options: int

    @classmethod
    def of(cls, batch: FrameBatch, own: Mapping[int, str]) -> Links:
        """The names that a batch describes, and `own` behind them.

        >>> from rawkit.values import replace
        >>> batch = replace(FrameBatch.from_frames([b""]), interface_names=("eth0", "eth1"))
        >>> found = Links.of(batch, {1: "lo"})
        >>> found.names[1], found.names[found.described + 1], found.options == layout.INTERFACES
        ('eth1', 'lo', True)
        """
        known = dict(enumerate(batch.interface_names))
        described = len(known)
        entries = {number: name for number, name in known.items() if name}
        named = {described + number: name for number, name in own.items() if number < MOST}
        several = layout.INTERFACES if len(set(entries.values())) > 1 else 0
        return cls(Names.of(max(named, default=described) + 1, {**entries, **named}), described, several)


def own_links() -> dict[int, str]:
    """The interfaces of this host by the kernel's numbers; none where it does not say."""
    try:
        return dict(socket.if_nameindex())
    except OSError:
        return {}
