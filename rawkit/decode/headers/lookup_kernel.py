# Written by scripts/generate from rawkit/decode/headers/layers.py: change it there, not here.
"""Which layer a number leads to; `TUNNEL` is added where a tunnel begins, `NOTHING` says that none is known."""

from __future__ import annotations

from typing import Final

from rawkit.decode.layout import (
    ARCNET,
    ARP,
    AVS,
    AYIYA,
    C_HDLC,
    CAPWAP,
    DCCP,
    ERSPAN,
    ERSPAN_III,
    ETHERIP,
    ETHERNET,
    FABRICPATH,
    FDDI,
    FRELAY,
    GENEVE,
    GRE,
    GTP,
    HSR,
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
    LINUX_SLL,
    LINUX_SLL2,
    MACSEC,
    MPLS,
    NFLOG,
    NOTHING,
    NULL,
    OSPF,
    PBB,
    PIM,
    PIM_REGISTER,
    PPI,
    PPP,
    PPP_HDLC,
    PPPOE,
    PRISM,
    RADIOTAP,
    SCTP,
    TCP,
    TEREDO,
    TUNNEL,
    UDP,
    UDPLITE,
    VLAN,
    VNTAG,
    VXLAN,
    WCCP,
    WLAN,
)

FORCE_INLINE: Final = True


def by_link_type(number: int) -> int:
    if number == 1:
        return ETHERNET
    if number == 113:
        return LINUX_SLL
    if number == 276:
        return LINUX_SLL2
    if number in (101, 228, 229, 12, 14):
        return IP
    if number in (0, 108):
        return NULL
    if number in (9, 50):
        return PPP_HDLC
    if number == 51:
        return PPPOE
    if number == 104:
        return C_HDLC
    if number == 107:
        return FRELAY
    if number == 239:
        return NFLOG
    if number == 242:
        return IPOIB
    if number == 226:
        return IPNET
    if number == 129:
        return ARCNET
    if number == 127:
        return RADIOTAP
    if number == 105:
        return WLAN
    if number == 119:
        return PRISM
    if number == 163:
        return AVS
    if number == 192:
        return PPI
    if number == 10:
        return FDDI
    return NOTHING


def by_bsd_family(number: int) -> int:
    if number in (2, 10, 24, 28, 30):
        return IP
    return NOTHING


def by_ethertype(number: int) -> int:
    if number == 0x0800:
        return IPV4
    if number == 0x86DD:
        return IPV6
    if number == 0x0806:
        return ARP
    if number in (0x8100, 0x88A8, 0x9100, 0x9200):
        return VLAN
    if number in (0x8847, 0x8848):
        return MPLS
    if number in (0x8863, 0x8864):
        return PPPOE
    if number == 0x6558:
        return ETHERNET
    if number == 0x880B:
        return PPP
    if number == 0x8926:
        return VNTAG
    if number == 0x892F:
        return HSR
    if number == 0x88E5:
        return MACSEC
    if number == 0x88E7:
        return PBB
    if number == 0x8903:
        return FABRICPATH
    return NOTHING


def by_llc(number: int) -> int:
    if number == 0x0606:
        return IPV4
    return NOTHING


def by_ppp_protocol(number: int) -> int:
    if number == 0x0021:
        return IPV4
    if number == 0x0057:
        return IPV6
    if number in (0x0281, 0x0283):
        return MPLS
    return NOTHING


def by_nlpid(number: int) -> int:
    if number == 204:
        return IPV4
    if number == 142:
        return IPV6
    return NOTHING


def by_arcnet_protocol(number: int) -> int:
    if number in (212, 240):
        return IPV4
    if number in (213, 241):
        return ARP
    return NOTHING


def by_ip_protocol(number: int) -> int:
    if number == 6:
        return TCP
    if number == 17:
        return UDP
    if number == 1:
        return ICMP
    if number == 58:
        return ICMPV6
    if number == 51:
        return IPV6_EXTENSION
    if number == 2:
        return IGMP
    if number == 4:
        return TUNNEL | IPV4
    if number == 41:
        return TUNNEL | IPV6
    if number == 47:
        return TUNNEL | GRE
    if number == 33:
        return DCCP
    if number == 89:
        return OSPF
    if number == 97:
        return TUNNEL | ETHERIP
    if number == 103:
        return PIM
    if number == 132:
        return SCTP
    if number == 136:
        return UDPLITE
    if number == 137:
        return TUNNEL | MPLS
    if number == 143:
        return TUNNEL | ETHERNET
    return NOTHING


def by_ipv6_extension(number: int) -> int:
    if number in (0, 43, 44, 60, 135, 139, 140):
        return IPV6_EXTENSION
    return NOTHING


def by_gre_protocol(number: int) -> int:
    if number == 0x88BE:
        return TUNNEL | ERSPAN
    if number == 0x22EB:
        return TUNNEL | ERSPAN_III
    if number == 0x883E:
        return TUNNEL | WCCP
    if number in (
        0x8200,
        0x8210,
        0x8220,
        0x8230,
        0x8240,
        0x8250,
        0x8260,
        0x8270,
        0x8280,
        0x8290,
        0x82A0,
        0x82B0,
        0x82C0,
        0x82D0,
        0x82E0,
        0x82F0,
        0x8300,
        0x8310,
        0x8320,
        0x8330,
        0x8340,
        0x8350,
        0x8360,
        0x8370,
    ):
        return WLAN
    return NOTHING


def by_pim_type(number: int) -> int:
    if number == 1:
        return TUNNEL | PIM_REGISTER
    return NOTHING


def may_tunnel(source: int, destination: int) -> bool:
    return destination in (4789, 6081, 6635, 4754, 2152, 1701, 3544, 5072, 5247) or source in (
        2152,
        1701,
        3544,
        5072,
        5247,
    )


def by_udp_port(source: int, destination: int, sign: int) -> int:
    if destination == 4789:
        return TUNNEL | VXLAN if sign & 0x0800 == 0x0800 else NOTHING
    if destination == 6081:
        return TUNNEL | GENEVE if sign & 0xC000 == 0x0000 else NOTHING
    if destination == 6635:
        return TUNNEL | MPLS
    if destination == 4754:
        return TUNNEL | GRE if sign & 0x4FFF == 0x0000 else NOTHING
    if destination == 2152 or source == 2152:
        return TUNNEL | GTP if sign & 0xF0FF == 0x30FF else NOTHING
    if destination == 1701 or source == 1701:
        return TUNNEL | L2TP if sign & 0x800F == 0x0002 else NOTHING
    if destination == 3544 or source == 3544:
        return TEREDO
    if destination == 5072 or source == 5072:
        return AYIYA
    if destination == 5247 or source == 5247:
        return CAPWAP if sign & 0xFF00 == 0x0000 else NOTHING
    return NOTHING
