"""Headers that many cases share: scapy's, with addresses of the documentation ranges."""

from __future__ import annotations

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, LLC, SNAP, Dot1Q, Ether

from rawkit.decode import layout
from tests.decode.cases import Header, hexed, rest

MAC = {"src": "02:00:00:00:01:00", "dst": "02:00:00:00:02:00"}  # without them scapy would ask the network for one


def ethernet(kind: int, **more: object) -> Header:
    """An Ethernet header with that EtherType."""
    return Header(layout.ETHERNET, Ether(**MAC, type=kind), columns={layout.ETHERTYPE: kind}, **more)


def ieee8023(size: int, **more: object) -> Header:
    """An Ethernet header with a length in place of the type."""
    return Header(layout.ETHERNET, Ether(**MAC, type=size), **more)


def vlan(identifier: int, kind: int) -> Header:
    """The two words of a tag behind its EtherType (IEEE 802.1Q)."""
    tag = Dot1Q(vlan=identifier, prio=5, type=kind)
    return Header(layout.VLAN, tag, vlan=identifier, columns={layout.ETHERTYPE: kind})


def snap(kind: int, organization: int = 0) -> Header:
    """LLC and SNAP, which rawkit reads as one."""
    columns = {} if organization == 0x0080C2 else {layout.ETHERTYPE: kind}
    packet = hexed((bytes(LLC(dsap=0xAA, ssap=0xAA, ctrl=3)) + bytes(SNAP(OUI=organization, code=kind))).hex())
    return Header(layout.LLC, packet, columns=columns)


def ipv4(protocol: int, enters: bool = False, columns: dict[int, int] | None = None, **fields: object) -> Header:
    """An IPv4 header; `columns` is what the row has besides."""
    packet = IP(src="192.0.2.10", dst="198.51.100.20", proto=protocol, **fields)
    return Header(layout.IPV4, packet, enters, columns={layout.PROTOCOL: protocol} | (columns or {}))


def ipv6(protocol: int, enters: bool = False, **fields: object) -> Header:
    packet = IPv6(src="2001:db8:1::10", dst="2001:db8:2::20", nh=protocol, **fields)
    return Header(layout.IPV6, packet, enters, columns={layout.PROTOCOL: protocol})


def udp(source: int = 40000, destination: int = 9000, **fields: object) -> Header:
    return Header(layout.UDP, UDP(sport=source, dport=destination, **fields))


def arp() -> Header:
    packet = ARP(hwsrc=MAC["src"], psrc="192.0.2.10", pdst="192.0.2.1", hwdst="00:00:00:00:00:00", op=1)
    return Header(layout.ARP, packet)


TCP_HEADER = Header(layout.TCP, TCP(sport=40000, dport=9000, options=[("MSS", 1460), ("Timestamp", (1, 2))]))
SEGMENT = (TCP_HEADER, rest())
DATAGRAM = (udp(), rest())
IPV4_PACKET = (ipv4(17), *DATAGRAM)
IPV6_PACKET = (ipv6(6), *SEGMENT)
IPV4_IN_ETHERNET = (ethernet(0x0800), *IPV4_PACKET)


def with_first(headers: tuple[Header, ...], **changes: object) -> tuple[Header, ...]:
    """The headers, the first of them with other attributes (`enters=True`)."""
    from dataclasses import replace

    return (replace(headers[0], **changes), *headers[1:])
