"""The fields of a packet's tree: those that are declared for packets, and those that only the tree has.

`rawkit.decode.fields.declared` has the columns of tables, of the innermost headers. A tree also goes through what
stands around and between them, tags and tunnels, and has of each header all that it says. A field that is declared
there is taken from there, and told here where it stands in a header of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

from rawkit import linktypes
from rawkit.decode import layout
from rawkit.decode.fields.declared import (
    ALL_FIELDS,
    DCCP,
    DECLARED,
    EITHER_UDP,
    ICMP,
    ICMPV6,
    IGMP,
    IPV4,
    IPV6,
    OSPF,
    SCTP,
    TCP,
    Field,
    Header,
    InLayer,
    Kind,
    Place,
)
from rawkit.decode.headers.lookup_kernel import by_ethertype, by_ip_protocol
from rawkit.facts import (
    arp,
    cooked,
    dccp,
    ethernet,
    geneve,
    gre,
    icmp,
    icmpv6,
    igmp,
    ipv4,
    ipv6,
    llc,
    ospfv2,
    pppoe,
    sctp,
    tcp,
    udp,
    vlan,
)
from rawkit.values import replace


def more(
    name: str,
    doc: str,
    found: Place,
    offset: int,
    size: int,
    bits: int = -1,
    shift: int = 0,
    *,
    kind: Kind = "number",
    main: bool = False,
) -> Field:
    """A field that only the tree has; a `main` one stands in the short tree too."""
    return Field(name, doc, found, offset, size, bits, shift, kind=kind, default=main)


def placed(name: str, found: Place, offset: int, size: int) -> Field:
    """A declared field, and where it stands in a header of its own."""
    return replace(ALL_FIELDS[name], found=found, offset=offset, size=size)


ETHERNET: Final = InLayer((layout.ETHERNET,))
VLAN: Final = InLayer((layout.VLAN,))
ARP: Final = InLayer((layout.ARP,))
LLC: Final = InLayer((layout.LLC,))
SLL: Final = InLayer((layout.LINUX_SLL,))
SLL2: Final = InLayer((layout.LINUX_SLL2,))
PPPOE: Final = InLayer((layout.PPPOE,))
MPLS: Final = InLayer((layout.MPLS,))
GRE: Final = InLayer((layout.GRE,))
VXLAN: Final = InLayer((layout.VXLAN,))
GENEVE: Final = InLayer((layout.GENEVE,))
GTP: Final = InLayer((layout.GTP,))
ERSPAN: Final = InLayer((layout.ERSPAN, layout.ERSPAN_III))

LINKS: Final = (
    placed("eth.type", ETHERNET, ethernet.TYPE, 2),
    more("eth.len", "length of IEEE 802.3, where it stands in the EtherType's place", ETHERNET, ethernet.TYPE, 2,
         main=True),
    placed("vlan.priority", VLAN, vlan.TCI, 2),
    placed("vlan.dei", VLAN, vlan.TCI, 2),
    replace(placed("vlan.id", VLAN, vlan.TCI, 2), bits=vlan.VID_MASK),
    more("vlan.etype", "EtherType of what the tag stands before", VLAN, vlan.TYPE, 2, main=True),
    more("arp.hw.type", "1 for Ethernet", ARP, arp.HARDWARE_TYPE, 2),
    more("arp.proto.type", "EtherType of the addresses", ARP, arp.PROTOCOL_TYPE, 2),
    more("arp.hw.size", "bytes of a hardware address", ARP, arp.HARDWARE_LEN, 1),
    more("arp.proto.size", "bytes of a protocol address", ARP, arp.PROTOCOL_LEN, 1),
    more("arp.src.hw_mac", "MAC address of the sender", ARP, arp.SENDER_MAC, 6, kind="mac", main=True),
    placed("arp.src.proto_ipv4", ARP, arp.SENDER_IP, 4),
    more("arp.dst.hw_mac", "MAC address of whom it is for", ARP, arp.TARGET_MAC, 6, kind="mac", main=True),
    placed("arp.dst.proto_ipv4", ARP, arp.TARGET_IP, 4),
    more("llc.dsap", "access point of the receiver", LLC, llc.DSAP, 1, main=True),
    more("llc.ssap", "access point of the sender", LLC, llc.SSAP, 1, main=True),
    more("sll.pkttype", "0 to us, 1 broadcast, 2 multicast, 3 to another host, 4 sent by us", SLL,
         cooked.SLL_PACKET_TYPE, 2, main=True),
    more("sll.hatype", "ARPHRD number of the interface", SLL, cooked.SLL_HARDWARE_TYPE, 2),
    more("sll.halen", "bytes of the sender's address", SLL, cooked.SLL_ADDRESS_LENGTH, 2),
    more("sll.src.eth", "MAC address of the sender", SLL, cooked.SLL_ADDRESS, 6, kind="mac", main=True),
    more("sll.etype", "EtherType of what follows", SLL, cooked.SLL_PROTOCOL, 2, main=True),
    more("sll.etype", "EtherType of what follows", SLL2, cooked.SLL2_PROTOCOL, 2, main=True),
    more("sll.ifindex", "number of the interface", SLL2, cooked.SLL2_INTERFACE, 4, main=True),
    more("sll.hatype", "ARPHRD number of the interface", SLL2, cooked.SLL2_HARDWARE_TYPE, 2),
    more("sll.pkttype", "0 to us, 1 broadcast, 2 multicast, 3 to another host, 4 sent by us", SLL2,
         cooked.SLL2_PACKET_TYPE, 1, main=True),
    more("sll.halen", "bytes of the sender's address", SLL2, cooked.SLL2_ADDRESS_LENGTH, 1),
    more("sll.src.eth", "MAC address of the sender", SLL2, cooked.SLL2_ADDRESS, 6, kind="mac", main=True),
    more("pppoe.version", "1", PPPOE, pppoe.VERSION_TYPE, 1, 0xF0, 4),
    more("pppoe.type", "1", PPPOE, pppoe.VERSION_TYPE, 1, 0x0F),
    more("pppoe.code", "0 for data of a session", PPPOE, pppoe.CODE, 1, main=True),
    more("pppoe.session_id", "number of the session", PPPOE, 2, 2, main=True),
    more("pppoe.payload_length", "bytes behind this header", PPPOE, pppoe.LENGTH, 2, main=True),
)  # fmt: skip

NETWORK: Final = (
    more("ip.flags", "the next three bits", IPV4, ipv4.FLAGS_FRAGMENT, 2, 7 << ipv4.FLAGS_SHIFT, ipv4.FLAGS_SHIFT),
    more("ip.flags.rb", "a reserved bit", IPV4, ipv4.FLAGS_FRAGMENT, 2, ipv4.RESERVED_FLAG << ipv4.FLAGS_SHIFT,
         ipv4.FLAGS_SHIFT + 2),
    more("ip.checksum", "checksum of the header", IPV4, ipv4.CHECKSUM, 2),
    more("ipv6.version", "6", IPV6, ipv6.VERSION_CLASS_LABEL, 1, ipv4.VERSION_MASK, ipv4.VERSION_SHIFT),
)  # fmt: skip

TRANSPORT: Final = (
    more("tcp.checksum", "checksum of the segment", TCP, tcp.CHECKSUM, 2),
    more("udp.checksum", "checksum of the datagram, 0 where the sender has computed none", EITHER_UDP, udp.CHECKSUM, 2),
    more("icmp.checksum", "checksum of the message", ICMP, icmp.CHECKSUM, 2),
    more("icmp.ident", "identifier of an echo", ICMP, icmp.ID, 2, main=True),
    more("icmp.seq", "sequence number of an echo", ICMP, icmp.SEQUENCE, 2, main=True),
    more("icmp.mtu", "MTU of the next hop", ICMP, icmp.NEXT_HOP_MTU, 2, main=True),
    more("icmp.redir_gw", "the better gateway", ICMP, icmp.GATEWAY, 4, kind="ipv4", main=True),
    more("icmpv6.checksum", "checksum of the message", ICMPV6, icmpv6.CHECKSUM, 2),
    more("icmpv6.echo.identifier", "identifier of an echo", ICMPV6, icmpv6.ID, 2, main=True),
    more("icmpv6.echo.sequence_number", "sequence number of an echo", ICMPV6, icmpv6.SEQUENCE, 2, main=True),
    more("icmpv6.mtu", "MTU of the next hop", ICMPV6, icmpv6.MTU, 4, main=True),
    more("icmpv6.nd.ns.target_address", "whose MAC address is asked for", ICMPV6, icmpv6.HEADER_LEN, 16, kind="ipv6",
         main=True),
    more("icmpv6.nd.na.target_address", "whose MAC address is told", ICMPV6, icmpv6.HEADER_LEN, 16, kind="ipv6",
         main=True),
    more("igmp.checksum", "checksum of the message", IGMP, igmp.CHECKSUM, 2),
    more("igmp.maddr", "address of the group", IGMP, igmp.GROUP, 4, kind="ipv4", main=True),
    more("ospf.version", "2, or 3 for IPv6", OSPF, ospfv2.VERSION, 1),
    more("ospf.packet_length", "bytes with this header", OSPF, ospfv2.LENGTH, 2),
    more("ospf.srcrouter", "number of the router", OSPF, ospfv2.ROUTER_ID, 4, kind="ipv4", main=True),
    more("ospf.area_id", "number of the area", OSPF, ospfv2.AREA_ID, 4, kind="ipv4", main=True),
    more("ospf.checksum", "checksum of the packet", OSPF, ospfv2.CHECKSUM, 2),
    more("sctp.verification_tag", "says which association is meant", SCTP, sctp.VERIFICATION_TAG, 4, main=True),
    more("sctp.checksum", "CRC32c of the packet", SCTP, sctp.CHECKSUM, 4),
    more("dccp.data_offset", "words of the header", DCCP, dccp.DATA_OFFSET, 1),
    more("dccp.ccval", "for the congestion control", DCCP, dccp.CCVAL_CSCOV, 1, 0xF0, 4),
    more("dccp.cscov", "what the checksum covers", DCCP, dccp.CCVAL_CSCOV, 1, 0x0F),
    more("dccp.checksum", "checksum of the packet", DCCP, dccp.CHECKSUM, 2),
    more("dccp.type", "kind of packet", DCCP, dccp.TYPE_X, 1, 0x1E, 1, main=True),
    more("dccp.x", "1 where sequence numbers have 48 bits", DCCP, dccp.TYPE_X, 1, 0x01),
)  # fmt: skip

TUNNELS: Final = (
    more("mpls.label", "the label", MPLS, 0, 4, 0xFFFFF000, 12, main=True),
    more("mpls.exp", "traffic class", MPLS, 0, 4, 0xE00, 9, main=True),
    more("mpls.bottom", "1 in the last entry of the stack", MPLS, 0, 4, 0x100, 8, main=True),
    more("mpls.ttl", "time to live", MPLS, 0, 4, 0xFF, main=True),
    more("gre.flags_and_version", "which fields follow, and the version", GRE, gre.FLAGS, 2),
    more("gre.proto", "EtherType of what is carried", GRE, gre.PROTOCOL, 2, main=True),
    more("vxlan.flags", "0x0800 where the network's number is valid", VXLAN, 0, 2),
    more("vxlan.gbp", "group policy", VXLAN, 2, 2),
    more("vxlan.vni", "number of the network", VXLAN, 4, 3, main=True),
    more("geneve.version", "0", GENEVE, geneve.OPTIONS_LENGTH, 1, 0xC0, 6),
    more("geneve.proto_type", "EtherType of what is carried", GENEVE, geneve.PROTOCOL, 2, main=True),
    more("geneve.vni", "number of the network", GENEVE, 4, 3, main=True),
    more("gtp.flags", "version, and which fields follow", GTP, 0, 1),
    more("gtp.message", "255 for a user packet", GTP, 1, 1, main=True),
    more("gtp.length", "bytes behind the first eight", GTP, 2, 2),
    more("gtp.teid", "endpoint of the tunnel", GTP, 4, 4, main=True),
    more("erspan.version", "1 for type II, 2 for type III", ERSPAN, 0, 2, 0xF000, 12),
    more("erspan.vlan", "VLAN of the mirrored frame", ERSPAN, 0, 2, vlan.VID_MASK, main=True),
    more("erspan.spanid", "number of the session", ERSPAN, 2, 2, 0x03FF, main=True),
)  # fmt: skip


@cache
def tree_fields() -> dict[int, tuple[Field, ...]]:
    """The fields of each layer that has some, in the order of their bits; before those are fields that hold them."""
    found: dict[int, list[Field]] = {}
    own = {field.name for field in (*LINKS, *NETWORK, *TRANSPORT, *TUNNELS)}
    plain = [field for field in DECLARED if field.name not in own and not field.own and field.size]
    for field in (*plain, *LINKS, *NETWORK, *TRANSPORT, *TUNNELS):
        for layer in _layers(field.found):
            found.setdefault(layer, []).append(field)
    return {layer: tuple(sorted(fields, key=_order)) for layer, fields in found.items()}


def _order(field: Field) -> tuple[int, int]:
    whole = (1 << 8 * field.size) - 1
    return field.offset, -((field.bits & whole) << 128 - 8 * field.size)


def _layers(place: Place) -> Iterator[int]:
    """The layers whose header that is."""
    if isinstance(place, InLayer):
        yield from place.layers
    elif isinstance(place, Header):
        for kind in place.kinds:
            if place.kind == layout.LINK_TYPE and kind == linktypes.ETHERNET:
                yield layout.ETHERNET
            elif place.kind == layout.NET_KIND:
                yield by_ethertype(kind)
            elif place.kind == layout.PROTOCOL:
                yield by_ip_protocol(kind)
