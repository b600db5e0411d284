"""What the decode kernel writes: one row of int32 a frame, these columns in it.

A row says where headers are, not what is in them: a field is read from the frame's own bytes when somebody asks for
the column, by `rawkit.decode.fields`. Places are bytes from the frame's first byte; -1 says that there is none.
"""

from __future__ import annotations

from typing import Final

STOP: Final = 0  # 0, or stop_layer << 8 | stop_reason
LINK: Final = 1  # innermost Ethernet header (or other link header, see LINK_TYPE)
LINK_TYPE: Final = 2  # LINKTYPE of that header
ETHERTYPE: Final = 3  # what the link header (behind VLAN tags) says comes next, -1
VLANS: Final = 4  # outermost VLAN id + 1 << 16 | innermost VLAN id + 1, 0
NET: Final = 5  # innermost IPv4, IPv6 or ARP header
NET_KIND: Final = 6  # its EtherType, 0
PROTOCOL: Final = 7  # IP protocol number behind extension headers, -1
END: Final = 8  # where the innermost IP packet (else the frame) ends in what was captured
WIRE_END: Final = 9  # where it ends on the wire
FRAGMENT: Final = 10  # -1, or fragment offset in bytes << 1 | more fragments
FRAGMENT_ID: Final = 11  # place of the 16-bit (IPv4) or 32-bit (IPv6) identification, -1
TRANSPORT: Final = 12  # transport header of PROTOCOL; a part of it may be missing
PAYLOAD: Final = 13  # what follows the transport header, -1 where that header is not whole
DEPTH: Final = 14  # tunnels entered
QUOTE: Final = 15  # IP header that an ICMP error quotes

WIDTH: Final = 16

TRUNCATED: Final = 1
MALFORMED: Final = 2
UNKNOWN: Final = 3
TOO_DEEP: Final = 4
ENCRYPTED: Final = 5

REASONS: Final = {
    TRUNCATED: "truncated",
    MALFORMED: "malformed",
    UNKNOWN: "unknown",
    TOO_DEEP: "too deep",
    ENCRYPTED: "encrypted",
}

MAX_TUNNELS: Final = 8
MAX_HEADERS: Final = 64  # no honest frame has more; a loop of tags or extension headers ends here

# Layers: what the next byte is to be read as. rawkit/decode/headers/layers.py has their names and functions.
NOTHING: Final = 0
ETHERNET: Final = 1
LINUX_SLL: Final = 2
LINUX_SLL2: Final = 3
NULL: Final = 4
IP: Final = 5
PPP: Final = 6
PPP_HDLC: Final = 7
VLAN: Final = 8
LLC: Final = 9
ARP: Final = 10
IPV4: Final = 11
IPV6: Final = 12
TCP: Final = 13
UDP: Final = 14
ICMP: Final = 15
ICMPV6: Final = 16
SCTP: Final = 17
DCCP: Final = 18
IGMP: Final = 19
OSPF: Final = 20
GRE: Final = 21
MPLS: Final = 22
PPPOE: Final = 23
VXLAN: Final = 24
GENEVE: Final = 25
GTP: Final = 26
L2TP: Final = 27
FRELAY: Final = 28
C_HDLC: Final = 29
IPV6_EXTENSION: Final = 30
UDPLITE: Final = 31
ERSPAN: Final = 32
ETHERIP: Final = 33
ARCNET: Final = 34
IPOIB: Final = 35
IPNET: Final = 36
NFLOG: Final = 37
PIM: Final = 38
ERSPAN_III: Final = 39
WCCP: Final = 40
PIM_REGISTER: Final = 41
TEREDO: Final = 42
AYIYA: Final = 43
CAPWAP: Final = 44
VNTAG: Final = 45
PBB: Final = 46
MACSEC: Final = 47
HSR: Final = 48
FABRICPATH: Final = 49
ISL: Final = 50
WLAN: Final = 51
WLAN_PADDED: Final = 52
AMSDU: Final = 53
RADIOTAP: Final = 54
PRISM: Final = 55
AVS: Final = 56
PPI: Final = 57
FDDI: Final = 58

TUNNEL: Final = 0x100  # added to a layer with which a tunnel begins
