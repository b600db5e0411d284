"""Conversations inside what the recording kernel has no driver for: VLAN tags, GRE, IP in IP, PPPoE, MPLS."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from rawkit.frames import FrameBatch

from .conversation import (
    CLIENT_MAC,
    SERVER_MAC,
    Packet,
    batch,
    ether,
    tcp_conversation,
    udp_conversation,
)

NEAR, FAR = "203.0.113.1", "203.0.113.2"
NEAR6, FAR6 = "2001:db8:ffff::1", "2001:db8:ffff::2"
SESSION = 0x11
PROTOCOL_IPV4, PROTOCOL_IPV6 = 0x0021, 0x0057


def tagged(number: int) -> Iterator[Packet]:
    """A conversation in one 802.1Q VLAN."""
    from scapy.layers.l2 import Dot1Q

    return tcp_conversation(lambda packet, out: ether(out) / Dot1Q(vlan=number, prio=3) / packet)


def vlan() -> FrameBatch:
    """One 802.1Q tag, VLAN 100."""
    return batch(tagged(100))


def vlan_same_ports() -> FrameBatch:
    """The same 5-tuple in VLAN 100 and in VLAN 200: two connections."""
    return batch(chain(tagged(100), tagged(200)))


def qinq() -> FrameBatch:
    """An 802.1ad service tag 200 around an 802.1Q customer tag 100."""
    from scapy.layers.l2 import Dot1AD, Dot1Q

    return batch(tcp_conversation(lambda packet, out: ether(out) / Dot1AD(vlan=200) / Dot1Q(vlan=100) / packet))


def snap() -> FrameBatch:
    """IPv4 in 802.3 frames with LLC and SNAP headers (RFC 1042), as Ethernet carried it before Ethernet II won."""
    from scapy.layers.l2 import LLC, SNAP, Dot3

    def framed(packet: Packet, out: bool) -> Packet:
        ends = (CLIENT_MAC, SERVER_MAC) if out else (SERVER_MAC, CLIENT_MAC)
        return Dot3(src=ends[0], dst=ends[1]) / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP() / packet

    return batch(udp_conversation(framed))


def outer(from_client: bool, version: int = 4) -> Packet:
    """Ethernet and IP headers between the two ends of a tunnel."""
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6

    ends = (NEAR, FAR) if version == 4 else (NEAR6, FAR6)
    source, target = ends if from_client else ends[::-1]
    return ether(from_client) / (IP if version == 4 else IPv6)(src=source, dst=target)


def gre() -> FrameBatch:
    """Plain GRE; GRE with checksum, key and sequence number; Ethernet in GRE; all over IPv4, then one over IPv6."""
    from scapy.layers.l2 import GRE

    full = GRE(chksum_present=1, key_present=1, key=7, seqnum_present=1, sequence_number=1)
    return batch(
        chain(
            tcp_conversation(lambda packet, out: outer(out) / GRE() / packet),
            udp_conversation(lambda packet, out: outer(out) / full / packet, port=40001),
            udp_conversation(lambda packet, out: outer(out) / GRE(proto=0x6558) / ether(out) / packet, port=40002),
            udp_conversation(lambda packet, out: outer(out, 6) / GRE() / packet, version=6, port=40003),
        )
    )


def ipip() -> FrameBatch:
    """IPv4 in IPv4, IPv6 in IPv4, IPv4 in IPv6, IPv6 in IPv6."""
    return batch(
        chain(
            tcp_conversation(lambda packet, out: outer(out) / packet),
            udp_conversation(lambda packet, out: outer(out) / packet, version=6, port=40001),
            udp_conversation(lambda packet, out: outer(out, 6) / packet, port=40002),
            udp_conversation(lambda packet, out: outer(out, 6) / packet, version=6, port=40003),
        )
    )


def mpls() -> FrameBatch:
    """Two labels, then one label around IPv6."""
    from scapy.contrib.mpls import MPLS

    two = MPLS(label=16, s=0, ttl=64) / MPLS(label=17, s=1, ttl=64)
    one = MPLS(label=18, s=1, ttl=64)
    return batch(
        chain(
            tcp_conversation(lambda packet, out: ether(out, type=0x8847) / two / packet),
            udp_conversation(lambda packet, out: ether(out, type=0x8847) / one / packet, version=6, port=40001),
        )
    )


def pppoe() -> FrameBatch:
    """Discovery, an IPv4 and an IPv6 conversation in the session, the end of the session (RFC 2516)."""
    from scapy.layers.ppp import PPP, PPPoE

    def session(protocol: int) -> Packet:
        return PPPoE(sessionid=SESSION) / PPP(proto=protocol)

    return batch(
        chain(
            discovery(),
            tcp_conversation(lambda packet, out: ether(out) / session(PROTOCOL_IPV4) / packet),
            udp_conversation(lambda packet, out: ether(out) / session(PROTOCOL_IPV6) / packet, 6, port=40001),
            [discovery_frame(True, 0xA7, SESSION)],
        )
    )


def discovery() -> Iterator[Packet]:
    """PADI to all, PADO, PADR, PADS with the session's number."""
    from scapy.layers.l2 import Ether

    initiation = discovery_frame(True, 0x09, 0)
    initiation[Ether].dst = "ff:ff:ff:ff:ff:ff"
    yield initiation
    yield discovery_frame(False, 0x07, 0)
    yield discovery_frame(True, 0x19, 0)
    yield discovery_frame(False, 0x65, SESSION)


def discovery_frame(from_client: bool, code: int, session: int) -> Packet:
    """A discovery frame with an empty Service-Name tag: any service will do."""
    from scapy.layers.l2 import Ether
    from scapy.layers.ppp import PPPoED, PPPoED_Tags, PPPoETag

    source, target = (CLIENT_MAC, SERVER_MAC) if from_client else (SERVER_MAC, CLIENT_MAC)
    tags = PPPoED_Tags(tag_list=[PPPoETag(tag_type=0x0101)])
    return Ether(src=source, dst=target) / PPPoED(code=code, sessionid=session) / tags
