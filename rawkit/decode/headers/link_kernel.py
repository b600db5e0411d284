"""Link headers: what stands before IP in a capture, and between a link and IP."""

from __future__ import annotations

from typing import Final

from rawkit import linktypes
from rawkit.decode.headers.carried_kernel import carried, ethertype, ip_by_version
from rawkit.decode.headers.lookup_kernel import (
    by_arcnet_protocol,
    by_bsd_family,
    by_ethertype,
    by_llc,
    by_nlpid,
    by_ppp_protocol,
)
from rawkit.decode.headers.row_kernel import fits, note_vlan, shorten, stop
from rawkit.decode.layout import (
    C_HDLC,
    ENCRYPTED,
    ETHERNET,
    ETHERTYPE,
    ISL,
    LINK,
    LINK_TYPE,
    LLC,
    MALFORMED,
    MAX_HEADERS,
    NOTHING,
    PPP,
    TOO_DEEP,
    UNKNOWN,
)
from rawkit.facts import arcnet as arcnet_facts
from rawkit.facts import cisco_hdlc as chdlc
from rawkit.facts import ethernet as ethernet_facts
from rawkit.facts import ethertypes, null
from rawkit.facts import fabricpath as fabricpath_facts
from rawkit.facts import fddi as fddi_facts
from rawkit.facts import frame_relay as relay
from rawkit.facts import hsr as hsr_facts
from rawkit.facts import ipnet as ipnet_facts
from rawkit.facts import ipoib as ipoib_facts
from rawkit.facts import isl as isl_facts
from rawkit.facts import llc as llc_facts
from rawkit.facts import macsec as macsec_facts
from rawkit.facts import nflog as nflog_facts
from rawkit.facts import pbb as pbb_facts
from rawkit.facts import ppp as ppp_facts
from rawkit.facts import pppoe as pppoe_facts
from rawkit.facts import snap as snap_facts
from rawkit.facts import vlan as vlan_facts
from rawkit.facts import vntag as vntag_facts
from rawkit.facts.cooked import ETH_P_802_2, SLL2_HEADER_LEN, SLL2_PROTOCOL, SLL_HEADER_LEN, SLL_PROTOCOL
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32

MAX_16: Final = 0xFFFF
FORCE_INLINE: Final = True


def ethernet(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Ethernet II, or IEEE 802.3 with a length in place of the type."""
    if not fits(rows, row, at, ethernet_facts.HEADER_LEN, layer):
        return NOTHING, at
    kind = u16(data, start + at + ethernet_facts.TYPE)
    if kind < ethertypes.TYPE_MIN and is_isl(data, start + at):
        return ISL, at
    rows[row + LINK] = at
    rows[row + LINK_TYPE] = linktypes.ETHERNET
    return ethertype(kind, at + ethernet_facts.HEADER_LEN, layer, rows, row)


def vlan(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """A tag of IEEE 802.1Q, behind the EtherType that announces it."""
    if not fits(rows, row, at, vlan_facts.HEADER_LEN, layer):
        return NOTHING, at
    note_vlan(rows, row, u16(data, start + at + vlan_facts.TCI) & vlan_facts.VID_MASK)
    return ethertype(u16(data, start + at + vlan_facts.TYPE), at + vlan_facts.HEADER_LEN, layer, rows, row)


def vntag(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Cisco's tag of a virtual interface."""
    if not fits(rows, row, at, vntag_facts.HEADER_LEN, layer):
        return NOTHING, at
    return ethertype(u16(data, start + at + vntag_facts.TYPE), at + vntag_facts.HEADER_LEN, layer, rows, row)


def hsr(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The tag of a redundant ring (IEC 62439-3)."""
    if not fits(rows, row, at, hsr_facts.HEADER_LEN, layer):
        return NOTHING, at
    return ethertype(u16(data, start + at + hsr_facts.TYPE), at + hsr_facts.HEADER_LEN, layer, rows, row)


def macsec(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """IEEE 802.1AE: what is protected but not encrypted goes on with its EtherType."""
    if not fits(rows, row, at, macsec_facts.HEADER_LEN, layer):
        return NOTHING, at
    flags = u8(data, start + at + macsec_facts.TCI)
    if flags & macsec_facts.VERSION_BIT:
        return stop(rows, row, layer, UNKNOWN)
    size = macsec_facts.HEADER_LEN
    if flags & macsec_facts.SCI_BIT:
        size += macsec_facts.SCI_LEN
    if flags & macsec_facts.ENCRYPTED_BIT:
        return stop(rows, row, layer, ENCRYPTED)
    if flags & macsec_facts.CHANGED_BIT:
        return stop(rows, row, layer, UNKNOWN)
    if not fits(rows, row, at, size + macsec_facts.TYPE_LEN, layer):
        return NOTHING, at
    return ethertype(u16(data, start + at + size), at + size + macsec_facts.TYPE_LEN, layer, rows, row)


def pbb(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The service tag of IEEE 802.1ah, and the customer's frame behind it."""
    return inner_frame(at, pbb_facts.HEADER_LEN, layer, rows, row)


def fabricpath(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Cisco FabricPath's tag, and the frame that switches carry."""
    return inner_frame(at, fabricpath_facts.HEADER_LEN, layer, rows, row)


def inner_frame(at: int, size: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """A whole frame behind a tag: what the outer header says of what comes next no longer holds."""
    if not fits(rows, row, at, size, layer):
        return NOTHING, at
    rows[row + ETHERTYPE] = -1
    return ETHERNET, at + size


def is_isl(data: Ints, place: int) -> bool:
    """Whether the destination is one of Cisco's Inter-Switch Link; its first byte tells most others, and is cheap."""
    first = u8(data, place + isl_facts.DST)
    if first != isl_facts.FIRST and first != isl_facts.OTHER_FIRST:
        return False
    return u32(data, place + isl_facts.DST_REST) == isl_facts.REST


def isl(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Cisco's Inter-Switch Link: a header in front of a whole frame."""
    if not fits(rows, row, at, isl_facts.HEADER_LEN, layer):
        return NOTHING, at
    if u8(data, start + at + isl_facts.TYPE) >> isl_facts.TYPE_SHIFT != isl_facts.ETHERNET:
        return stop(rows, row, layer, UNKNOWN)
    return ETHERNET, at + isl_facts.HEADER_LEN


def llc(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """IEEE 802.2, with the SNAP extension that carries an EtherType (RFC 1042)."""
    if not fits(rows, row, at, llc_facts.UNNUMBERED_LEN, layer):
        return NOTHING, at
    place = start + at
    access_points = u16(data, place + llc_facts.DSAP)
    found = by_llc(access_points)
    if found != NOTHING:
        return found, at + llc_facts.UNNUMBERED_LEN
    is_snap = access_points == llc_facts.SAP_SNAP << 8 | llc_facts.SAP_SNAP
    if not is_snap or u8(data, place + llc_facts.CONTROL) != llc_facts.UNNUMBERED_INFORMATION:
        return stop(rows, row, layer, UNKNOWN)
    return snap(data, start, at + llc_facts.UNNUMBERED_LEN, rows, row)


def snap(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """The organization whose number follows; a bridged frame (RFC 2427, section 4.2) is Ethernet."""
    if not fits(rows, row, at, snap_facts.HEADER_LEN, LLC):
        return NOTHING, at
    place = start + at
    organization = u32(data, place + snap_facts.OUI) >> 8
    kind = u16(data, place + snap_facts.PROTOCOL)
    if organization in (snap_facts.ENCAPSULATED_ETHERNET, snap_facts.BRIDGE_TUNNEL):
        return carried(kind, at + snap_facts.HEADER_LEN, LLC, rows, row)
    if organization == snap_facts.IEEE_802_1 and kind in (snap_facts.ETHERNET_WITH_FCS, snap_facts.ETHERNET):
        return ETHERNET, at + snap_facts.HEADER_LEN
    return stop(rows, row, LLC, UNKNOWN)


def linux_sll(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """LINKTYPE_LINUX_SLL: what a capture of all interfaces has in place of their link headers."""
    if not fits(rows, row, at, SLL_HEADER_LEN, layer):
        return NOTHING, at
    return cooked(u16(data, start + at + SLL_PROTOCOL), at + SLL_HEADER_LEN, layer, rows, row)


def linux_sll2(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """LINKTYPE_LINUX_SLL2."""
    if not fits(rows, row, at, SLL2_HEADER_LEN, layer):
        return NOTHING, at
    return cooked(u16(data, start + at + SLL2_PROTOCOL), at + SLL2_HEADER_LEN, layer, rows, row)


def cooked(kind: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    if kind == ETH_P_802_2:
        return LLC, at
    return carried(kind, at, layer, rows, row)


def bsd_loopback(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """LINKTYPE_NULL: an address family, in the byte order of the host that captured it; some write an EtherType."""
    if not fits(rows, row, at, null.HEADER_LEN, layer):
        return NOTHING, at
    family = u32(data, start + at)
    if family > MAX_16 and family & MAX_16 != 0:
        return stop(rows, row, layer, UNKNOWN)
    number = family if family <= MAX_16 else family >> 24 | family >> 8 & 0xFF00
    found = by_ethertype(number) if number > ethertypes.LENGTH_MAX else by_bsd_family(number)
    if found == NOTHING:
        return stop(rows, row, layer, UNKNOWN)
    return found, at + null.HEADER_LEN


def raw_ip(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """No link header at all."""
    return ip_by_version(data, start, at, layer, rows, row)


def pppoe(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 2516: PPP in a session, nothing to follow in the discovery of one."""
    if not fits(rows, row, at, pppoe_facts.HEADER_LEN, layer):
        return NOTHING, at
    place = start + at
    if u8(data, place + pppoe_facts.VERSION_TYPE) != pppoe_facts.VERSION_1_TYPE_1:
        return stop(rows, row, layer, MALFORMED)
    inner = at + pppoe_facts.HEADER_LEN
    shorten(rows, row, inner + u16(data, place + pppoe_facts.LENGTH))
    return (PPP, inner) if u8(data, place + pppoe_facts.CODE) == pppoe_facts.SESSION_DATA else (NOTHING, at)


def ppp_hdlc(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """PPP in HDLC-like framing (RFC 1662), or Cisco HDLC, which captures give the same link type."""
    if not fits(rows, row, at, ppp_facts.PROTOCOL_LEN, layer):
        return NOTHING, at
    if u8(data, start + at + chdlc.ADDRESS) in (chdlc.UNICAST, chdlc.MULTICAST):
        return C_HDLC, at
    return ppp(data, start, at, layer, rows, row)


def ppp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """PPP's protocol field (RFC 1661), which may be compressed to one byte, behind address and control or not."""
    if not fits(rows, row, at, ppp_facts.PROTOCOL_LEN, layer):
        return NOTHING, at
    if u16(data, start + at) == ppp_facts.ADDRESS_CONTROL:
        at += ppp_facts.ADDRESS_CONTROL_LEN
        if not fits(rows, row, at, ppp_facts.PROTOCOL_LEN, layer):
            return NOTHING, at
    place = start + at
    size = ppp_facts.COMPRESSED_PROTOCOL_LEN if u8(data, place) & 1 else ppp_facts.PROTOCOL_LEN
    found = by_ppp_protocol(u8(data, place) if size == ppp_facts.COMPRESSED_PROTOCOL_LEN else u16(data, place))
    if found == NOTHING:
        return stop(rows, row, PPP, UNKNOWN)
    return found, at + size


def cisco_hdlc(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """LINKTYPE_C_HDLC: address, control, EtherType."""
    if not fits(rows, row, at, chdlc.HEADER_LEN, layer):
        return NOTHING, at
    return carried(u16(data, start + at + chdlc.PROTOCOL), at + chdlc.HEADER_LEN, layer, rows, row)


def frame_relay(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Frame relay with RFC 2427's encapsulation, or Cisco's."""
    if not fits(rows, row, at, relay.LONG_ADDRESS_LEN, layer):
        return NOTHING, at
    place = start + at
    is_short = u16(data, place) & relay.EXTENDED_ADDRESS
    address = relay.SHORT_ADDRESS_LEN if is_short else relay.LONG_ADDRESS_LEN
    if not fits(rows, row, at, address + 3, layer):
        return NOTHING, at
    if u8(data, place + address) != relay.UNNUMBERED_INFORMATION:  # Cisco's form, with an EtherType
        return carried(u16(data, place + address), at + address + 2, layer, rows, row)
    behind = place + address + 1
    identifier = u8(data, behind)
    found = by_nlpid(identifier)
    if found != NOTHING:
        return found, at + address + 2
    padding = 1 if identifier == relay.NLPID_PADDING else 0
    if u8(data, behind + padding) == relay.NLPID_SNAP:
        return snap(data, start, at + address + 2 + padding, rows, row)
    return stop(rows, row, layer, UNKNOWN)


def ipoib(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """IP over InfiniBand (RFC 4391) behind the global route header, as LINKTYPE_IPOIB has it."""
    if not fits(rows, row, at, ipoib_facts.HEADER_LEN, layer):
        return NOTHING, at
    return carried(u16(data, start + at + ipoib_facts.TYPE), at + ipoib_facts.HEADER_LEN, layer, rows, row)


def ipnet(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Solaris' IP observability, LINKTYPE_IPNET."""
    if not fits(rows, row, at, ipnet_facts.HEADER_LEN, layer):
        return NOTHING, at
    return ip_by_version(data, start, at + ipnet_facts.HEADER_LEN, layer, rows, row)


def arcnet(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """ARCNET as Linux captures it; RFC 1201 has three bytes behind the protocol that RFC 1051 has not."""
    if not fits(rows, row, at, arcnet_facts.HEADER_LEN, layer):
        return NOTHING, at
    kind = u8(data, start + at + arcnet_facts.PROTOCOL)
    found = by_arcnet_protocol(kind)
    if found == NOTHING:
        return stop(rows, row, layer, UNKNOWN)
    is_new = kind in (arcnet_facts.IPV4, arcnet_facts.ARP)
    return found, at + (arcnet_facts.HEADER_LEN if is_new else arcnet_facts.OLD_HEADER_LEN)


def fddi(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """LINKTYPE_FDDI: 802.2 in asynchronous frames; others carry the ring's own messages."""
    if not fits(rows, row, at, fddi_facts.HEADER_LEN, layer):
        return NOTHING, at
    if u8(data, start + at + fddi_facts.CONTROL) & fddi_facts.FORM_MASK != fddi_facts.ASYNCHRONOUS_LLC:
        return stop(rows, row, layer, UNKNOWN)
    return LLC, at + fddi_facts.HEADER_LEN


def nflog(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Attributes of length, type (in the byte order of the host) and value; the packet is the one of type 9."""
    at += nflog_facts.HEADER_LEN
    for _ in range(MAX_HEADERS):
        if not fits(rows, row, at, nflog_facts.ATTRIBUTE_HEADER_LEN, layer):
            return NOTHING, at
        size = u16(data, start + at + nflog_facts.ATTRIBUTE_LENGTH)
        kind = u16(data, start + at + nflog_facts.ATTRIBUTE_TYPE)
        if kind > 0xFF:  # a little-endian host: no attribute has the type 0, or one over 255
            size = swapped(size)
            kind = swapped(kind)
        if size < nflog_facts.ATTRIBUTE_HEADER_LEN:
            return stop(rows, row, layer, MALFORMED)
        if kind == nflog_facts.PAYLOAD:
            return ip_by_version(data, start, at + nflog_facts.ATTRIBUTE_HEADER_LEN, layer, rows, row)
        at += (size + 3) & ~3
    return stop(rows, row, layer, TOO_DEEP)


def swapped(word: int) -> int:
    """A 16-bit number of the other byte order."""
    return (word & 0xFF) << 8 | word >> 8
