"""Who sent how much to whom: a batch of packets as rows of keys and of what is to be added for each.

Packets of a connection that go the same way have the same keys. So a batch becomes one row for each connection and
direction in it first, without sorting where connections are numbered closely; then keys are made of these few.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rawkit.count.measures import (
    AGAIN,
    ALSO_SENT,
    BYTES,
    CLOSES,
    FLOWS,
    MEASURES,
    PACKETS,
    RETRANSMISSIONS,
    SENT,
    ZERO_WINDOWS,
)
from rawkit.count.seen import Seen, innermost
from rawkit.decode import Packets, layout
from rawkit.facts import ethertypes, ip_protocols, ipv4, ipv6, transport
from rawkit.flow.table.server_ports_kernel import is_server_port
from rawkit.flow.table.tracker import Tracked
from rawkit.frames import Int64s

Indices = NDArray[np.intp]

CLOSE: Final = 8
"""Numbers of connections may be spread over so many times as many as there are packets, to be counted unsorted."""
KINDS: Final = (
    (ethertypes.IPV4, ipv4.SRC, ipv4.DST, ipv4.HEADER_LEN),
    (ethertypes.IPV6, ipv6.SRC, ipv6.DST, ipv6.HEADER_LEN),
)
"""Headers with addresses: where these begin, and bytes without which the header is not whole."""
WITH_PORTS: Final = (
    ip_protocols.TCP, ip_protocols.UDP, ip_protocols.UDPLITE, ip_protocols.SCTP, ip_protocols.DCCP,
)  # fmt: skip
"""Transports whose header begins with the ports of sender and receiver."""
ADDRESS: Final = 3
"""Numbers of an address: the EtherType of its header, and its two halves, as signed numbers; IPv4 has no first one."""
SERVER_PORTS: Final = 20001
"""Ports from here on are none that `is_server_port` knows."""


class Traffic(NamedTuple):
    """Packets, together as far as their keys are the same.

    Attributes:
        source: the address of the sender, ADDRESS numbers each; 0 where there is none.
        destination: the receiver's.
        service: IP protocol and the server's port, -1 where there are no ports.
        protocol: what the link header says comes next (-1: nothing), and the IP protocol (-1: none).
        sums: what is to be added, a column a measure.
    """

    source: Int64s
    destination: Int64s
    service: Int64s
    protocol: Int64s
    sums: Int64s


def measured(packets: Packets, tracked: Tracked, seen: Seen) -> Int64s:
    """What each packet adds, a column a measure."""
    sums = np.zeros((len(packets), len(MEASURES)), dtype=np.int64)
    sums[:, PACKETS] = 1
    sums[:, BYTES] = packets.batch.length
    sums[seen.note(tracked), FLOWS] = 1
    flagged = np.flatnonzero(tracked.analysis)
    flags = tracked.analysis[flagged]
    sums[flagged, RETRANSMISSIONS] = flags & AGAIN != 0
    sums[flagged, ZERO_WINDOWS] = flags & CLOSES != 0
    return sums


def traffic(packets: Packets, tracked: Tracked, sums: Int64s) -> Traffic:
    """The packets of a batch, those of a connection and a direction together."""
    source, destination = _addresses(packets)
    ports = _ports(packets)
    alike = _alike(packets, innermost(tracked), (source, destination, ports))
    if alike is not None:
        groups, first = alike
        columns = [np.bincount(groups, column, len(first)).astype(np.int64) for column in sums.T]
        sums = np.stack(columns, axis=1)
        source, destination, ports = source[first], destination[first], ports[first]
        rows = packets.rows[first]
    else:
        rows = packets.rows
    protocol = rows[:, layout.PROTOCOL].astype(np.int64)
    link = np.where(rows[:, layout.NET_KIND] > 0, rows[:, layout.NET_KIND], rows[:, layout.ETHERTYPE])
    service = np.stack([protocol, _service_ports(protocol, ports)], axis=1)
    return Traffic(source, destination, service, np.stack([link, protocol], axis=1), sums)


def _addresses(packets: Packets) -> tuple[Int64s, Int64s]:
    """Addresses of senders and receivers."""
    both = np.zeros((2, len(packets), ADDRESS), dtype=np.int64)
    ends = packets.batch.offset + packets.rows[:, layout.END]
    for kind, *skips, whole in KINDS:
        place = packets.place(layout.NET, kind, layout.NET_KIND)
        place = np.where(place + whole <= ends, place, -1)
        which = np.flatnonzero(place >= 0)
        if not len(which):
            continue
        size, first = (4, 2) if kind == ethertypes.IPV4 else (8, 1)
        for side, skip in zip(both, skips, strict=True):
            side[which, 0] = kind
            for lane in range(first, ADDRESS):
                found = packets.number_at(place, skip + size * (lane - first), size)
                side[which, lane] = found.values[which]
    return both[0], both[1]


def _ports(packets: Packets) -> Int64s:
    """Ports of sender and receiver, the first in the higher 16 bits; -1 where there are none."""
    found = packets.number_at(packets.place(layout.TRANSPORT), transport.SRC_PORT, transport.PORTS_LEN)
    has = np.zeros(256, dtype=np.bool_)
    has[list(WITH_PORTS)] = True
    protocol = packets.rows[:, layout.PROTOCOL]
    return np.where(found.mask & (protocol >= 0) & has[protocol], found.values, -1)


def _alike(
    packets: Packets, connections: Int64s | None, keys: tuple[Int64s, Int64s, Int64s]
) -> tuple[Int64s, Indices] | None:
    """The group that each packet belongs to, and the first packet of each; None where they are better left alone.

    Those of TCP and UDP with whole headers that have a connection are alike if they go the same way; others by
    themselves. Numbers of connections that are far apart take a sort.
    """
    count = len(packets)
    if connections is None or not count:
        return None
    source, destination, ports = keys
    rows = packets.rows
    is_plain = (connections > 0) & (rows[:, layout.FRAGMENT] < 0) & (ports >= 0)
    low = int(connections[is_plain].min()) if is_plain.any() else 0
    span = 2 * (int(connections.max()) - low + 1)
    goes_up = _is_less(source, destination, ports)
    groups = np.where(is_plain, (connections - low) * 2 + goes_up, span + np.arange(count))
    if span > CLOSE * count:
        _, first, groups = np.unique(groups, return_index=True, return_inverse=True)
        return groups, first
    places = np.full(span + count, -1, dtype=np.int64)
    places[groups[::-1]] = np.arange(count)[::-1]  # of several the first, which comes last
    used = np.flatnonzero(places >= 0)
    first = places[used]
    places[used] = np.arange(len(used))
    return places[groups], first


def _is_less(source: Int64s, destination: Int64s, ports: Int64s) -> NDArray[np.bool_]:
    """Which packets go from the lesser to the greater endpoint."""
    low, same = source[:, 2] < destination[:, 2], source[:, 2] == destination[:, 2]
    high, same_high = source[:, 1] < destination[:, 1], source[:, 1] == destination[:, 1]
    found: NDArray[np.bool_] = high | same_high & (low | same & (ports >> 16 < ports & 0xFFFF))
    return found


def _service_ports(protocol: Int64s, ports: Int64s) -> Int64s:
    """The server's port: the one of the two on which servers listen, else the lower one; -1 where there are none."""
    ends = ports >> 16, ports & 0xFFFF
    lower, upper = np.minimum(*ends), np.maximum(*ends)
    found = lower.copy()
    for number in (ip_protocols.TCP, ip_protocols.UDP):
        lower_is, upper_is = (_known(number)[np.clip(side, 0, SERVER_PORTS)] for side in (lower, upper))
        found = np.where((protocol == number) & upper_is & ~lower_is, upper, found)
    return np.where(ports < 0, -1, found)


@cache
def _known(number: int) -> NDArray[np.bool_]:
    """Whether servers of a protocol listen on each port, up to the last that is known."""
    return np.array([is_server_port(number, port) for port in range(SERVER_PORTS)] + [False])


def both_ways(traffic: Traffic) -> tuple[Int64s, Int64s]:
    """Hosts: a row for the sender and one for the receiver of each; measures, then what the host sent."""
    is_ip = traffic.source[:, 0] > 0
    sums = traffic.sums[is_ip]
    nothing = np.zeros((len(sums), len(SENT)), dtype=np.int64)
    keys = np.concatenate([traffic.source[is_ip], traffic.destination[is_ip]])
    return keys, np.concatenate([np.hstack([sums, sums[:, list(ALSO_SENT)]]), np.hstack([sums, nothing])])


def pairs(traffic: Traffic) -> tuple[Int64s, Int64s]:
    """Pairs of hosts, the lesser first; measures, then what the first sent."""
    is_ip = traffic.source[:, 0] > 0
    source, destination, sums = traffic.source[is_ip], traffic.destination[is_ip], traffic.sums[is_ip]
    high, low = (_unsigned(source[:, lane]) < _unsigned(destination[:, lane]) for lane in (1, 2))
    same = source[:, 1] == destination[:, 1]
    up = (high | same & (low | (source[:, 2] == destination[:, 2])))[:, np.newaxis]
    ends = np.where(up, source, destination), np.where(up, destination, source)
    return np.hstack([ends[0], ends[1][:, 1:]]), np.hstack([sums, np.where(up, sums[:, list(ALSO_SENT)], 0)])


def _unsigned(halves: Int64s) -> NDArray[np.uint64]:
    return halves.astype(np.uint64)
