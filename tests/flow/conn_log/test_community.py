"""Community IDs of many flows at once, held to the specification's reference implementation."""

from __future__ import annotations

import ipaddress
import random

import communityid
import numpy as np
import pytest

from rawkit.flow import layout
from rawkit.flow.conn_log.community import community_ids
from rawkit.flow.row_kernel import pack_ports, pack_rest

MAKERS = {6: communityid.FlowTuple.make_tcp, 17: communityid.FlowTuple.make_udp, 132: communityid.FlowTuple.make_sctp}


def flows(count: int) -> list[tuple[int, int, bytes, bytes, int, int]]:
    """Protocol, IP version, addresses in order, and ports of made-up flows."""
    chance = random.Random(9)
    made = []
    for _ in range(count):
        size = chance.choice([4, 16])
        low, high = sorted((chance.randbytes(size), chance.randbytes(size)))
        ports = chance.randrange(1 << 16), chance.randrange(1 << 16)
        made.append((chance.choice(list(MAKERS)), 4 if size == 4 else 6, low, high, *ports))
    return made


def signed(raw: bytes) -> int:
    return int.from_bytes(raw, "big", signed=True)


def events(made: list[tuple[int, int, bytes, bytes, int, int]]) -> np.ndarray:
    rows = np.zeros((len(made), layout.EVENT_WIDTH), dtype=np.int64)
    for row, (protocol, version, low, high, sport, dport) in zip(rows[:, layout.EVENT_ROW :], made, strict=True):
        for columns, raw in (((layout.A_HIGH, layout.A_LOW), low), ((layout.B_HIGH, layout.B_LOW), high)):
            whole = raw.rjust(16, b"\0")
            row[list(columns)] = signed(whole[:8]), signed(whole[8:])
        row[layout.PORTS] = pack_ports(sport, dport)
        row[layout.REST] = pack_rest(protocol, version, 0)
    return rows


@pytest.mark.parametrize("kernels", ["interpreted", "compiled"])
def test_ids_are_those_of_the_reference(kernels, request):
    made = flows(300)
    found = community_ids(request.getfixturevalue(kernels), events(made))
    for row, (protocol, _version, low, high, sport, dport) in zip(found, made, strict=True):
        addresses = [str(ipaddress.ip_address(raw)) for raw in (low, high)]
        expected = communityid.CommunityID().calc(MAKERS[protocol](*addresses, sport, dport))
        assert "1:" + row.tobytes().decode() == expected
