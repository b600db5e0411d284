"""LINKTYPE numbers: how the first byte of a frame is to be read.

Numbers and names are those of https://www.tcpdump.org/linktypes.html, which capture files carry.
"""

from __future__ import annotations

from typing import Final

NULL: Final = 0
ETHERNET: Final = 1
TOKEN_RING: Final = 6
PPP: Final = 9
FDDI: Final = 10
ATM_RFC1483: Final = 100
RAW: Final = 101
PPP_HDLC: Final = 50
PPP_ETHER: Final = 51
C_HDLC: Final = 104
IEEE802_11: Final = 105
FRELAY: Final = 107
LOOP: Final = 108
LINUX_SLL: Final = 113
PFLOG: Final = 117
IEEE802_11_PRISM: Final = 119
IEEE802_11_RADIOTAP: Final = 127
IEEE802_11_AVS: Final = 163
IPV4: Final = 228
IPV6: Final = 229
ARCNET_LINUX: Final = 129
IPNET: Final = 226
NFLOG: Final = 239
IPOIB: Final = 242
LINUX_SLL2: Final = 276

DLT_RAW: Final = 12
DLT_RAW_OPENBSD: Final = 14
"""DLT_RAW's values on the systems that write them into files in place of LINKTYPE_RAW."""

NAMES: Final = {
    NULL: "NULL",
    ETHERNET: "ETHERNET",
    TOKEN_RING: "IEEE802_5",
    PPP: "PPP",
    FDDI: "FDDI",
    ATM_RFC1483: "ATM_RFC1483",
    RAW: "RAW",
    PPP_HDLC: "PPP_HDLC",
    PPP_ETHER: "PPP_ETHER",
    C_HDLC: "C_HDLC",
    IEEE802_11: "IEEE802_11",
    FRELAY: "FRELAY",
    LOOP: "LOOP",
    LINUX_SLL: "LINUX_SLL",
    PFLOG: "PFLOG",
    IEEE802_11_PRISM: "IEEE802_11_PRISM",
    IEEE802_11_RADIOTAP: "IEEE802_11_RADIOTAP",
    IEEE802_11_AVS: "IEEE802_11_AVS",
    IPV4: "IPV4",
    IPV6: "IPV6",
    ARCNET_LINUX: "ARCNET_LINUX",
    IPNET: "IPNET",
    NFLOG: "NFLOG",
    IPOIB: "IPOIB",
    LINUX_SLL2: "LINUX_SLL2",
}


def name(link_type: int) -> str:
    """The name of a LINKTYPE number, or `LINKTYPE 147` for one that rawkit does not decode.

    >>> name(1), name(147)
    ('ETHERNET', 'LINKTYPE 147')
    """
    return NAMES.get(link_type, f"LINKTYPE {link_type}")
