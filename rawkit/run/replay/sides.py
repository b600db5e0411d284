"""Which recorded frames clients sent, and which servers: the two sides of a device that stands between them.

As with tcpprep each address is on one side, so that a host is always behind the same interface: that of clients where
its first packet opens a conversation, or where its peer is a server.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit import linktypes
from rawkit.decode import layout
from rawkit.decode.outermost import outermost
from rawkit.facts import ethernet, ethertypes, ip_protocols, ipv4, ipv6, tcp
from rawkit.flow.table.server_ports_kernel import goes_to_client
from rawkit.frames import Bytes, FrameBatch, Int32s, Int64s
from rawkit.kernels import Engine
from rawkit.values import replace
from rawkit.wire.address import MAC_LEN

CLIENT: Final = 0
SERVER: Final = 1
"""The sides, which the `interface` column says."""
Network = IPv4Network | IPv6Network
_PLACES: Final = {ethertypes.IPV4: (ipv4.SRC, ipv4.DST, 4), ethertypes.IPV6: (ipv6.SRC, ipv6.DST, 16)}
_PORTS: Final = (ip_protocols.TCP, ip_protocols.UDP)


class Sides:
    """Learns who is a client, and tells frames apart.

    Args:
        engine: runs the decoder.
        clients: networks of clients, and all others are servers; where there are none, who opens conversations.
    """

    def __init__(self, engine: Engine, clients: Collection[Network] = ()) -> None:
        self._engine, self._clients = engine, clients
        self._hosts: dict[bytes, int] = {}
        self._macs: dict[bytes, int] = {}

    def learn(self, batch: FrameBatch) -> None:
        """Takes note of the hosts of a batch, in the order in which they are seen."""
        self.mark(batch)

    def mark(self, batch: FrameBatch) -> FrameBatch:
        """The batch with the side of each frame's sender as its `interface`.

        Frames without an IP packet (ARP) are of the side of their sender's MAC address; clients' where that is not
        known.
        """
        rows = outermost(batch, self._engine)
        side = np.full(len(batch), CLIENT, dtype=np.int32)
        known = np.zeros(len(batch), dtype=np.bool_)
        for kind, places in _PLACES.items():
            whole = rows[:, layout.NET] + places[1] + places[2] <= batch.captured
            chosen = np.flatnonzero((rows[:, layout.NET_KIND] == kind) & whole)
            if len(chosen):
                side[chosen], known[chosen] = self._of_packets(batch, rows, chosen, places), True
        self._by_mac(batch, side, known)
        return replace(batch, interface=side)

    def _of_packets(self, batch: FrameBatch, rows: Int32s, chosen: Int64s, places: tuple[int, ...]) -> Int64s:
        """The side of IP packets of one version, by pairs of addresses, the first seen first."""
        source, destination, size = places
        net = batch.offset[chosen] + rows[chosen, layout.NET]
        both = np.hstack([_bytes(batch.data, net + source, size), _bytes(batch.data, net + destination, size)])
        pairs = np.ascontiguousarray(both).view(f"V{2 * size}").ravel()
        _, first, which = np.unique(pairs, return_index=True, return_inverse=True)
        sides = np.empty(len(first), dtype=np.int64)
        for number in np.argsort(first).tolist():
            row = int(first[number])
            pair = both[row].tobytes()
            opens = not self._is_answer(batch, rows, int(chosen[row]))
            sides[number] = self._side(pair[:size], pair[size:], opens)
        found: Int64s = sides[which.ravel()]
        return found

    def _side(self, source: bytes, destination: bytes, opens: bool) -> int:
        """The side of a sender; both are remembered."""
        if self._clients:
            address = ip_address(source)
            return CLIENT if any(address in network for network in self._clients) else SERVER
        side, other = self._hosts.get(source), self._hosts.get(destination)
        if side is None:
            side = _across(other) if other is not None else CLIENT if opens else SERVER
            if any(source):
                self._hosts[source] = side
        if other is None and not _is_group(destination):
            self._hosts[destination] = _across(side)
        return side

    def _is_answer(self, batch: FrameBatch, rows: Int32s, row: int) -> bool:
        """Whether a packet answers one that was not seen: a SYN-ACK, or from a port of servers."""
        protocol, at = int(rows[row, layout.PROTOCOL]), int(rows[row, layout.TRANSPORT])
        head = batch.frame(row)[at : at + tcp.HEADER_LEN]
        if protocol not in _PORTS or len(head) < tcp.SEQUENCE or int(rows[row, layout.FRAGMENT]) > 1:
            return False
        if protocol == ip_protocols.TCP and len(head) > tcp.FLAGS and head[tcp.FLAGS] & tcp.SYN:
            return bool(head[tcp.FLAGS] & tcp.ACK)
        ports = int.from_bytes(head[:2], "big"), int.from_bytes(head[2:4], "big")
        return goes_to_client(protocol, *ports)

    def _by_mac(self, batch: FrameBatch, side: Int32s, known: NDArray[np.bool_]) -> None:
        """Learns the MAC addresses of IP packets' senders, and puts the sides of other frames in."""
        framed = (batch.link_type == linktypes.ETHERNET) & (batch.captured >= ethernet.HEADER_LEN)
        for row in _each(batch, np.flatnonzero(framed & known)):
            self._macs.setdefault(_sender(batch, row), int(side[row]))
        for row in np.flatnonzero(framed & ~known).tolist():
            side[row] = self._macs.get(_sender(batch, row), CLIENT)


def _each(batch: FrameBatch, rows: Int64s) -> Iterator[int]:
    """The first of the rows for each sender's MAC address."""
    if len(rows):
        macs = (
            np.ascontiguousarray(_bytes(batch.data, batch.offset[rows] + ethernet.SRC, MAC_LEN))
            .view(f"V{MAC_LEN}")
            .ravel()
        )
        yield from rows[np.sort(np.unique(macs, return_index=True)[1])].tolist()


def _sender(batch: FrameBatch, row: int) -> bytes:
    at = int(batch.offset[row]) + ethernet.SRC
    return batch.data[at : at + MAC_LEN].tobytes()


def _bytes(data: Bytes, at: Int64s, size: int) -> Bytes:
    """So many bytes from each place on."""
    found: Bytes = data[at[:, None] + np.arange(size)]
    return found


def _across(side: int) -> int:
    return SERVER if side == CLIENT else CLIENT


def _is_group(address: bytes) -> bool:
    """Whether nobody has it for himself: multicast, broadcast, unspecified."""
    one = ip_address(address)
    return one.is_multicast or one.is_unspecified or int(one) == ipv4.BROADCAST
