"""What is taken over of link headers and tunnels: all but addresses, and what is for nobody but their sender."""

from __future__ import annotations

from typing import Final

from rawkit.decode.headers.wlan_kernel import wlan_size
from rawkit.decode.layout import (
    AMSDU,
    ARCNET,
    AVS,
    AYIYA,
    C_HDLC,
    CAPWAP,
    ERSPAN,
    ERSPAN_III,
    ETHERIP,
    FABRICPATH,
    FDDI,
    FRELAY,
    GENEVE,
    GRE,
    GTP,
    HSR,
    IPNET,
    IPOIB,
    ISL,
    L2TP,
    LINUX_SLL,
    LLC,
    MACSEC,
    MPLS,
    NFLOG,
    NULL,
    PBB,
    PIM,
    PPI,
    PPP,
    PPP_HDLC,
    PPPOE,
    PRISM,
    RADIOTAP,
    TEREDO,
    VLAN,
    VNTAG,
    VXLAN,
    WCCP,
)
from rawkit.facts import (
    arcnet,
    arp,
    ayiya,
    capwap,
    cisco_hdlc,
    cooked,
    erspan,
    etherip,
    ethernet,
    fabricpath,
    fddi,
    frame_relay,
    geneve,
    gre,
    gtp,
    hsr,
    ip_protocols,
    ipnet,
    ipoib,
    isl,
    l2tp,
    llc,
    macsec,
    mpls,
    nflog,
    null,
    pbb,
    pim,
    ppi,
    ppp,
    pppoe,
    prism,
    radiotap,
    snap,
    teredo,
    vlan,
    vntag,
    vxlan,
    wccp,
    wlan,
)
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32
from rawkit.rewrite.layout import CHECKSUM, IP_VERSION, IS_FOREIGN
from rawkit.rewrite.note_kernel import MAC_LEN, check, ipv4, keep, mac, reach

FORCE_INLINE: Final = False


def plain_size(data: Ints, at: int, layer: int, end: int) -> int:
    """Bytes of a header that has no addresses, where nothing is known to follow it; 0 of other layers."""
    if layer == VLAN:
        return vlan.HEADER_LEN
    if layer == GRE:
        return gre_size(data, at, end)
    if layer == LLC:
        return llc_size(data, at, end)
    if layer == MPLS:
        return mpls.ENTRY_LEN
    if layer in (PPP, PPP_HDLC):
        is_long = at + 2 <= end and u16(data, at) == ppp.ADDRESS_CONTROL
        return ppp.PROTOCOL_LEN + ppp.ADDRESS_CONTROL_LEN if is_long else ppp.PROTOCOL_LEN
    if layer == PPPOE:
        return pppoe.HEADER_LEN
    if layer == VXLAN:
        return vxlan.HEADER_LEN
    if layer == GTP:
        return gtp.HEADER_LEN
    if layer == L2TP:
        return l2tp.HEADER_LEN
    if layer == NULL:
        return null.HEADER_LEN
    if layer == C_HDLC:
        return cisco_hdlc.HEADER_LEN
    if layer == FRELAY:
        return frame_relay.LONG_ADDRESS_LEN
    return rare_size(layer)


def rare_size(layer: int) -> int:
    if layer == ETHERIP:
        return etherip.HEADER_LEN
    if layer == ERSPAN:
        return erspan.HEADER_LEN
    if layer == ERSPAN_III:
        return erspan.III_HEADER_LEN
    if layer == WCCP:
        return wccp.REDIRECT_LEN
    if layer == VNTAG:
        return vntag.HEADER_LEN
    if layer == HSR:
        return hsr.HEADER_LEN
    if layer == PBB:
        return pbb.HEADER_LEN
    if layer == FABRICPATH:
        return fabricpath.HEADER_LEN
    if layer == IPNET:
        return ipnet.HEADER_LEN
    if layer == RADIOTAP:
        return radiotap.HEADER_LEN
    return 0


def gre_size(data: Ints, at: int, end: int) -> int:
    """As `rawkit.decode.headers.tunnel_kernel.gre` has it."""
    if at + gre.HEADER_LEN > end:
        return gre.HEADER_LEN
    flags = u16(data, at + gre.FLAGS)
    fields = flags // (1 << gre.CHECKSUM_BIT) % 2 + flags // (1 << gre.KEY_BIT) % 2
    return gre.HEADER_LEN + gre.FIELD_LEN * (fields + flags // (1 << gre.SEQUENCE_BIT) % 2)


def llc_size(data: Ints, at: int, end: int) -> int:
    is_snap = at + 2 <= end and u16(data, at + llc.DSAP) == llc.SAP_SNAP * 256 + llc.SAP_SNAP
    return llc.UNNUMBERED_LEN + snap.HEADER_LEN if is_snap else llc.UNNUMBERED_LEN


def keep_plain(data: Ints, notes: Ints, at: int, layer: int, behind: int, end: int, wire: int) -> bool:
    """Takes a header without addresses over; `behind` is where the next one begins, or 0. False of other layers."""
    size = plain_size(data, at, layer, end)
    if size == 0:
        return False
    keep(notes, at, behind - at if behind > at else size, end)
    if layer == GRE and at + gre.HEADER_LEN + 2 <= end:
        if u16(data, at + gre.FLAGS) >= 1 << gre.CHECKSUM_BIT:
            check(notes, CHECKSUM, at + gre.HEADER_LEN, at, end, 0, wire - at)
    return True


def keep_ethernet(data: Ints, notes: Ints, at: int, end: int) -> None:
    mac(notes, at + ethernet.DST, end)
    mac(notes, at + ethernet.SRC, end)
    keep(notes, at + ethernet.TYPE, ethernet.HEADER_LEN - ethernet.TYPE, end)


def keep_cooked(data: Ints, notes: Ints, at: int, layer: int, end: int) -> None:
    """Linux's cooked headers, of whose sender's address 8 bytes have room; what else is there is left out."""
    if layer == LINUX_SLL:
        keep(notes, at, cooked.SLL_ADDRESS, end)
        if at + cooked.SLL_ADDRESS <= end and u16(data, at + cooked.SLL_ADDRESS_LENGTH) == MAC_LEN:
            mac(notes, at + cooked.SLL_ADDRESS, end)
        keep(notes, at + cooked.SLL_PROTOCOL, cooked.SLL_HEADER_LEN - cooked.SLL_PROTOCOL, end)
        return
    keep(notes, at, cooked.SLL2_ADDRESS, end)
    if at + cooked.SLL2_ADDRESS <= end and u8(data, at + cooked.SLL2_ADDRESS_LENGTH) == MAC_LEN:
        mac(notes, at + cooked.SLL2_ADDRESS, end)
    if at + cooked.SLL2_HEADER_LEN <= end:
        reach(notes, at + cooked.SLL2_HEADER_LEN)


def keep_wlan(data: Ints, notes: Ints, at: int, behind: int, end: int) -> None:
    """IEEE 802.11: the addresses that the kind of frame has, and a mesh header behind."""
    if at + wlan.FRAME_CONTROL_LEN > end:
        return
    kind = u8(data, at + wlan.KIND)
    size = wlan_size(kind, u8(data, at + wlan.FLAGS))
    keep(notes, at, min(size, wlan.ADDRESS_1), end)
    for place in (wlan.ADDRESS_1, wlan.ADDRESS_2, wlan.ADDRESS_3):
        if place + MAC_LEN <= size:
            mac(notes, at + place, end)
    if size < wlan.HEADER_LEN:
        return
    keep(notes, at + wlan.SEQUENCE, wlan.HEADER_LEN - wlan.SEQUENCE, end)
    rest = wlan.HEADER_LEN
    both = wlan.TO_DS | wlan.FROM_DS
    is_data = kind & wlan.TYPE_MASK == wlan.DATA
    if is_data and u8(data, at + wlan.FLAGS) & both == both:
        mac(notes, at + wlan.ADDRESS_4, end)
        rest += MAC_LEN
    keep(notes, at + rest, size - rest, end)
    mesh = at + size
    if behind - mesh >= wlan.MESH_LEN:
        mesh = behind - (behind - mesh - wlan.MESH_LEN) // MAC_LEN * MAC_LEN - wlan.MESH_LEN
        keep(notes, mesh, wlan.MESH_LEN, end)
        for place in range(mesh + wlan.MESH_LEN, behind, MAC_LEN):
            mac(notes, place, end)


def keep_link(data: Ints, notes: Ints, at: int, layer: int, behind: int, end: int) -> None:
    """The other link headers, each with its addresses."""
    if layer == AMSDU:
        mac(notes, at, end)
        mac(notes, at + MAC_LEN, end)
        keep(notes, at + wlan.SUBFRAME_LENGTH, wlan.SUBFRAME_HEADER_LEN - wlan.SUBFRAME_LENGTH, end)
    elif layer == MACSEC:
        keep(notes, at, macsec.HEADER_LEN, end)
        has_sender = at < end and u8(data, at + macsec.TCI) & macsec.SCI_BIT
        if has_sender:
            mac(notes, at + macsec.HEADER_LEN, end)
        rest = at + macsec.HEADER_LEN + (MAC_LEN if has_sender else 0)
        keep(notes, rest, behind - rest if behind > rest else macsec.SCI_LEN - MAC_LEN, end)
    elif layer == ISL:
        keep(notes, at, isl.SRC, end)
        mac(notes, at + isl.SRC, end)
        keep(notes, at + isl.LENGTH, isl.HIGH_SOURCE - isl.LENGTH, end)
        keep(notes, at + isl.VLAN, isl.HEADER_LEN - isl.VLAN, end)
    elif layer == FDDI:
        keep(notes, at, fddi.DST, end)
        mac(notes, at + fddi.DST, end)
        mac(notes, at + fddi.SRC, end)
    elif layer == ARCNET:  # its addresses have one byte
        size = behind - at if behind > at else arcnet.OLD_HEADER_LEN
        keep(notes, at + arcnet.PROTOCOL, size - arcnet.PROTOCOL, end)
    elif layer == IPOIB:  # of the global route header there are addresses alone
        keep(notes, at + ipoib.TYPE, ipoib.HEADER_LEN - ipoib.TYPE, end)
    elif layer in (PRISM, AVS):
        keep(notes, at, prism.AVS_HEADER_LEN, end)
    elif layer == PPI:
        keep_ppi(data, notes, at, behind, end)
    elif layer == NFLOG:
        keep_nflog(data, notes, at, behind, end)
    if behind > at:
        reach(notes, min(behind, end))


def keep_ppi(data: Ints, notes: Ints, at: int, behind: int, end: int) -> None:
    """Of its fields the common one; another may be where it was captured."""
    keep(notes, at, ppi.HEADER_LEN, end)
    field = at + ppi.HEADER_LEN
    while field + ppi.FIELD_HEADER_LEN <= min(behind, end):
        size = ppi.FIELD_HEADER_LEN + u8(data, field + ppi.FIELD_LENGTH) + u8(data, field + ppi.FIELD_LENGTH_HIGH) * 256
        is_common = u8(data, field + ppi.FIELD_TYPE) == ppi.COMMON and u8(data, field + ppi.FIELD_TYPE_HIGH) == 0
        keep(notes, field, size if is_common else ppi.FIELD_HEADER_LEN, min(behind, end))
        field += size


def keep_nflog(data: Ints, notes: Ints, at: int, behind: int, end: int) -> None:
    """Length and type of each attribute before the packet."""
    keep(notes, at, nflog.HEADER_LEN, end)
    place = at + nflog.HEADER_LEN
    while place + nflog.ATTRIBUTE_HEADER_LEN <= min(behind, end):
        size = u16(data, place + nflog.ATTRIBUTE_LENGTH)
        if u16(data, place + nflog.ATTRIBUTE_TYPE) > nflog.TYPE_MAX:  # a little-endian host
            size = size % 256 * 256 + size // 256
        if size < nflog.ATTRIBUTE_HEADER_LEN:
            break
        keep(notes, place, nflog.ATTRIBUTE_HEADER_LEN, end)
        place += (size + 3) // 4 * 4


def keep_tunnel(data: Ints, notes: Ints, at: int, layer: int, behind: int, end: int, wire: int) -> None:
    """Tunnels whose headers have more than numbers: names, signatures and addresses of theirs are left out."""
    if layer == GENEVE:
        keep(notes, at, geneve.HEADER_LEN, end)
        place = at + geneve.HEADER_LEN
        last = min(at + geneve.HEADER_LEN, end)
        if at + geneve.HEADER_LEN <= end:
            units = u8(data, at + geneve.OPTIONS_LENGTH) & geneve.OPTIONS_LENGTH_MASK
            last = min(at + geneve.HEADER_LEN + units * geneve.OPTIONS_UNIT, end)
        while place + geneve.OPTIONS_UNIT <= last:
            keep(notes, place, geneve.OPTIONS_UNIT, last)
            units = u8(data, place + geneve.OPTION_LENGTH) % geneve.OPTION_UNITS
            place += (units + 1) * geneve.OPTIONS_UNIT
        reach(notes, last)
    elif layer == PIM:
        is_register = at < end and u8(data, at) & pim.TYPE_MASK == pim.REGISTER
        keep(notes, at, pim.REGISTER_LEN if is_register else pim.HEADER_LEN, end)
        notes[IS_FOREIGN] = notes[IS_FOREIGN] if is_register else 1
        covered = min(end, at + pim.REGISTER_LEN) if is_register else end
        protocol = ip_protocols.PIM if notes[IP_VERSION] == 6 else 0
        check(notes, CHECKSUM, at + pim.CHECKSUM, at, covered, protocol, wire - at)
    elif layer == TEREDO:
        place = at
        if behind > at and u16(data, at) == teredo.AUTHENTICATION:
            keep(notes, at, teredo.AUTH_LEN + 1, end)
            place += teredo.AUTHENTICATION_LEN + u8(data, at + teredo.ID_LEN) + u8(data, at + teredo.AUTH_LEN)
        if behind > place:
            keep(notes, place, teredo.INDICATOR_LEN, end)
    elif layer == AYIYA and behind > at:
        keep(notes, at, ayiya.HEADER_LEN, end)
    elif layer == CAPWAP:
        keep(notes, at, capwap.HEADER_LEN, end)
        if behind > at and u32(data, at) & (1 << capwap.RADIO_MAC_BIT | 1 << capwap.WIRELESS_BIT):
            keep(notes, at + capwap.HEADER_LEN, 1, end)
            keep_second_length(data, notes, at, end)
    if behind > at:
        reach(notes, min(behind, end))


def keep_second_length(data: Ints, notes: Ints, at: int, end: int) -> None:
    """The length of CAPWAP's wireless information, where a radio's MAC address stands before it."""
    both = 1 << capwap.RADIO_MAC_BIT | 1 << capwap.WIRELESS_BIT
    if u32(data, at) & both == both:
        first = u8(data, at + capwap.HEADER_LEN)
        unit = capwap.LENGTH_UNIT
        keep(notes, at + capwap.HEADER_LEN + (first // unit + 1) * unit, 1, end)


def keep_arp(data: Ints, notes: Ints, at: int, end: int) -> None:
    """ARP for IPv4 over Ethernet; of others the numbers before the addresses."""
    keep(notes, at, arp.SENDER_MAC, end)
    if at + arp.SENDER_MAC > end:
        return
    sizes = u8(data, at + arp.HARDWARE_LEN) * 256 + u8(data, at + arp.PROTOCOL_LEN)
    if sizes != arp.ETHERNET_LEN * 256 + arp.IPV4_LEN:
        notes[IS_FOREIGN] = 1
        return
    mac(notes, at + arp.SENDER_MAC, end)
    ipv4(notes, at + arp.SENDER_IP, end)
    mac(notes, at + arp.TARGET_MAC, end)
    ipv4(notes, at + arp.TARGET_IP, end)
