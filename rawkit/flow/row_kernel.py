"""What a flow's row says of who it is: where its sides begin, and what PORTS and REST pack into one number."""

from __future__ import annotations

from typing import Final

from rawkit.facts import ip_protocols
from rawkit.flow.layout import A_HIGH, A_LOW, B_HIGH, B_LOW, ORIGINATOR, PORTS, REST, SIDE_WIDTH, SIDES, VLAN_IDS
from rawkit.kernels import Ints

FORCE_INLINE: Final = True

PRIORITY_TAG: Final = 1  # VLAN id 0, plus 1 as in decode.layout.VLANS


def side_of(base: int, side: int) -> int:
    """Where the columns of side A (0) or B (1) begin."""
    return base + SIDES + side * SIDE_WIDTH


def originator(flows: Ints, base: int) -> int:
    """Where the columns of the side begin that opened the flow."""
    return side_of(base, flows[base + ORIGINATOR])


def responder(flows: Ints, base: int) -> int:
    """Where those of the other begin."""
    return side_of(base, 1 - flows[base + ORIGINATOR])


def vlan_ids(vlans: int) -> int:
    """VLAN_IDS of decode.layout.VLANS, which `outer_vlan` and `inner_vlan` read.

    A priority tag (VLAN id 0) says nothing about the VLAN (IEEE 802.1Q, 6.9), and often only one side sends it.
    """
    if vlans == 0:
        return 0
    outer = vlans >> 16
    inner = vlans & 0xFFFF
    outer = inner if outer == PRIORITY_TAG else outer
    inner = outer if inner == PRIORITY_TAG else inner
    return 0 if outer == PRIORITY_TAG else outer << 16 | inner


def pack_rest(protocol: int, version: int, vlans: int) -> int:
    """REST, which the functions below read; `vlans` as in VLAN_IDS."""
    return protocol | version << 8 | vlans << 16


def vlans_of(rest: int) -> int:
    """VLAN_IDS in REST."""
    return rest >> 16


def with_vlans(rest: int, vlans: int) -> int:
    """REST with other VLAN_IDS."""
    return rest & 0xFFFF | vlans << 16


def ip_protocol(flows: Ints, base: int) -> int:
    """The IP protocol."""
    return flows[base + REST] & 0xFF


def is_session(protocol: int) -> bool:
    """Whether a transport other than TCP opens and closes: SCTP, and DCCP."""
    return protocol in (ip_protocols.SCTP, ip_protocols.DCCP)


def ip_version(flows: Ints, base: int) -> int:
    """The IP version."""
    return flows[base + REST] >> 8 & 0xFF


def outer_vlan(flows: Ints, base: int) -> int:
    """The outermost VLAN id, -1 where there is no tag."""
    return (flows[base + VLAN_IDS] >> 16) - 1


def inner_vlan(flows: Ints, base: int) -> int:
    """The innermost VLAN id, -1 where it is the outermost, or there is no tag."""
    inner = (flows[base + VLAN_IDS] & 0xFFFF) - 1
    return inner if inner != outer_vlan(flows, base) else -1


def pack_ports(a: int, b: int) -> int:
    """PORTS, which `port` reads."""
    return a << 16 | b


def port(flows: Ints, base: int, side: int) -> int:
    """The port of side A or B; of ICMP the type, or the code."""
    return flows[base + PORTS] & 0xFFFF if side else flows[base + PORTS] >> 16


def address_high(flows: Ints, base: int, side: int) -> int:
    """The first 64 bits of the address of side A or B, signed; 0 of IPv4."""
    return flows[base + B_HIGH] if side else flows[base + A_HIGH]


def address_low(flows: Ints, base: int, side: int) -> int:
    """The last 64 bits, signed; the whole address of IPv4."""
    return flows[base + B_LOW] if side else flows[base + A_LOW]


def is_own_peer(flows: Ints, base: int) -> bool:
    """Whether a socket is connected to itself: address and port of both sides are the same."""
    same = flows[base + A_HIGH] == flows[base + B_HIGH] and flows[base + A_LOW] == flows[base + B_LOW]
    return same and port(flows, base, 0) == port(flows, base, 1)
