# Written by scripts/generate from rawkit/decode/headers/layers.py: change it there, not here.
"""The step from one header to the next."""

from __future__ import annotations

from typing import Final

from rawkit.decode.headers.link_kernel import (
    arcnet,
    bsd_loopback,
    cisco_hdlc,
    ethernet,
    fabricpath,
    fddi,
    frame_relay,
    hsr,
    ipnet,
    ipoib,
    isl,
    linux_sll,
    linux_sll2,
    llc,
    macsec,
    nflog,
    pbb,
    ppp,
    ppp_hdlc,
    pppoe,
    raw_ip,
    vlan,
    vntag,
)
from rawkit.decode.headers.network_kernel import arp, extension, ipv4, ipv6
from rawkit.decode.headers.transport_kernel import dccp, icmp, igmp, ospf, sctp, tcp, udp
from rawkit.decode.headers.tunnel_kernel import (
    ayiya,
    capwap,
    erspan,
    erspan_iii,
    etherip,
    geneve,
    gre,
    gtp,
    l2tp,
    mpls,
    pim,
    pim_register,
    teredo,
    vxlan,
    wccp,
)
from rawkit.decode.headers.wlan_kernel import amsdu, avs, ppi, prism, radiotap, wlan
from rawkit.decode.layout import (
    AMSDU,
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
    ISL,
    L2TP,
    LINUX_SLL,
    LINUX_SLL2,
    LLC,
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
    UDP,
    UDPLITE,
    VLAN,
    VNTAG,
    VXLAN,
    WCCP,
    WLAN,
    WLAN_PADDED,
)
from rawkit.kernels import Ints

FORCE_INLINE: Final = True


def step(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Reads the header `layer` at `at`; returns the next layer and its place."""
    if layer == ETHERNET:
        return ethernet(data, start, at, layer, rows, row)
    if layer == IPV4:
        return ipv4(data, start, at, layer, rows, row)
    if layer == TCP:
        return tcp(data, start, at, layer, rows, row)
    if layer == UDP or layer == UDPLITE:
        return udp(data, start, at, layer, rows, row)
    if layer == IPV6:
        return ipv6(data, start, at, layer, rows, row)
    if layer == IPV6_EXTENSION:
        return extension(data, start, at, layer, rows, row)
    if layer == ICMP or layer == ICMPV6:
        return icmp(data, start, at, layer, rows, row)
    if layer == ARP:
        return arp(data, start, at, layer, rows, row)
    if layer == VLAN:
        return vlan(data, start, at, layer, rows, row)
    if layer == LLC:
        return llc(data, start, at, layer, rows, row)
    if layer == LINUX_SLL:
        return linux_sll(data, start, at, layer, rows, row)
    if layer == LINUX_SLL2:
        return linux_sll2(data, start, at, layer, rows, row)
    if layer == NULL:
        return bsd_loopback(data, start, at, layer, rows, row)
    if layer == IP:
        return raw_ip(data, start, at, layer, rows, row)
    if layer == VXLAN:
        return vxlan(data, start, at, layer, rows, row)
    if layer == GRE:
        return gre(data, start, at, layer, rows, row)
    if layer == MPLS:
        return mpls(data, start, at, layer, rows, row)
    if layer == GENEVE:
        return geneve(data, start, at, layer, rows, row)
    if layer == GTP:
        return gtp(data, start, at, layer, rows, row)
    if layer == L2TP:
        return l2tp(data, start, at, layer, rows, row)
    if layer == PPPOE:
        return pppoe(data, start, at, layer, rows, row)
    if layer == PPP:
        return ppp(data, start, at, layer, rows, row)
    if layer == PPP_HDLC:
        return ppp_hdlc(data, start, at, layer, rows, row)
    if layer == SCTP:
        return sctp(data, start, at, layer, rows, row)
    if layer == DCCP:
        return dccp(data, start, at, layer, rows, row)
    if layer == IGMP:
        return igmp(data, start, at, layer, rows, row)
    if layer == OSPF:
        return ospf(data, start, at, layer, rows, row)
    if layer == PIM:
        return pim(data, start, at, layer, rows, row)
    if layer == PIM_REGISTER:
        return pim_register(data, start, at, layer, rows, row)
    if layer == ERSPAN:
        return erspan(data, start, at, layer, rows, row)
    if layer == ERSPAN_III:
        return erspan_iii(data, start, at, layer, rows, row)
    if layer == WCCP:
        return wccp(data, start, at, layer, rows, row)
    if layer == ETHERIP:
        return etherip(data, start, at, layer, rows, row)
    if layer == TEREDO:
        return teredo(data, start, at, layer, rows, row)
    if layer == AYIYA:
        return ayiya(data, start, at, layer, rows, row)
    if layer == CAPWAP:
        return capwap(data, start, at, layer, rows, row)
    if layer == C_HDLC:
        return cisco_hdlc(data, start, at, layer, rows, row)
    if layer == FRELAY:
        return frame_relay(data, start, at, layer, rows, row)
    if layer == NFLOG:
        return nflog(data, start, at, layer, rows, row)
    if layer == IPOIB:
        return ipoib(data, start, at, layer, rows, row)
    if layer == IPNET:
        return ipnet(data, start, at, layer, rows, row)
    if layer == ARCNET:
        return arcnet(data, start, at, layer, rows, row)
    if layer == VNTAG:
        return vntag(data, start, at, layer, rows, row)
    if layer == HSR:
        return hsr(data, start, at, layer, rows, row)
    if layer == MACSEC:
        return macsec(data, start, at, layer, rows, row)
    if layer == PBB:
        return pbb(data, start, at, layer, rows, row)
    if layer == FABRICPATH:
        return fabricpath(data, start, at, layer, rows, row)
    if layer == ISL:
        return isl(data, start, at, layer, rows, row)
    if layer == FDDI:
        return fddi(data, start, at, layer, rows, row)
    if layer == RADIOTAP:
        return radiotap(data, start, at, layer, rows, row)
    if layer == WLAN or layer == WLAN_PADDED:
        return wlan(data, start, at, layer, rows, row)
    if layer == AMSDU:
        return amsdu(data, start, at, layer, rows, row)
    if layer == PRISM:
        return prism(data, start, at, layer, rows, row)
    if layer == AVS:
        return avs(data, start, at, layer, rows, row)
    if layer == PPI:
        return ppi(data, start, at, layer, rows, row)
    return NOTHING, at
