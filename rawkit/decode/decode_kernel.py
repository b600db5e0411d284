"""The decode kernel: walks the headers of each frame and writes down where they are (`rawkit.decode.layout`).

Each function below reads one kind of header at the place `at` (bytes from the frame's first byte, which is
`data[start]`) and returns which layer comes next and where; `NOTHING` ends the walk. A header that does not fit says
so in the row's STOP and ends the walk too; nothing is ever raised, whatever the bytes are.
"""

from __future__ import annotations

from typing import Final

from rawkit import linktypes
from rawkit.decode.layout import (
    ARCNET,
    ARP,
    C_HDLC,
    DCCP,
    DEPTH,
    END,
    ERSPAN,
    ERSPAN_III,
    ETHERIP,
    ETHERNET,
    ETHERTYPE,
    FRAGMENT,
    FRAGMENT_ID,
    FRELAY,
    GENEVE,
    GRE,
    GTP,
    ICMP,
    ICMPV6,
    IGMP,
    IP,
    IPNET,
    IPOIB,
    IPV4,
    IPV6,
    IPV6_EXTENSION,
    L2TP,
    LINK,
    LINK_TYPE,
    LINUX_SLL,
    LINUX_SLL2,
    LLC,
    MALFORMED,
    MAX_HEADERS,
    MAX_TUNNELS,
    MPLS,
    NET,
    NET_KIND,
    NFLOG,
    NOTHING,
    NULL,
    OSPF,
    PAYLOAD,
    PIM,
    PPP,
    PPP_HDLC,
    PPPOE,
    PROTOCOL,
    QUOTE,
    SCTP,
    STOP,
    TCP,
    TOO_DEEP,
    TRANSPORT,
    TRUNCATED,
    UDP,
    UDPLITE,
    UNKNOWN,
    VLAN,
    VLANS,
    VXLAN,
    WCCP,
    WIDTH,
    WIRE_END,
)
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, within

FORCE_INLINE: Final = True

VLAN_STRIPPED = 4  # rawkit.frames.VLAN_STRIPPED; kernels import no module that loads NumPy


def decode_frames(
    data: Ints,
    offset: Ints,
    captured: Ints,
    length: Ints,
    link_type: Ints,
    status: Ints,
    rows: Ints,
    first: int,
    last: int,
) -> None:
    """Decodes the frames `first` to `last - 1`, each into its row of `rows`."""
    for i in range(first, last):
        decode_frame(data, offset[i], captured[i], length[i], link_type[i], status[i], rows, i * WIDTH)


def decode_frame(
    data: Ints, start: int, captured: int, length: int, link_type: int, status: int, rows: Ints, row: int
) -> None:
    within(rows, row, WIDTH)
    for column in range(WIDTH):
        rows[row + column] = -1
    rows[row + STOP] = 0
    rows[row + LINK_TYPE] = link_type
    rows[row + NET_KIND] = 0
    rows[row + DEPTH] = 0
    rows[row + VLANS] = 0
    rows[row + END] = min(captured, length)
    rows[row + WIRE_END] = length
    if status & VLAN_STRIPPED:
        note_vlan(rows, row, (status >> 16) & 0xFFF)
    layer = first_layer(link_type)
    at = 0
    if layer == NOTHING:
        rows[row + STOP] = UNKNOWN
    for _ in range(MAX_HEADERS):
        if layer == NOTHING:
            return
        layer, at = step(data, start, at, layer, rows, row)
    if layer != NOTHING:
        stop(rows, row, layer, TOO_DEEP)


def first_layer(link_type: int) -> int:
    if link_type == linktypes.ETHERNET:
        return ETHERNET
    if link_type == linktypes.LINUX_SLL:
        return LINUX_SLL
    if link_type == linktypes.LINUX_SLL2:
        return LINUX_SLL2
    if link_type in (linktypes.RAW, linktypes.IPV4, linktypes.IPV6, linktypes.DLT_RAW, linktypes.DLT_RAW_OPENBSD):
        return IP
    if link_type in (linktypes.NULL, linktypes.LOOP):
        return NULL
    if link_type in (linktypes.PPP, linktypes.PPP_HDLC):
        return PPP_HDLC
    if link_type == linktypes.PPP_ETHER:
        return PPPOE
    if link_type == linktypes.C_HDLC:
        return C_HDLC
    if link_type == linktypes.FRELAY:
        return FRELAY
    if link_type == linktypes.NFLOG:
        return NFLOG
    if link_type == linktypes.IPOIB:
        return IPOIB
    if link_type == linktypes.IPNET:
        return IPNET
    if link_type == linktypes.ARCNET_LINUX:
        return ARCNET
    return NOTHING


def step(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Reads the header `layer` at `at`; returns the next layer and its place."""
    if layer == ETHERNET:
        return ethernet(data, start, at, rows, row)
    if layer == IPV4:
        return ipv4(data, start, at, rows, row)
    if layer == TCP:
        return tcp(data, start, at, rows, row)
    if layer == UDP or layer == UDPLITE:
        return udp(data, start, at, layer, rows, row)
    if layer == IPV6:
        return ipv6(data, start, at, rows, row)
    if layer == IPV6_EXTENSION:
        return extension(data, start, at, rows, row)
    if layer == ICMP or layer == ICMPV6:
        return icmp(data, start, at, layer, rows, row)
    if layer == ARP:
        return arp(data, start, at, rows, row)
    if layer == VLAN:
        return vlan(data, start, at, rows, row)
    if layer == LLC:
        return llc(data, start, at, rows, row)
    if layer == SCTP or layer == DCCP or layer == IGMP or layer == OSPF:
        return ports_only(data, start, at, layer, rows, row)
    if layer == LINUX_SLL or layer == LINUX_SLL2 or layer == NULL or layer == IP:
        return cooked(data, start, at, layer, rows, row)
    if layer == PPP or layer == PPP_HDLC or layer == PPPOE:
        return point_to_point(data, start, at, layer, rows, row)
    if layer == C_HDLC or layer == FRELAY:
        return wide_area(data, start, at, layer, rows, row)
    if layer == NFLOG or layer == IPOIB or layer == IPNET or layer == ARCNET:
        return rare_link(data, start, at, layer, rows, row)
    return tunnel(data, start, at, layer, rows, row)


def tunnel(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Reads a header that carries another link or network header."""
    if layer == MPLS:
        return mpls(data, start, at, rows, row)
    if layer == PIM:
        return pim(data, start, at, rows, row)
    if not goes_deeper(rows, row):
        return stop(rows, row, layer, TOO_DEEP)
    if layer == GRE:
        return gre(data, start, at, rows, row)
    if layer == VXLAN:
        return vxlan(data, start, at, rows, row)
    if layer == GENEVE:
        return geneve(data, start, at, rows, row)
    if layer == GTP:
        return gtp(data, start, at, rows, row)
    if layer == L2TP:
        return l2tp(data, start, at, rows, row)
    if layer == ETHERIP:
        return (ETHERNET, at + 2) if fits(rows, row, at, 2, layer) else (NOTHING, at)
    if layer == WCCP:
        return ip_by_version(data, start, at + 4, layer, rows, row)
    return erspan(data, start, at, layer, rows, row)


def goes_deeper(rows: Ints, row: int) -> bool:
    """Counts a tunnel that is entered; False where one is not, because it would be too deep."""
    if rows[row + DEPTH] == MAX_TUNNELS:
        return False
    rows[row + DEPTH] += 1
    return True


def fits(rows: Ints, row: int, at: int, size: int, layer: int) -> bool:
    """Whether `size` bytes are there; else the row says whether the capture or the packet itself ends too early."""
    if at + size <= rows[row + END]:
        return True
    stop(rows, row, layer, TRUNCATED if at + size <= rows[row + WIRE_END] else MALFORMED)
    return False


def stop(rows: Ints, row: int, layer: int, reason: int) -> tuple[int, int]:
    rows[row + STOP] = layer << 8 | reason
    return NOTHING, 0


def note_vlan(rows: Ints, row: int, identifier: int) -> None:
    outer = rows[row + VLANS] >> 16
    if outer == 0:
        outer = identifier + 1
    rows[row + VLANS] = outer << 16 | identifier + 1


def shorten(rows: Ints, row: int, end: int) -> None:
    """The packet ends at `end`; what follows in the frame is padding."""
    rows[row + END] = min(rows[row + END], end)
    rows[row + WIRE_END] = min(rows[row + WIRE_END], end)


# Link layer ------------------------------------------------------------------------------------------------


def ethernet(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """Ethernet II, or IEEE 802.3 with a length in place of the type."""
    if not fits(rows, row, at, 14, ETHERNET):
        return NOTHING, at
    rows[row + LINK] = at
    rows[row + LINK_TYPE] = linktypes.ETHERNET
    return ethertype(u16(data, start + at + 12), at + 14, ETHERNET, rows, row)


def ethertype(kind: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The layer that an EtherType names; `layer` is the header that it stands in."""
    if kind <= 1500:
        shorten(rows, row, at + kind)
        return LLC, at
    rows[row + ETHERTYPE] = kind
    if kind == 0x0800:
        return IPV4, at
    if kind == 0x86DD:
        return IPV6, at
    if kind == 0x0806:
        return ARP, at
    if kind in (0x8100, 0x88A8, 0x9100, 0x9200):
        return VLAN, at
    if kind in (0x8847, 0x8848):
        return MPLS, at
    if kind in (0x8863, 0x8864):
        return PPPOE, at
    if kind == 0x6558:
        return ETHERNET, at
    if kind == 0x880B:
        return PPP, at
    return stop(rows, row, layer, UNKNOWN)


def carried(kind: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The layer that an EtherType names in a place where it cannot be a length."""
    if kind <= 1500:
        return stop(rows, row, layer, UNKNOWN)
    return ethertype(kind, at, layer, rows, row)


def vlan(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    if not fits(rows, row, at, 4, VLAN):
        return NOTHING, at
    note_vlan(rows, row, u16(data, start + at) & 0xFFF)
    return ethertype(u16(data, start + at + 2), at + 4, VLAN, rows, row)


def llc(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """IEEE 802.2, with the SNAP extension that carries an EtherType (RFC 1042)."""
    if not fits(rows, row, at, 3, LLC):
        return NOTHING, at
    place = start + at
    access_points = u16(data, place)
    if access_points == 0x0606:
        return IPV4, at + 3
    if access_points != 0xAAAA or u8(data, place + 2) != 3:
        return stop(rows, row, LLC, UNKNOWN)
    return snap(data, start, at + 3, rows, row)


def snap(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    if not fits(rows, row, at, 5, LLC):
        return NOTHING, at
    organization = u8(data, start + at) << 16 | u16(data, start + at + 1)
    kind = u16(data, start + at + 3)
    if organization in (0x000000, 0x0000F8):
        return carried(kind, at + 5, LLC, rows, row)
    if organization == 0x0080C2 and kind in (1, 7):
        return ETHERNET, at + 5
    return stop(rows, row, LLC, UNKNOWN)


def cooked(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Linux cooked headers, BSD loopback and raw IP: what a capture has where there is no link header."""
    place = start + at
    if layer == LINUX_SLL:
        if not fits(rows, row, at, 16, layer):
            return NOTHING, at
        return cooked_protocol(u16(data, place + 14), at + 16, layer, rows, row)
    if layer == LINUX_SLL2:
        if not fits(rows, row, at, 20, layer):
            return NOTHING, at
        return cooked_protocol(u16(data, place), at + 20, layer, rows, row)
    if layer == NULL:
        if not fits(rows, row, at, 4, layer):
            return NOTHING, at
        family = u8(data, place) | u8(data, place + 3)  # in the byte order of the host that captured it
        if u16(data, place + 1) == 0 and family in (2, 10, 24, 28, 30):
            return IP, at + 4
        return stop(rows, row, layer, UNKNOWN)
    return ip_by_version(data, start, at, layer, rows, row)


def cooked_protocol(kind: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    if kind == 4:  # ETH_P_802_2
        return LLC, at
    return carried(kind, at, layer, rows, row)


def ip_by_version(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    if not fits(rows, row, at, 1, layer):
        return NOTHING, at
    version = u8(data, start + at) >> 4
    if version == 4:
        return IPV4, at
    if version == 6:
        return IPV6, at
    return stop(rows, row, layer, UNKNOWN)


def point_to_point(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """PPPoE (RFC 2516), PPP in HDLC-like framing (RFC 1662) and PPP's protocol field (RFC 1661)."""
    place = start + at
    if layer == PPPOE:
        if not fits(rows, row, at, 6, layer):
            return NOTHING, at
        if u8(data, place) != 0x11:
            return stop(rows, row, layer, MALFORMED)
        shorten(rows, row, at + 6 + u16(data, place + 4))
        return (PPP, at + 6) if u8(data, place + 1) == 0 else (NOTHING, at)
    if not fits(rows, row, at, 2, layer):
        return NOTHING, at
    if layer == PPP_HDLC and u8(data, place) in (0x0F, 0x8F):
        return C_HDLC, at
    if u16(data, place) == 0xFF03:
        if not fits(rows, row, at + 2, 2, layer):
            return NOTHING, at
        at += 2
        place += 2
    if u8(data, place) & 1:  # the protocol field compressed to one byte
        return ppp_protocol(u8(data, place), at + 1, rows, row)
    return ppp_protocol(u16(data, place), at + 2, rows, row)


def ppp_protocol(protocol: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    if protocol == 0x0021:
        return IPV4, at
    if protocol == 0x0057:
        return IPV6, at
    if protocol in (0x0281, 0x0283):
        return MPLS, at
    return stop(rows, row, PPP, UNKNOWN)


def wide_area(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Cisco HDLC, and frame relay with RFC 2427's encapsulation."""
    place = start + at
    if not fits(rows, row, at, 4, layer):
        return NOTHING, at
    if layer == C_HDLC:
        return carried(u16(data, place + 2), at + 4, layer, rows, row)
    address = 2 if u8(data, place + 1) & 1 else 4
    if not fits(rows, row, at, address + 3, layer):
        return NOTHING, at
    if u8(data, place + address) != 3:  # no unnumbered information: Cisco's form, with an EtherType
        return carried(u16(data, place + address), at + address + 2, layer, rows, row)
    identifier = u8(data, place + address + 1)
    if identifier == 0xCC:
        return IPV4, at + address + 2
    if identifier == 0x8E:
        return IPV6, at + address + 2
    padding = 1 if identifier == 0 else 0
    if u8(data, place + address + 1 + padding) == 0x80:
        return snap(data, start, at + address + 2 + padding, rows, row)
    return stop(rows, row, layer, UNKNOWN)


def rare_link(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Netfilter's log, IP over InfiniBand (RFC 4391), Solaris IPNET, and ARCNET (RFC 1051, RFC 1201)."""
    place = start + at
    if layer == NFLOG:
        return nflog(data, start, at, rows, row)
    if not fits(rows, row, at, 8 if layer == ARCNET else 44 if layer == IPOIB else 24, layer):
        return NOTHING, at
    if layer == IPOIB:
        return carried(u16(data, place + 40), at + 44, layer, rows, row)
    if layer == IPNET:
        return ip_by_version(data, start, at + 24, layer, rows, row)
    kind = u8(data, place + 4)
    size = 8 if kind in (0xD4, 0xD5) else 5
    if kind in (0xD4, 0xF0):
        return IPV4, at + size
    return (ARP, at + size) if kind in (0xD5, 0xF1) else stop(rows, row, layer, UNKNOWN)


def nflog(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """Attributes of length, type (in the byte order of the host) and value; the packet is the one of type 9."""
    at += 4
    for _ in range(MAX_HEADERS):
        if not fits(rows, row, at, 4, NFLOG):
            return NOTHING, at
        place = start + at
        size = u8(data, place) | u8(data, place + 1) << 8
        kind = u8(data, place + 2) | u8(data, place + 3) << 8
        if u8(data, place + 2) == 0:  # a big-endian host: no attribute has the type 0, or one over 255
            size = u16(data, place)
            kind = u16(data, place + 2)
        if size < 4:
            return stop(rows, row, NFLOG, MALFORMED)
        if kind == 9:
            return ip_by_version(data, start, at + 4, NFLOG, rows, row)
        at += (size + 3) & ~3
    return stop(rows, row, NFLOG, TOO_DEEP)


def mpls(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """One label stack entry (RFC 3032); below the last, IP or an Ethernet pseudowire (RFC 4448) is guessed."""
    if not fits(rows, row, at, 4, MPLS):
        return NOTHING, at
    if not u8(data, start + at + 2) & 1:
        return MPLS, at + 4
    if not fits(rows, row, at + 4, 1, MPLS):
        return NOTHING, at
    nibble = u8(data, start + at + 4) >> 4
    if nibble == 4:
        return IPV4, at + 4
    if nibble == 6:
        return IPV6, at + 4
    label = u16(data, start + at) << 4 | u8(data, start + at + 2) >> 4
    if nibble == 0 and label > 15:
        return ETHERNET, at + 8
    return stop(rows, row, MPLS, UNKNOWN)


# Network layer ---------------------------------------------------------------------------------------------


def arp(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    new_packet(rows, row, at, 0x0806)
    if fits(rows, row, at, 8, ARP):
        size = 8 + 2 * (u8(data, start + at + 4) + u8(data, start + at + 5))
        fits(rows, row, at, size, ARP)
        shorten(rows, row, at + size)
    return NOTHING, at


def new_packet(rows: Ints, row: int, at: int, kind: int) -> None:
    """An IP header begins: what was said of the packet around it no longer holds."""
    rows[row + NET] = at
    rows[row + NET_KIND] = kind
    rows[row + PROTOCOL] = -1
    rows[row + TRANSPORT] = -1
    rows[row + PAYLOAD] = -1
    rows[row + QUOTE] = -1
    rows[row + FRAGMENT] = -1
    rows[row + FRAGMENT_ID] = -1


def ipv4(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 791."""
    if not fits(rows, row, at, 1, IPV4):
        return NOTHING, at
    place = start + at
    header = (u8(data, place) & 15) * 4
    if u8(data, place) >> 4 != 4 or header < 20:
        return stop(rows, row, IPV4, MALFORMED)
    new_packet(rows, row, at, 0x0800)
    if not fits(rows, row, at, 20, IPV4):
        return NOTHING, at
    total = u16(data, place + 2)
    if total != 0:  # 0: a segment that the sender's card was to cut up
        if total < header:
            return stop(rows, row, IPV4, MALFORMED)
        shorten(rows, row, at + total)
    rows[row + PROTOCOL] = u8(data, place + 9)
    if not fits(rows, row, at, header, IPV4):
        return NOTHING, at
    fragment = u16(data, place + 6)
    if fragment & 0x3FFF:
        rows[row + FRAGMENT] = (fragment & 0x1FFF) << 4 | (fragment >> 13 & 1)
        rows[row + FRAGMENT_ID] = at + 4
        if fragment & 0x1FFF:
            return NOTHING, at
    return protocol(u8(data, place + 9), at + header, IPV4, rows, row)


def ipv6(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 8200."""
    if not fits(rows, row, at, 1, IPV6):
        return NOTHING, at
    place = start + at
    if u8(data, place) >> 4 != 6:
        return stop(rows, row, IPV6, MALFORMED)
    new_packet(rows, row, at, 0x86DD)
    if not fits(rows, row, at, 40, IPV6):
        return NOTHING, at
    size = u16(data, place + 4)
    if size != 0:  # 0: a jumbogram, or a segment that the sender's card was to cut up
        shorten(rows, row, at + 40 + size)
    rows[row + PROTOCOL] = u8(data, place + 6)
    return protocol(u8(data, place + 6), at + 40, IPV6, rows, row)


def protocol(number: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The layer that an IP protocol number names; `layer` is the header that it stands in."""
    rows[row + PROTOCOL] = number
    if number == 6:
        return TCP, at
    if number == 17:
        return UDP, at
    if number == 1:
        return ICMP, at
    if number == 58:
        return ICMPV6, at
    if number == 51:
        return IPV6_EXTENSION, at
    if number in (0, 43, 44, 60, 135, 139, 140) and rows[row + NET_KIND] == 0x86DD:
        return IPV6_EXTENSION, at
    if number == 59:
        return NOTHING, at
    found = rare_protocol(number)
    if found == NOTHING:
        return stop(rows, row, layer, UNKNOWN)
    if found in (IPV4, IPV6, GRE, MPLS, ETHERIP, ETHERNET, PIM):
        return enter(found, at, rows, row)
    return found, at


def rare_protocol(number: int) -> int:
    if number == 2:
        return IGMP
    if number == 4:
        return IPV4
    if number == 41:
        return IPV6
    if number == 47:
        return GRE
    if number == 33:
        return DCCP
    if number == 89:
        return OSPF
    if number == 97:
        return ETHERIP
    if number == 103:
        return PIM
    if number == 132:
        return SCTP
    if number == 136:
        return UDPLITE
    if number == 137:
        return MPLS
    if number == 143:
        return ETHERNET
    return NOTHING


def enter(layer: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """Goes into a tunnel; a fragment of one is left alone until it is put together again."""
    if rows[row + FRAGMENT] != -1:
        return NOTHING, at
    if layer in (IPV4, IPV6, MPLS, ETHERNET):
        if not goes_deeper(rows, row):
            return stop(rows, row, layer, TOO_DEEP)
    return layer, at


def extension(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """IPv6 extension headers (RFC 8200, section 4) and the authentication header (RFC 4302)."""
    kind = rows[row + PROTOCOL]
    if not fits(rows, row, at, 8, IPV6_EXTENSION):
        return NOTHING, at
    place = start + at
    following = u8(data, place)
    if kind == 44:
        return fragment_header(data, start, at, rows, row)
    size = (u8(data, place + 1) + 2) * 4 if kind == 51 else (u8(data, place + 1) + 1) * 8
    if not fits(rows, row, at, size, IPV6_EXTENSION):
        return NOTHING, at
    return protocol(following, at + size, IPV6_EXTENSION, rows, row)


def fragment_header(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    field = u16(data, start + at + 2)
    if field & 0xFFF9:  # an "atomic" fragment (RFC 6946) is a whole packet
        rows[row + FRAGMENT] = (field & 0xFFF8) << 1 | field & 1
        rows[row + FRAGMENT_ID] = at + 4
        if field & 0xFFF8:
            rows[row + PROTOCOL] = u8(data, start + at)
            return NOTHING, at
    return protocol(u8(data, start + at), at + 8, IPV6_EXTENSION, rows, row)


# Transport layer -------------------------------------------------------------------------------------------


def tcp(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 9293."""
    rows[row + TRANSPORT] = at
    if fits(rows, row, at, 20, TCP):
        header = (u8(data, start + at + 12) >> 4) * 4
        if header < 20:
            return stop(rows, row, TCP, MALFORMED)
        if at + header > rows[row + WIRE_END]:
            return stop(rows, row, TCP, MALFORMED)
        rows[row + PAYLOAD] = at + header
        fits(rows, row, at, header, TCP)
    return NOTHING, at


def udp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """UDP (RFC 768) and UDP-Lite (RFC 3828), whose length field counts what the checksum covers."""
    rows[row + TRANSPORT] = at
    if not fits(rows, row, at, 8, layer):
        return NOTHING, at
    place = start + at
    size = u16(data, place + 4)
    if layer == UDP and size != 0:  # 0: longer than 65,535 bytes (RFC 2675)
        if size < 8:
            return stop(rows, row, layer, MALFORMED)
        if rows[row + FRAGMENT] == -1:
            shorten(rows, row, at + size)
    rows[row + PAYLOAD] = at + 8
    inner = udp_tunnel(data, start, at + 8, u16(data, place), u16(data, place + 2), rows, row)
    return enter(inner, at + 8, rows, row) if inner != NOTHING else (NOTHING, at)


def may_tunnel(source: int, destination: int) -> bool:
    """Whether UDP between these ports may carry a tunnel: GTP-U and L2TP (both ways), VXLAN, Geneve, MPLS."""
    return destination in (4789, 6081, 2152, 1701, 6635) or source in (2152, 1701)


def udp_tunnel(data: Ints, start: int, at: int, source: int, destination: int, rows: Ints, row: int) -> int:
    """The tunnel that a UDP datagram carries: by its port, and only where the tunnel's own header agrees."""
    if not may_tunnel(source, destination):
        return NOTHING
    if at + 8 > rows[row + END]:
        return NOTHING
    if destination == 6635:  # RFC 7510
        return MPLS
    flags = u8(data, start + at)
    if destination == 4789:
        return VXLAN if flags & 0x08 else NOTHING
    if destination == 6081:
        return GENEVE if flags >> 6 == 0 else NOTHING
    if destination == 2152 or source == 2152:
        return GTP if flags & 0xF0 == 0x30 and u8(data, start + at + 1) == 255 else NOTHING
    return L2TP if flags & 0x80 == 0 and u8(data, start + at + 1) & 15 == 2 else NOTHING


def icmp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """ICMP (RFC 792) and ICMPv6 (RFC 4443): errors quote the packet that they are about."""
    rows[row + TRANSPORT] = at
    if not fits(rows, row, at, 8, layer):
        return NOTHING, at
    rows[row + PAYLOAD] = at + 8
    kind = u8(data, start + at)
    is_error = kind in (3, 4, 5, 11, 12) if layer == ICMP else 0 < kind < 5
    if is_error and at + 28 <= rows[row + END]:
        rows[row + QUOTE] = at + 8
    return NOTHING, at


def ports_only(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Protocols of which rawkit knows the common header: SCTP, DCCP, IGMP, OSPF."""
    rows[row + TRANSPORT] = at
    size = 8
    if layer == SCTP:
        size = 12
    elif layer == OSPF:
        size = 16
    elif layer == DCCP:
        size = 12
    if fits(rows, row, at, size, layer):
        if layer == DCCP:
            size = u8(data, start + at + 4) * 4
            if size < 12:
                return stop(rows, row, layer, MALFORMED)
            if not fits(rows, row, at, size, layer):
                return NOTHING, at
        rows[row + PAYLOAD] = at + size
    return NOTHING, at


# Tunnels ---------------------------------------------------------------------------------------------------


def gre(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """GRE (RFC 2784, 2890) and its version for PPTP (RFC 2637)."""
    if not fits(rows, row, at, 4, GRE):
        return NOTHING, at
    flags = u16(data, start + at)
    kind = u16(data, start + at + 2)
    if flags & 0x4000:  # source routes: deprecated, and unlike what follows
        return stop(rows, row, GRE, UNKNOWN)
    size = 4 + 4 * ((flags >> 15 & 1) + (flags >> 13 & 1) + (flags >> 12 & 1))
    if flags & 7 == 1:
        size += 4 * (flags >> 7 & 1)
    if not fits(rows, row, at, size, GRE):
        return NOTHING, at
    if kind == 0x22EB:
        return ERSPAN_III, at + size
    if kind == 0x883E:
        return WCCP, at + size
    if kind == 0x88BE:
        return (ERSPAN, at + size) if flags & 0x1000 else (ETHERNET, at + size)
    return carried(kind, at + size, GRE, rows, row)


def erspan(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The header of a mirrored frame (draft-foschiano-erspan), types II and III."""
    size = 8
    if layer == ERSPAN_III:
        if not fits(rows, row, at, 12, layer):
            return NOTHING, at
        size = 12 + 8 * (u8(data, start + at + 11) & 1)
    if not fits(rows, row, at, size, layer):
        return NOTHING, at
    return ETHERNET, at + size


def pim(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """PIM (RFC 7761): a register message carries a multicast packet to the rendezvous point."""
    if not fits(rows, row, at, 8, PIM):
        return NOTHING, at
    if u8(data, start + at) & 15 != 1 or rows[row + WIRE_END] < at + 28:
        return NOTHING, at
    if not goes_deeper(rows, row):
        return stop(rows, row, PIM, TOO_DEEP)
    return ip_by_version(data, start, at + 8, PIM, rows, row)


def vxlan(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 7348."""
    if not fits(rows, row, at, 8, VXLAN):
        return NOTHING, at
    return ETHERNET, at + 8


def geneve(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 8926."""
    size = 8 + (u8(data, start + at) & 0x3F) * 4
    if not fits(rows, row, at, size, GENEVE):
        return NOTHING, at
    return carried(u16(data, start + at + 2), at + size, GENEVE, rows, row)


def gtp(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """A user packet of GTPv1-U (3GPP TS 29.281)."""
    flags = u8(data, start + at)
    if not flags & 7:
        return ip_by_version(data, start, at + 8, GTP, rows, row)
    if not fits(rows, row, at, 12, GTP):
        return NOTHING, at
    following = u8(data, start + at + 11) if flags & 4 else 0
    at += 12
    for _ in range(MAX_HEADERS):
        if following == 0:
            return ip_by_version(data, start, at, GTP, rows, row)
        if not fits(rows, row, at, 4, GTP):
            return NOTHING, at
        size = u8(data, start + at) * 4
        if size == 0:
            return stop(rows, row, GTP, MALFORMED)
        if not fits(rows, row, at, size, GTP):
            return NOTHING, at
        following = u8(data, start + at + size - 1)
        at += size
    return stop(rows, row, GTP, TOO_DEEP)


def l2tp(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """A data message of L2TP version 2 (RFC 2661, section 3.1)."""
    flags = u16(data, start + at)
    size = 6 + 2 * (flags >> 14 & 1) + 4 * (flags >> 11 & 1)
    if flags & 0x0200:
        if not fits(rows, row, at, size + 2, L2TP):
            return NOTHING, at
        size += 2 + u16(data, start + at + size)
    if not fits(rows, row, at, size, L2TP):
        return NOTHING, at
    return PPP, at + size
