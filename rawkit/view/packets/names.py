"""The names that the packets view prints, in tcpdump's words where tcpdump has some.

What ICMP, ICMPv6 and IGMP messages say are phrases in which `%` and a letter stands for a value of the message
(`rawkit.view.packets.phrase_kernel` says which).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rawkit import linktypes
from rawkit.decode.headers.layers import LAYER_NAMES
from rawkit.decode.layout import REASONS
from rawkit.flow.layout import ANALYSIS
from rawkit.view.packets import layout
from rawkit.view.services import read_services
from rawkit.view.text_tables import Names, flat
from rawkit.wire import names

Phrases = Mapping[int, str | Mapping[int, str]]
"""A phrase a type, or where it depends on the code, a phrase a code; the one of code -1 is for all other codes."""

ICMP: Final[Phrases] = {
    0: "echo reply, id %i, seq %q",
    3: {
        0: "net %a unreachable",
        1: "host %a unreachable",
        2: "%a protocol %n unreachable",
        3: "%a %p unreachable",
        4: "%a unreachable - need to frag%m",
        5: "%a unreachable - source route failed",
        6: "net %a unreachable - unknown",
        7: "host %a unreachable - unknown",
        8: "%a unreachable - source host isolated",
        9: "net %a unreachable - admin prohibited",
        10: "host %a unreachable - admin prohibited",
        11: "net %a unreachable - tos prohibited",
        12: "host %a unreachable - tos prohibited",
        13: "host %a unreachable - admin prohibited filter",
        14: "host %a unreachable - host precedence violation",
        15: "host %a unreachable - precedence cutoff",
        -1: "%a unreachable - #%c",
    },
    4: "source quench",
    5: {
        0: "redirect %a to net %g",
        1: "redirect %a to host %g",
        2: "redirect-tos %a to net %g",
        3: "redirect-tos %a to host %g",
        -1: "redirect-#%c %a to %g",
    },
    8: "echo request, id %i, seq %q",
    9: "router advertisement",
    10: "router solicitation",
    11: {0: "time exceeded in-transit", 1: "ip reassembly time exceeded", -1: "time exceeded-#%c"},
    12: "parameter problem - octet %o",
    13: "time stamp query id %i seq %q",
    14: "time stamp reply id %i seq %q",
    15: "information request",
    16: "information reply",
    17: "address mask request",
    18: "address mask reply",
}

ICMPV6: Final[Phrases] = {
    1: {
        0: "destination unreachable, unreachable route %a",
        1: "destination unreachable, unreachable prohibited %a",
        2: "destination unreachable, beyond scope %a, source address %s",
        3: "destination unreachable, unreachable address %a",
        4: "destination unreachable, unreachable port, %a %p",
        -1: "destination unreachable, unknown unreach code (%c)",
    },
    2: "packet too big, mtu %l",
    3: {
        0: "time exceeded in-transit for %a",
        1: "time exceeded in-transit (reassembly)",
        -1: "time exceeded in-transit, unknown code (%c)",
    },
    4: {
        0: "parameter problem, erroneous - octet %l",
        1: "parameter problem, next header - octet %l",
        2: "parameter problem, option - octet %l",
        3: "parameter problem, incomplete header chain - octet %l",
        -1: "parameter problem, code-#%c",
    },
    128: "echo request, id %i, seq %q",
    129: "echo reply, id %i, seq %q",
    130: "multicast listener query, addr: %t",
    131: "multicast listener report, addr: %t",
    132: "multicast listener done, addr: %t",
    133: "router solicitation",
    134: "router advertisement",
    135: "neighbor solicitation, who has %t",
    136: "neighbor advertisement, tgt is %t",
    137: "redirect, %d to %t",
    143: "multicast listener report v2, %q group record(s)",
}

IGMP: Final[Mapping[int, str]] = {
    0x11: "query v%v%r",
    0x12: "v1 report %g",
    0x16: "v2 report %g",
    0x17: "leave %g",
    0x22: "v3 report, %q group record(s)",
}

TCP_OPTIONS: Final[Mapping[int, str]] = {
    0: "eol",
    1: "nop",
    2: "mss",
    3: "wscale",
    4: "sackOK",
    5: "sack",
    6: "echo",
    7: "echoreply",
    8: "TS",
    19: "md5",
    28: "uto",
    29: "tcp-ao",
    30: "mptcp",
    34: "tfo",
}

OSPF_TYPES: Final[Mapping[int, str]] = {
    1: "Hello",
    2: "Database Description",
    3: "LS-Request",
    4: "LS-Update",
    5: "LS-Ack",
}

WIREGUARD_MESSAGES: Final[Mapping[int, str]] = {
    0: "Keepalive",
    1: "Handshake Initiation",
    2: "Handshake Response",
    3: "Cookie Reply",
    4: "Transport Data",
}
"""Wireshark's names; 0 is a message of type 4 without data."""

QUIC_PACKETS: Final[Mapping[int, str]] = {
    0: "Initial",
    1: "0-RTT",
    2: "Handshake",
    3: "Retry",
    4: "Version Negotiation",
}
"""By their types in version 1 (RFC 9000, section 17.2); 4 is the packet that has none."""

PORT_SECTIONS: Final = {
    "tcp": layout.TCP_PORTS,
    "udp": layout.UDP_PORTS,
    "sctp": layout.SCTP_PORTS,
    "dccp": layout.DCCP_PORTS,
}


def by_type_and_code(phrases: Phrases) -> dict[int, str]:
    """The phrase for each type * 256 + code.

    >>> found = by_type_and_code({3: {0: "net", -1: "other"}, 8: "echo"})
    >>> found[3 * 256], found[3 * 256 + 9], found[8 * 256 + 255]
    ('net', 'other', 'echo')
    """
    found = {}
    for kind, phrase in phrases.items():
        codes = {-1: phrase} if isinstance(phrase, str) else phrase
        for code in range(256):
            found[kind * 256 + code] = codes.get(code, codes[-1])
    return found


def by_port(services: Iterable[tuple[str, int, str]]) -> dict[int, str]:
    """The entries of ports; where a port has two names, the first."""
    found: dict[int, str] = {}
    for protocol, port, name in services:
        if protocol in PORT_SECTIONS:
            found.setdefault(PORT_SECTIONS[protocol] + port, name)
    return found


def packet_names(*, numeric: bool) -> Names:
    """All names of the view; those of the system's services only where it is not to be numeric."""
    spaced = {number: name.replace("_", " ") for number, name in names.SCTP_CHUNKS.items()}
    entries = {
        **({} if numeric else by_port(read_services())),
        **flat(names.ETHERTYPES, layout.ETHERTYPES),
        **flat(by_type_and_code(ICMP), layout.ICMP),
        **flat(by_type_and_code(ICMPV6), layout.ICMPV6),
        **flat({**linktypes.NAMES, **linktypes.OTHER_NAMES}, layout.LINK_TYPES),
        **flat(names.IP_PROTOCOLS, layout.IP_PROTOCOLS),
        **flat(IGMP, layout.IGMP_TYPES),
        **flat(TCP_OPTIONS, layout.TCP_OPTIONS),
        **flat(spaced, layout.SCTP_CHUNKS),
        **flat(names.DCCP_TYPES, layout.DCCP_TYPES),
        **flat(names.WLAN_FRAMES, layout.WLAN_FRAMES),
        **flat(OSPF_TYPES, layout.OSPF_TYPES),
        **flat(WIREGUARD_MESSAGES, layout.WIREGUARD_MESSAGES),
        **flat(QUIC_PACKETS, layout.QUIC_PACKETS),
        **flat({0: "link", **LAYER_NAMES}, layout.LAYERS),
        **flat(REASONS, layout.REASONS),
        **flat(dict(enumerate(ANALYSIS)), layout.ANALYSIS),
    }
    return Names.of(layout.ENTRIES, entries)
