"""Tunnels are followed to the innermost headers, eight deep; what is deeper is said to be."""

from __future__ import annotations

import socket
import struct

import pytest

MAC = bytes.fromhex("020000000200020000000100")
DEEPEST = 8
SEGMENT = struct.pack(">HHIIBBHHH", 40000, 9000, 1, 0, 0x50, 0x02, 1024, 0, 0)
LOOPS = {"vlan": bytes.fromhex("00648100"), "mpls": bytes.fromhex("00010040")}


def ipv4(payload: bytes, protocol: int, host: int) -> bytes:
    """RFC 791, without options; the source's last byte tells the headers apart."""
    source, target = socket.inet_aton(f"192.0.2.{host}"), socket.inet_aton("198.51.100.20")
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, source, target) + payload


def ipv6(payload: bytes, protocol: int, host: int) -> bytes:
    """RFC 8200."""
    source = socket.inet_pton(socket.AF_INET6, f"2001:db8::{host}")
    return struct.pack(">IHBB16s16s", 6 << 28, len(payload), protocol, 64, source, source) + payload


def gre(payload: bytes, kind: int) -> bytes:
    """RFC 2784."""
    return struct.pack(">HH", 0, kind) + payload


def vxlan(payload: bytes) -> bytes:
    """RFC 7348, behind its UDP header."""
    inner = MAC + b"\x08\x00" + payload
    return struct.pack(">HHHHII", 50000, 4789, 16 + len(inner), 0, 0x08000000, 42 << 8) + inner


def nested(kind: str, tunnels: int) -> bytes:
    """A TCP segment in `tunnels` tunnels of one kind; host 1 is the innermost."""
    packet = ipv4(SEGMENT, 6, 1)
    for depth in range(tunnels):
        wrapped = {
            "ipip": lambda inner=packet: (inner, 4),
            "gre": lambda inner=packet: (gre(inner, 0x0800), 47),
            "vxlan": lambda inner=packet: (vxlan(inner), 17),
        }[kind]()
        packet = ipv4(*wrapped, depth + 2)
    return MAC + b"\x08\x00" + packet


@pytest.mark.parametrize("kind", ["ipip", "gre", "vxlan"])
@pytest.mark.parametrize("tunnels", range(DEEPEST + 1))
def test_the_innermost_headers_are_read(decode, stop_of, kind, tunnels):
    packets = decode([nested(kind, tunnels)])
    assert packets["ip.src"].values.tolist() == [[192, 0, 2, 1]]
    assert packets["tcp.dstport"].values.tolist() == [9000]
    assert (packets["tunnel.depth"].values.tolist(), packets["tunnel.depth"].mask.tolist()) == (
        [tunnels],
        [tunnels > 0],
    )
    assert stop_of(packets) is None


@pytest.mark.parametrize(("kind", "layer"), [("ipip", "ip"), ("gre", "gre"), ("vxlan", "vxlan")])
@pytest.mark.parametrize("tunnels", [DEEPEST + 1, DEEPEST + 5, 40])
def test_deeper_ones_are_said_to_be_too_deep(decode, stop_of, kind, layer, tunnels):
    """What was entered is read: the header inside the eighth tunnel."""
    packets = decode([nested(kind, tunnels)])
    assert stop_of(packets) == (layer, "too deep")
    assert packets["ip.src"].values.tolist() == [[192, 0, 2, tunnels + 1 - DEEPEST]]
    assert packets["tunnel.depth"].values.tolist() == [DEEPEST]
    assert not packets["tcp.dstport"].mask[0]


def test_tunnels_of_all_kinds_in_each_other(decode, stop_of):
    innermost = ipv6(SEGMENT, 6, 7)
    packet = ipv4(vxlan(ipv4(gre(ipv6(ipv4(innermost, 41, 2), 4, 3), 0x86DD), 47, 4)), 17, 5)
    packets = decode([packet], link_type=101)
    assert packets["ipv6.src"].values[0].tolist()[-1] == 7
    assert packets["tcp.srcport"].values.tolist() == [40000]
    assert packets["tunnel.depth"].values.tolist() == [4]
    assert not packets["ip.src"].mask[0]
    assert stop_of(packets) is None


@pytest.mark.parametrize(("layer", "first"), [("vlan", b"\x81\x00"), ("mpls", b"\x88\x47")])
def test_a_loop_of_tags_ends(decode, stop_of, layer, first):
    """No honest frame has a hundred tags or labels; the walk ends there, wherever it stands."""
    assert stop_of(decode([MAC + first + LOOPS[layer] * 100])) == (layer, "too deep")


def test_the_outer_conversation_is_left_alone_where_the_tunnel_is_another(decode):
    """Port 4789 with a header that VXLAN does not have (RFC 7348: the I flag must be set) is plain UDP."""
    datagram = struct.pack(">HHHH", 50000, 4789, 8 + 30, 0) + bytes(30)
    packets = decode([MAC + b"\x08\x00" + ipv4(datagram, 17, 1)])
    assert packets["udp.dstport"].values.tolist() == [4789]
    assert not packets["tunnel.depth"].mask[0]
