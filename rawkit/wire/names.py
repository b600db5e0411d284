"""Names of numbers in headers, in Wireshark's wording; flags of TCP in tcpdump's letters.

A number without a name here is given as a number, so that every function returns text that can be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rawkit.facts import ethertypes

ETHERTYPES: Final[Mapping[int, str]] = {
    ethertypes.IPV4: "IPv4",
    ethertypes.ARP: "ARP",
    0x0842: "Wake on LAN",
    0x22F0: "IEEE 1722 Audio Video Transport Protocol",
    0x22F3: "Transparent Interconnection of Lots of Links",
    ethertypes.TRANSPARENT_ETHERNET: "Transparent Ethernet bridging",
    0x8035: "RARP",
    ethertypes.VLAN: "802.1Q Virtual LAN",
    0x8137: "Netware IPX/SPX",
    ethertypes.IPV6: "IPv6",
    0x8808: "MAC Control",
    0x8809: "Slow Protocols",
    ethertypes.MPLS: "MPLS label switched packet",
    ethertypes.MPLS_MULTICAST: "MPLS multicast label switched packet",
    ethertypes.PPPOE_DISCOVERY: "PPPoE Discovery",
    ethertypes.PPPOE_SESSION: "PPPoE Session",
    0x888E: "802.1X Authentication",
    0x8892: "PROFINET",
    0x88A2: "ATA over Ethernet",
    0x88A4: "EtherCAT frame",
    ethertypes.SERVICE_VLAN: "802.1ad Provider Bridge (Q-in-Q)",
    ethertypes.LLDP: "802.1 Link Layer Discovery Protocol (LLDP)",
    ethertypes.MACSEC: "802.1AE (MACsec)",
    ethertypes.PROVIDER_BACKBONE: "802.1ah Provider Backbone Bridge (mac-in-mac)",
    0x88F7: "PTPv2 over Ethernet (IEEE1588)",
    0x8902: "IEEE 802.1ag Connectivity Fault Management (CFM) protocol",
    ethertypes.FABRICPATH: "Data Center Ethernet (DCE) protocol(Cisco)",
    0x8906: "Fibre Channel over Ethernet",
    0x8915: "RDMA over Converged Ethernet",
    ethertypes.VNTAG: "VN-Tag",
    ethertypes.HSR: "High-availability Seamless Redundancy (IEC62439 Part 3)",
    0x894F: "Network Service Header",
    0x9000: "Loopback",
    ethertypes.OLD_SERVICE_VLAN: "QinQ: old non-standard 802.1ad",
}

IP_PROTOCOLS: Final[Mapping[int, str]] = {
    0: "IPv6 Hop-by-Hop Option",
    1: "ICMP",
    2: "IGMP",
    3: "GGP",
    4: "IPIP",
    5: "Stream",
    6: "TCP",
    8: "EGP",
    9: "IGRP",
    17: "UDP",
    27: "Reliable Data",
    33: "Datagram Congestion Control Protocol",
    41: "IPv6",
    43: "Routing Header for IPv6",
    44: "Fragment Header for IPv6",
    46: "Reservation Protocol",
    47: "Generic Routing Encapsulation",
    50: "Encap Security Payload",
    51: "Authentication Header",
    58: "ICMPv6",
    59: "No Next Header for IPv6",
    60: "Destination Options for IPv6",
    88: "EIGRP",
    89: "OSPF IGP",
    94: "IP in IP",
    97: "Ether in IP",
    103: "PIM",
    108: "IPComp",
    112: "VRRP",
    113: "PGM",
    115: "Layer 2 Tunneling",
    124: "ISIS over IP",
    132: "SCTP",
    135: "Mobile IPv6",
    136: "UDPLite",
    137: "MPLS in IP",
    139: "HIP",
    140: "Shim6 header",
    143: "Ethernet",
}

ICMP_TYPES: Final[Mapping[int, str]] = {
    0: "Echo (ping) reply",
    3: "Destination unreachable",
    4: "Source quench (flow control)",
    5: "Redirect",
    8: "Echo (ping) request",
    9: "Router advertisement",
    10: "Router solicitation",
    11: "Time-to-live exceeded",
    12: "Parameter problem",
    13: "Timestamp request",
    14: "Timestamp reply",
    15: "Information request",
    16: "Information reply",
    17: "Address mask request",
    18: "Address mask reply",
    30: "Traceroute",
    40: "Photuris",
    42: "Extended Echo request",
    43: "Extended Echo reply",
}

ICMP_CODES: Final[Mapping[tuple[int, int], str]] = {
    (3, 0): "Network unreachable",
    (3, 1): "Host unreachable",
    (3, 2): "Protocol unreachable",
    (3, 3): "Port unreachable",
    (3, 4): "Fragmentation needed",
    (3, 5): "Source route failed",
    (3, 6): "Destination network unknown",
    (3, 7): "Destination host unknown",
    (3, 8): "Source host isolated",
    (3, 9): "Network administratively prohibited",
    (3, 10): "Host administratively prohibited",
    (3, 11): "Network unreachable for TOS",
    (3, 12): "Host unreachable for TOS",
    (3, 13): "Communication administratively filtered",
    (3, 14): "Host precedence violation",
    (3, 15): "Precedence cutoff in effect",
    (5, 0): "Redirect for network",
    (5, 1): "Redirect for host",
    (5, 2): "Redirect for TOS and network",
    (5, 3): "Redirect for TOS and host",
    (11, 0): "Time to live exceeded in transit",
    (11, 1): "Fragment reassembly time exceeded",
    (12, 0): "Pointer indicates the error",
    (12, 1): "Required option missing",
    (12, 2): "Bad length",
}

ICMPV6_TYPES: Final[Mapping[int, str]] = {
    1: "Destination Unreachable",
    2: "Packet Too Big",
    3: "Time Exceeded",
    4: "Parameter Problem",
    128: "Echo (ping) request",
    129: "Echo (ping) reply",
    130: "Multicast Listener Query",
    131: "Multicast Listener Report",
    132: "Multicast Listener Done",
    133: "Router Solicitation",
    134: "Router Advertisement",
    135: "Neighbor Solicitation",
    136: "Neighbor Advertisement",
    137: "Redirect",
    138: "Router Renumbering",
    139: "Node Information Query",
    140: "Node Information Reply",
    141: "Inverse Neighbor Discovery Solicitation",
    142: "Inverse Neighbor Discovery Advertisement",
    143: "Multicast Listener Report Message v2",
    151: "Multicast Router Advertisement",
    152: "Multicast Router Solicitation",
    153: "Multicast Router Termination",
    155: "RPL Control",
    160: "Extended Echo request",
    161: "Extended Echo reply",
}

ICMPV6_CODES: Final[Mapping[tuple[int, int], str]] = {
    (1, 0): "no route to destination",
    (1, 1): "Administratively prohibited",
    (1, 2): "Beyond scope of source address",
    (1, 3): "Address unreachable",
    (1, 4): "Port unreachable",
    (1, 5): "Source address failed ingress/egress policy",
    (1, 6): "Reject route to destination",
    (1, 7): "Error in Source Routing Header",
    (3, 0): "hop limit exceeded in transit",
    (3, 1): "fragment reassembly time exceeded",
    (4, 0): "erroneous header field encountered",
    (4, 1): "unrecognized Next Header type encountered",
    (4, 2): "unrecognized IPv6 option encountered",
    (4, 3): "IPv6 First Fragment has incomplete IPv6 Header Chain",
}

ARP_OPERATIONS: Final[Mapping[int, str]] = {
    1: "request",
    2: "reply",
    3: "reverse request",
    4: "reverse reply",
    8: "inverse request",
    9: "inverse reply",
}

WLAN_FRAMES: Final[Mapping[int, str]] = {
    0x00: "Association Request",
    0x01: "Association Response",
    0x02: "Reassociation Request",
    0x03: "Reassociation Response",
    0x04: "Probe Request",
    0x05: "Probe Response",
    0x06: "Measurement Pilot",
    0x08: "Beacon frame",
    0x09: "ATIM",
    0x0A: "Disassociate",
    0x0B: "Authentication",
    0x0C: "Deauthentication",
    0x0D: "Action",
    0x0E: "Action No Ack",
    0x0F: "Aruba Management",
    0x12: "Trigger",
    0x14: "Beamforming Report Poll",
    0x15: "VHT/HE NDP Announcement",
    0x17: "Control Wrapper",
    0x18: "802.11 Block Ack Req",
    0x19: "802.11 Block Ack",
    0x1A: "Power-Save poll",
    0x1B: "Request-to-send",
    0x1C: "Clear-to-send",
    0x1D: "Acknowledgement",
    0x1E: "CF-End (Control-frame)",
    0x1F: "CF-End + CF-Ack (Control-frame)",
    0x20: "Data",
    0x21: "Data + CF-Ack",
    0x22: "Data + CF-Poll",
    0x23: "Data + CF-Ack + CF-Poll",
    0x24: "Null function (No data)",
    0x25: "Acknowledgement (No data)",
    0x26: "CF-Poll (No data)",
    0x27: "CF-Ack/Poll (No data)",
    0x28: "QoS Data",
    0x29: "QoS Data + CF-Acknowledgment",
    0x2A: "QoS Data + CF-Poll",
    0x2B: "QoS Data + CF-Ack + CF-Poll",
    0x2C: "QoS Null function (No data)",
    0x2E: "QoS CF-Poll (No Data)",
    0x2F: "QoS CF-Ack + CF-Poll (No data)",
    0x30: "DMG Beacon",
    0x31: "S1G Beacon",
}
"""Frames of IEEE 802.11, by type * 16 + subtype."""

IGMP_TYPES: Final[Mapping[int, str]] = {
    0x11: "Membership Query",
    0x12: "Membership Report",
    0x13: "DVMRP Protocol",
    0x14: "PIM Routing Message",
    0x16: "Membership Report",
    0x17: "Leave Group",
    0x22: "Membership Report",
}

DCCP_TYPES: Final[Mapping[int, str]] = {
    0: "Request",
    1: "Response",
    2: "Data",
    3: "Ack",
    4: "DataAck",
    5: "CloseReq",
    6: "Close",
    7: "Reset",
    8: "Sync",
    9: "SyncAck",
}

DCCP_RESET_CODES: Final[Mapping[int, str]] = {
    0: "Unspecified",
    1: "Closed",
    2: "Aborted",
    3: "No Connection",
    4: "Packet Error",
    5: "Option Error",
    6: "Mandatory Error",
    7: "Connection Refused",
    8: "Bad Service Code",
    9: "Too Busy",
    10: "Bad Init Cookie",
    11: "Aggression Penalty",
}

SCTP_CAUSES: Final[Mapping[int, str]] = {
    1: "Invalid stream identifier",
    2: "Missing mandatory parameter",
    3: "Stale cookie error",
    4: "Out of resource",
    5: "Unresolvable address",
    6: "Unrecognized chunk type",
    7: "Invalid mandatory parameter",
    8: "Unrecognized parameters",
    9: "No user data",
    10: "Cookie received while shutting down",
    11: "Restart of an association with new addresses",
    12: "User initiated ABORT",
    13: "Protocol violation",
    160: "Request to delete last address",
    161: "Operation refused due to resource shortage",
    162: "Request to delete source address",
    163: "Association Aborted due to illegal ASCONF-ACK",
    164: "Request refused - no authorization",
    261: "Unsupported HMAC identifier",
}

SCTP_CHUNKS: Final[Mapping[int, str]] = {
    0: "DATA",
    1: "INIT",
    2: "INIT_ACK",
    3: "SACK",
    4: "HEARTBEAT",
    5: "HEARTBEAT_ACK",
    6: "ABORT",
    7: "SHUTDOWN",
    8: "SHUTDOWN_ACK",
    9: "ERROR",
    10: "COOKIE_ECHO",
    11: "COOKIE_ACK",
    12: "ECNE",
    13: "CWR",
    14: "SHUTDOWN_COMPLETE",
    15: "AUTH",
    64: "I_DATA",
    130: "RE_CONFIG",
    132: "PAD",
    192: "FORWARD_TSN",
    193: "ASCONF",
    194: "I_FORWARD_TSN",
}

OSPF_TYPES: Final[Mapping[int, str]] = {
    1: "Hello Packet",
    2: "DB Description",
    3: "LS Request",
    4: "LS Update",
    5: "LS Acknowledge",
}

TCP_FLAG_LETTERS: Final = "FSRP.UEWe"
"""tcpdump's letters of the TCP flags, from bit 0 (FIN) to bit 8 (AE)."""


def ethertype(number: int) -> str:
    """An EtherType's name, or its number in hexadecimal.

    >>> ethertype(0x0806), ethertype(0x1234)
    ('ARP', '0x1234')
    """
    return ETHERTYPES.get(number, f"0x{number:04x}")


def ip_protocol(number: int) -> str:
    """The name of an IP protocol or IPv6 next header, or its number.

    >>> ip_protocol(6), ip_protocol(200)
    ('TCP', 'protocol 200')
    """
    return IP_PROTOCOLS.get(number, f"protocol {number}")


def icmp(kind: int, code: int) -> str:
    """What an ICMP type and code say.

    >>> icmp(3, 3), icmp(8, 0), icmp(3, 99)
    ('Destination unreachable (Port unreachable)', 'Echo (ping) request', 'Destination unreachable (code 99)')
    """
    return _kind_and_code(ICMP_TYPES, ICMP_CODES, kind, code)


def icmpv6(kind: int, code: int) -> str:
    """What an ICMPv6 type and code say.

    >>> icmpv6(1, 4), icmpv6(135, 0), icmpv6(250, 1)
    ('Destination Unreachable (Port unreachable)', 'Neighbor Solicitation', 'type 250 (code 1)')
    """
    return _kind_and_code(ICMPV6_TYPES, ICMPV6_CODES, kind, code)


def _kind_and_code(kinds: Mapping[int, str], codes: Mapping[tuple[int, int], str], kind: int, code: int) -> str:
    name = kinds.get(kind, f"type {kind}")
    detail = codes.get((kind, code), f"code {code}" if code else "")
    return f"{name} ({detail})" if detail else name


def tcp_flags(flags: int) -> str:
    """TCP flags as tcpdump writes them between brackets, or `none`.

    >>> tcp_flags(0x002), tcp_flags(0x012), tcp_flags(0x018), tcp_flags(0)
    ('S', 'S.', 'P.', 'none')
    """
    return "".join(letter for bit, letter in enumerate(TCP_FLAG_LETTERS) if flags >> bit & 1) or "none"


def named(names: Mapping[int, str], number: int) -> str:
    """The number's name in one of the tables of this module, or `unknown 99`.

    >>> named(ARP_OPERATIONS, 1), named(SCTP_CHUNKS, 99)
    ('request', 'unknown 99')
    """
    return names.get(number, f"unknown {number}")
