"""`Relink`: recorded frames with the link header of another kind of link, or without one."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit import linktypes
from rawkit.decode import layout
from rawkit.decode.outermost import outermost
from rawkit.facts import arp, ethernet, ethertypes, ipv4, ipv6
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.files.gather import copy_ranges
from rawkit.frames import Bytes, FrameBatch, Int64s
from rawkit.kernels import Engine
from rawkit.run.replay.left_out import LeftOut
from rawkit.run.replay.next_hops import NextHops
from rawkit.sockets.interfaces import SystemInterface
from rawkit.values import replace
from rawkit.wire.address import BROADCAST

Mask = NDArray[np.bool_]
FULL: Final = 1 << 30
"""More bytes than a frame has."""
DESTINATIONS: Final = {ethertypes.IPV4: (ipv4.DST, 4), ethertypes.IPV6: (ipv6.DST, 16)}
"""Where the destination stands in an IP header, and its size."""
HEADERS: Final = {
    ethertypes.IPV4: ipv4.HEADER_LEN,
    ethertypes.IPV6: ipv6.HEADER_LEN,
    ethertypes.ARP: arp.HEADER_LEN,
}
"""Bytes of which a packet has to have as many for its destination to be known."""


class Relink:
    """Gives frames what an interface takes: an Ethernet header in place of their own, or the bare IP packet.

    Frames that are such already stay as they are. What is inside of tunnels is left alone.

    Args:
        link: the interface.
        hops: finds the MAC addresses.
        engine: runs the decoder.
        left_out: counts what cannot be carried, or has no next hop.
    """

    def __init__(self, link: SystemInterface, hops: NextHops, engine: Engine, left_out: LeftOut) -> None:
        self._link, self._hops, self._engine, self._left_out = link, hops, engine, left_out
        self._is_bare = link.takes == linktypes.RAW
        self._kinds = [*DESTINATIONS] if self._is_bare else [*HEADERS]

    def apply(self, batch: FrameBatch) -> tuple[FrameBatch, Mask]:
        """The frames with another header, and which of them still want a destination (`address`).

        Those that the link cannot carry are left out.
        """
        own = np.isin(batch.link_type, list(linktypes.BARE) if self._is_bare else [linktypes.ETHERNET])
        if own.all():
            return batch, np.zeros(len(batch), np.bool_)
        rows = outermost(batch, self._engine)
        kinds = rows[:, layout.NET_KIND].astype(np.int64)
        least = np.select([kinds == kind for kind in self._kinds], [HEADERS[kind] for kind in self._kinds], FULL)
        carried = own | (rows[:, layout.END] - rows[:, layout.NET] >= least)
        self._left_out.not_carried += int(np.count_nonzero(~carried))
        batch, own, kinds, rows = batch.select(carried), own[carried], kinds[carried], rows[carried]
        packets = _packets(batch, rows, own)
        if self._is_bare:
            return packets, np.zeros(len(packets), np.bool_)
        return self._framed(packets, kinds, own), ~own & (kinds != ethertypes.ARP)

    def address(self, batch: FrameBatch, wanted: Mask) -> FrameBatch:
        """The frames with the next hop's MAC address where it is wanted; those that have none are left out."""
        if not wanted.any():
            return batch
        known, data = np.ones(len(batch), np.bool_), batch.data.copy()
        kinds = _halves(batch, ethernet.TYPE)
        for kind, (at, size) in DESTINATIONS.items():
            rows = np.flatnonzero(wanted & (kinds == kind))
            if len(rows):
                places = batch.offset[rows, None] + (ethernet.HEADER_LEN + at + np.arange(size))
                macs, known[rows] = self._macs(batch.data[places])
                data[batch.offset[rows, None] + np.arange(6)] = macs
        self._left_out.unreached += int(np.count_nonzero(~known))
        return replace(batch, data=data).select(known)

    def _macs(self, packed: Bytes) -> tuple[Bytes, Mask]:
        """The MAC address for each destination, by 6 bytes, and which of them have one."""
        unique, inverse = np.unique(packed.view(f"V{packed.shape[1]}")[:, 0], return_inverse=True)
        found = self._hops.macs([ip_address(one.tobytes()) for one in unique])
        table = np.frombuffer(b"".join(one or bytes(6) for one in found), np.uint8).reshape(-1, 6)
        known = np.array([one is not None for one in found])
        return table[inverse.reshape(-1)], known[inverse.reshape(-1)]

    def _framed(self, packets: FrameBatch, kinds: Int64s, own: Mask) -> FrameBatch:
        """Packets with an Ethernet header each; `own` are frames that have one."""
        front = np.where(own, 0, ethernet.HEADER_LEN)
        sizes = packets.captured + front
        offset = np.cumsum(sizes, dtype=np.int64) - sizes
        data = np.empty(int(sizes.sum()), np.uint8)
        copy_ranges(packets.data, packets.offset, data, offset + front, packets.captured.astype(np.int64))
        new = np.flatnonzero(~own)
        heads = np.zeros((len(new), ethernet.HEADER_LEN), np.uint8)
        heads[:, ethernet.SRC : ethernet.TYPE] = np.frombuffer(self._link.mac or bytes(6), np.uint8)
        heads[:, ethernet.TYPE :] = kinds[new].astype(">u2").view(np.uint8).reshape(-1, 2)
        data[offset[new, None] + np.arange(ethernet.HEADER_LEN)] = heads
        _address_arp(data, offset[~own & (kinds == ethertypes.ARP)])
        lengths, types = packets.length + front, np.full(len(packets), linktypes.ETHERNET, np.int32)
        return replace(
            packets,
            data=data,
            offset=offset,
            captured=sizes.astype(np.int32),
            length=lengths.astype(np.int32),
            link_type=types,
        )


def _packets(batch: FrameBatch, rows: NDArray[np.int32], own: Mask) -> FrameBatch:
    """What the frames carry, without link headers and what is behind the packets; `own` stay as they are."""
    begin, end, wire_end = rows[:, layout.NET], rows[:, layout.END], rows[:, layout.WIRE_END]
    return replace(
        batch,
        offset=np.where(own, batch.offset, batch.offset + begin),
        captured=np.where(own, batch.captured, end - begin),
        length=np.where(own, batch.length, wire_end - begin),
        link_type=np.where(own, batch.link_type, linktypes.RAW).astype(np.int32),
        status=np.where(own, batch.status, batch.status & ~VLAN_STRIPPED),
    )


def _address_arp(data: Bytes, offset: Int64s) -> None:
    """Requests go to all, answers to who has asked (RFC 826)."""
    at = offset + ethernet.HEADER_LEN
    is_request = (data[at + arp.OPERATION] == 0) & (data[at + arp.OPERATION + 1] == arp.REQUEST)
    targets = data[at[:, None] + (arp.TARGET_MAC + np.arange(6))]
    data[offset[:, None] + np.arange(6)] = np.where(is_request[:, None], np.frombuffer(BROADCAST, np.uint8), targets)


def _halves(batch: FrameBatch, at: int) -> Int64s:
    """The 16-bit number at a place of each frame."""
    high, low = batch.data[batch.offset + at].astype(np.int64), batch.data[batch.offset + at + 1]
    return high << 8 | low
