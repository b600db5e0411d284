"""The fields of packets, each declared once: where it is found, how its value is read, and what it means.

What else knows a field follows from its declaration: the columns of tables (`rawkit.decode.fields.columns`), the order
of JSON and CSV, the kernel that writes them, and the tables in docs/views.md (`scripts/generate`).

All are read from the innermost headers. `ip.src` is a field that a packet has or has not: a packet with an inner IPv6
header has no `ip.src`, also where the outer header is IPv4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from rawkit import linktypes
from rawkit.decode import layout
from rawkit.facts import (
    arp,
    dccp,
    ethernet,
    ethertypes,
    icmp,
    icmpv6,
    igmp,
    ip_protocols,
    ipv4,
    ipv6,
    ospfv2,
    sctp,
    tcp,
    tcp_options,
    udp,
    vlan,
)
from rawkit.tables import FieldError
from rawkit.values import dataclass

Kind = Literal["number", "time", "mac", "ipv4", "ipv6", "text", "words", "numbers"]


@dataclass(frozen=True, slots=True)
class Frame:
    """What every frame has, whatever is in it."""


@dataclass(frozen=True, slots=True)
class Header:
    """A header that the decoder's row has the place of.

    Attributes:
        place: the column of the row (`rawkit.decode.layout`) that says where it begins.
        kind: the column that says of which kind it is.
        kinds: the kinds in which the field is found.
    """

    place: int
    kind: int
    kinds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TcpOption:
    """The first TCP option of a kind, where it has the length that it should have.

    Attributes:
        kind: the option's number (`rawkit.facts.tcp_options`).
        length: the length in its second byte.
    """

    kind: int
    length: int


@dataclass(frozen=True, slots=True)
class RowColumn:
    """A column of the decoder's row, present where that is more than 0.

    Attributes:
        column: which (`rawkit.decode.layout`).
        minus: what the row adds to the value, so that 0 can say that there is none.
    """

    column: int
    minus: int = 0


@dataclass(frozen=True, slots=True)
class InLayer:
    """A header that the row has no place of: fields of it are read by `rawkit.decode.tree`, a packet at a time.

    Attributes:
        layers: the numbers of the layers that have it (`rawkit.decode.layout`).
    """

    layers: tuple[int, ...]


Place = Frame | Header | TcpOption | RowColumn | InLayer

FRAME: Final = Frame()
ETHERNET: Final = Header(layout.LINK, layout.LINK_TYPE, (linktypes.ETHERNET,))
ARP: Final = Header(layout.NET, layout.NET_KIND, (ethertypes.ARP,))
IPV4: Final = Header(layout.NET, layout.NET_KIND, (ethertypes.IPV4,))
IPV6: Final = Header(layout.NET, layout.NET_KIND, (ethertypes.IPV6,))


def transport(*protocols: int) -> Header:
    """The transport header, where it is of one of these IP protocols."""
    return Header(layout.TRANSPORT, layout.PROTOCOL, protocols)


TCP: Final = transport(ip_protocols.TCP)
UDP: Final = transport(ip_protocols.UDP)
EITHER_UDP: Final = transport(ip_protocols.UDP, ip_protocols.UDPLITE)
ICMP: Final = transport(ip_protocols.ICMP)
ICMPV6: Final = transport(ip_protocols.ICMPV6)
SCTP: Final = transport(ip_protocols.SCTP)
DCCP: Final = transport(ip_protocols.DCCP)
IGMP: Final = transport(ip_protocols.IGMP)
OSPF: Final = transport(ip_protocols.OSPF)

MSS: Final = TcpOption(tcp_options.MSS, tcp_options.MSS_LEN)
WINDOW_SCALE: Final = TcpOption(tcp_options.WINDOW_SCALE, tcp_options.WINDOW_SCALE_LEN)
TIMESTAMPS: Final = TcpOption(tcp_options.TIMESTAMPS, tcp_options.TIMESTAMPS_LEN)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of packets.

    The value is `((raw & bits) >> shift) * unit`, where raw is the big-endian number of `size` bytes, `offset` bytes
    into the place where it is found; addresses are those bytes themselves.

    Attributes:
        name: the Wireshark name, which is the name in JSON too.
        doc: one line: what it says, for docs/views.md.
        found: where it is found.
        offset: bytes from there.
        size: bytes.
        bits: which bits of the number count, -1 for all.
        shift: how far they are moved down.
        unit: what one is worth.
        kind: `number`; `time` (nanoseconds since the epoch); `mac`, `ipv4`, `ipv6` (bytes); `text` (a number whose
            meaning `rawkit.decode.fields.columns.texts` has); `words` (a word for each bit); `numbers` (several).
        own: where bytes at a place do not say it: the function of `rawkit.decode.fields.own_columns` that reads it and,
            for a default field, the one of the same name in `rawkit.view.packets.value_kernel` that writes it. Then
            `found` says which packets can have it.
        tracked: whether it is the flow tracker's, which has to see the packets before.
        default: whether JSON, CSV and tables have it where nobody chooses fields.
    """

    name: str
    doc: str
    found: Place
    offset: int = 0
    size: int = 0
    bits: int = -1
    shift: int = 0
    unit: int = 1
    kind: Kind = "number"
    own: str = ""
    tracked: bool = False
    default: bool = True


FLAGS: Final = (
    ("fin", "FIN", tcp.FIN), ("syn", "SYN", tcp.SYN), ("reset", "RST", tcp.RST), ("push", "PSH", tcp.PSH),
    ("ack", "ACK", tcp.ACK), ("urg", "URG", tcp.URG), ("ece", "ECE", tcp.ECE), ("cwr", "CWR", tcp.CWR),
    ("ae", "AE", tcp.AE),
)  # fmt: skip
"""The flags of TCP: Wireshark's names, RFC 9293's, bits."""

DECLARED: Final = (
    Field("frame.number", "place in the file or capture, from 1; a filter does not change it", FRAME,
          own="frame_number"),
    Field("frame.time_epoch", "when it was captured", FRAME, kind="time", own="timestamp"),
    Field("frame.len", "bytes on the wire", FRAME, own="length"),
    Field("frame.cap_len", "bytes captured", FRAME, own="captured"),
    Field("frame.interface_name", "what the capturing host called the interface, where the file says", FRAME,
          kind="text", own="interface_name", default=False),
    Field("frame.direction", "`in` or `out`: which way the frame went through the interface, where the kernel or the "
          "file says (pcapng's packet flags, the packet type of a cooked header); rawkit's own, Wireshark has it as "
          "`frame.packet_flags_direction`, 1 and 2", FRAME, kind="text", own="direction", default=False),
    Field("eth.src", "MAC address of the sender", ETHERNET, ethernet.SRC, 6, kind="mac"),
    Field("eth.dst", "MAC address of the receiver", ETHERNET, ethernet.DST, 6, kind="mac"),
    Field("eth.type", "EtherType, absent where the frame has a length (802.3)", ETHERNET, own="ethernet_type"),
    Field("vlan.id", "innermost VLAN id", RowColumn(layout.VLANS, minus=1), bits=0xFFFF),
    Field("vlan.priority", "priority (PCP) of the same tag", FRAME, bits=vlan.PCP_MASK, shift=vlan.PCP_SHIFT,
          own="vlan_tag", default=False),
    Field("vlan.dei", "1 where that tag says that the frame may be dropped first", FRAME, bits=vlan.DEI_BIT,
          shift=vlan.DEI_SHIFT, own="vlan_tag", default=False),
    Field("arp.opcode", "1 request, 2 reply", ARP, arp.OPERATION, 2),
    Field("arp.src.proto_ipv4", "who asks or answers", ARP, kind="ipv4", own="arp_sender"),
    Field("arp.dst.proto_ipv4", "who is asked for", ARP, kind="ipv4", own="arp_target"),
    Field("ip.src", "IPv4 address of the sender", IPV4, ipv4.SRC, 4, kind="ipv4"),
    Field("ip.dst", "IPv4 address of the receiver", IPV4, ipv4.DST, 4, kind="ipv4"),
    Field("ip.ttl", "time to live", IPV4, ipv4.TTL, 1),
    Field("ip.id", "identification", IPV4, ipv4.IDENTIFICATION, 2),
    Field("ip.proto", "protocol number", IPV4, ipv4.PROTOCOL, 1),
    Field("ip.frag_offset", "fragment offset as in the header, in units of 8 bytes", IPV4, ipv4.FLAGS_FRAGMENT, 2,
          ipv4.FRAGMENT_MASK),
    Field("ip.version", "4", IPV4, ipv4.VERSION_IHL, 1, ipv4.VERSION_MASK, ipv4.VERSION_SHIFT, default=False),
    Field("ip.len", "total length as in the header", IPV4, ipv4.TOTAL_LENGTH, 2, default=False),
    Field("ip.hdr_len", "bytes of the IPv4 header", IPV4, ipv4.VERSION_IHL, 1, ipv4.IHL_MASK, unit=ipv4.IHL_UNIT,
          default=False),
    Field("ip.dsfield", "the byte with the next two", IPV4, ipv4.DSCP_ECN, 1, default=False),
    Field("ip.dsfield.dscp", "differentiated services code point", IPV4, ipv4.DSCP_ECN, 1, ipv4.DSCP_MASK,
          ipv4.DSCP_SHIFT, default=False),
    Field("ip.dsfield.ecn", "explicit congestion notification: 0 not capable, 1 and 2 capable, 3 congestion", IPV4,
          ipv4.DSCP_ECN, 1, ipv4.ECN_MASK, default=False),
    Field("ip.flags.df", "1 where the packet must not be fragmented", IPV4, ipv4.FLAGS_FRAGMENT, 2,
          ipv4.DONT_FRAGMENT << ipv4.FLAGS_SHIFT, ipv4.FLAGS_SHIFT + 1, default=False),
    Field("ip.flags.mf", "1 where more fragments follow", IPV4, ipv4.FLAGS_FRAGMENT, 2,
          ipv4.MORE_FRAGMENTS << ipv4.FLAGS_SHIFT, ipv4.FLAGS_SHIFT, default=False),
    Field("ipv6.src", "IPv6 address of the sender", IPV6, ipv6.SRC, 16, kind="ipv6"),
    Field("ipv6.dst", "IPv6 address of the receiver", IPV6, ipv6.DST, 16, kind="ipv6"),
    Field("ipv6.hlim", "hop limit", IPV6, ipv6.HOP_LIMIT, 1),
    Field("ipv6.plen", "payload length as in the header", IPV6, ipv6.PAYLOAD_LENGTH, 2, default=False),
    Field("ipv6.nxt", "next header: the protocol behind the IPv6 header itself", IPV6, ipv6.NEXT_HEADER, 1,
          default=False),
    Field("ipv6.tclass", "traffic class", IPV6, ipv6.VERSION_CLASS_LABEL, 2, ipv6.TRAFFIC_CLASS_MASK,
          ipv6.TRAFFIC_CLASS_SHIFT, default=False),
    Field("ipv6.flow", "flow label", IPV6, ipv6.VERSION_CLASS_LABEL, 4, ipv6.FLOW_LABEL_MASK, default=False),
    Field("tcp.srcport", "port of the sender", TCP, tcp.SRC_PORT, 2),
    Field("tcp.dstport", "port of the receiver", TCP, tcp.DST_PORT, 2),
    Field("tcp.flags", "the 12 flag bits as a number: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128, "
          "AE 256", TCP, tcp.DATA_OFFSET, 2, tcp.FLAGS_MASK),
    Field("tcp.seq_raw", "sequence number as in the header", TCP, tcp.SEQUENCE, 4),
    Field("tcp.ack_raw", "acknowledgement number as in the header", TCP, tcp.ACKNOWLEDGMENT, 4),
    Field("tcp.window_size_value", "window as in the header, not scaled", TCP, tcp.WINDOW, 2),
    Field("tcp.len", "payload, bytes on the wire", TCP, own="tcp_length"),
    *(
        Field(f"tcp.flags.{name}", f"1 where {word} is set", TCP, tcp.DATA_OFFSET, 2, bit, bit.bit_length() - 1,
              default=False)
        for name, word, bit in FLAGS
    ),
    Field("tcp.hdr_len", "bytes of the TCP header, with its options", TCP, tcp.DATA_OFFSET, 1, tcp.DATA_OFFSET_MASK,
          tcp.DATA_OFFSET_SHIFT, tcp.DATA_OFFSET_UNIT, default=False),
    Field("tcp.urgent_pointer", "urgent pointer, of which the flag URG says whether it counts", TCP,
          tcp.URGENT_POINTER, 2, default=False),
    Field("tcp.checksum.status", "whether the checksum is right, in Wireshark's numbers: 0 wrong, 1 right, 2 not to be "
          "told from what was captured (a cut packet, a fragment, a sender that leaves it to the card)", TCP,
          own="checksum_status", default=False),
    Field("tcp.options.mss_val", "maximum segment size that a SYN tells", MSS, tcp_options.DATA, 2, default=False),
    Field("tcp.options.wscale.shift", "window scale that a SYN tells, a power of 2", WINDOW_SCALE, tcp_options.DATA, 1,
          default=False),
    Field("tcp.options.timestamp.tsval", "timestamp of the sender", TIMESTAMPS, tcp_options.TIMESTAMP_VALUE, 4,
          default=False),
    Field("tcp.options.timestamp.tsecr", "timestamp of the peer that is echoed", TIMESTAMPS,
          tcp_options.TIMESTAMP_ECHO, 4, default=False),
    Field("tcp.options.sack_le", "list of the left edges of what was received out of order, as in the header", TCP,
          kind="numbers", own="sack_edges", default=False),
    Field("tcp.options.sack_re", "list of the right edges", TCP, tcp_options.SACK_RIGHT_EDGE, kind="numbers",
          own="sack_edges", default=False),
    Field("tcp.stream", "number of the conversation, from 0", TCP, own="stream", tracked=True),
    Field("tcp.analysis", "list of flags ([rules](analysis.md))", TCP, kind="words", own="analysis", tracked=True),
    Field("udp.srcport", "port of the sender, of UDP-Lite too", EITHER_UDP, udp.SRC_PORT, 2),
    Field("udp.dstport", "port of the receiver, of UDP-Lite too", EITHER_UDP, udp.DST_PORT, 2),
    Field("udp.length", "length as in the header, 8 more than the payload", UDP, udp.LENGTH, 2),
    Field("udp.stream", "number of the conversation, from 0", EITHER_UDP, own="stream", tracked=True),
    Field("icmp.type", "ICMP type", ICMP, icmp.TYPE, 1),
    Field("icmp.code", "ICMP code", ICMP, icmp.CODE, 1),
    Field("icmpv6.type", "ICMPv6 type", ICMPV6, icmpv6.TYPE, 1),
    Field("icmpv6.code", "ICMPv6 code", ICMPV6, icmpv6.CODE, 1),
    Field("sctp.srcport", "port of the sender", SCTP, sctp.SRC_PORT, 2),
    Field("sctp.dstport", "port of the receiver", SCTP, sctp.DST_PORT, 2),
    Field("dccp.srcport", "port of the sender", DCCP, dccp.SRC_PORT, 2),
    Field("dccp.dstport", "port of the receiver", DCCP, dccp.DST_PORT, 2),
    Field("igmp.type", "IGMP type", IGMP, igmp.TYPE, 1),
    Field("ospf.msg", "OSPF packet type: 1 is a Hello", OSPF, ospfv2.TYPE, 1),
    Field("tunnel.depth", "tunnels entered; rawkit's own, absent where none was", RowColumn(layout.DEPTH)),
    Field("stop.layer", "header at which decoding stopped early, under Wireshark's name, or `link` for a link type "
          "that is not decoded; rawkit's own", RowColumn(layout.STOP), shift=8, kind="text"),
    Field("stop.reason", "`truncated`, `malformed`, `unknown`, `too deep` or `encrypted`, as under the marks above; "
          "rawkit's own", RowColumn(layout.STOP), bits=0xFF, kind="text"),
)  # fmt: skip
"""All fields, in the order of JSON and CSV."""

ALL_FIELDS: Final = {field.name: field for field in DECLARED}
FIELDS: Final = {field.name: field for field in DECLARED if not field.tracked}
"""Those that a packet has by itself: what `Packets` has columns of."""
DEFAULT_FIELDS: Final = tuple(field.name for field in DECLARED if field.default)
"""What JSON, CSV and tables have where nobody chooses, in this order."""
TRACKED_FIELDS: Final = tuple(field.name for field in DECLARED if field.tracked)
"""Those that need the packets before."""


def known(name: str, fields: Mapping[str, Field] = ALL_FIELDS) -> Field:
    """The field of that name; FieldError, with what was probably meant, where there is none."""
    if name not in fields:
        raise FieldError.of(name, fields)
    return fields[name]
