"""Headers that carry another link or network header."""

from __future__ import annotations

from typing import Final

from rawkit.decode.headers.carried_kernel import carried, ip_by_version, whole_ip
from rawkit.decode.headers.lookup_kernel import by_ethertype, by_gre_protocol, by_ip_protocol, by_pim_type
from rawkit.decode.headers.row_kernel import fits, stop
from rawkit.decode.layout import (
    END,
    ERSPAN,
    ETHERNET,
    FRAGMENT,
    IPV4,
    IPV6,
    MALFORMED,
    MAX_HEADERS,
    MPLS,
    NOTHING,
    PPP,
    TOO_DEEP,
    TUNNEL,
    UNKNOWN,
    VLAN,
    WIRE_END,
)
from rawkit.facts import ayiya as ayiya_facts
from rawkit.facts import capwap as capwap_facts
from rawkit.facts import erspan as erspan_facts
from rawkit.facts import etherip as etherip_facts
from rawkit.facts import ethernet, ipv4, ipv6, vlan
from rawkit.facts import geneve as geneve_facts
from rawkit.facts import gre as gre_facts
from rawkit.facts import gtp as gtp_facts
from rawkit.facts import l2tp as l2tp_facts
from rawkit.facts import mpls as mpls_facts
from rawkit.facts import pim as pim_facts
from rawkit.facts import teredo as teredo_facts
from rawkit.facts import vxlan as vxlan_facts
from rawkit.facts import wccp as wccp_facts
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32

FORCE_INLINE: Final = True


def gre(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """GRE (RFC 2784, 2890) and its version for PPTP (RFC 2637)."""
    if not fits(rows, row, at, gre_facts.HEADER_LEN, layer):
        return NOTHING, at
    flags = u16(data, start + at + gre_facts.FLAGS)
    kind = u16(data, start + at + gre_facts.PROTOCOL)
    if flags >> gre_facts.ROUTING_BIT & 1:  # source routes: deprecated, and unlike what follows
        return stop(rows, row, layer, UNKNOWN)
    has_sequence = flags >> gre_facts.SEQUENCE_BIT & 1
    fields = (flags >> gre_facts.CHECKSUM_BIT & 1) + (flags >> gre_facts.KEY_BIT & 1) + has_sequence
    if flags & gre_facts.VERSION_MASK == 1:
        fields += flags >> gre_facts.ACKNOWLEDGMENT_BIT & 1
    size = gre_facts.HEADER_LEN + gre_facts.FIELD_LEN * fields
    if not fits(rows, row, at, size, layer):
        return NOTHING, at
    found = by_gre_protocol(kind)
    if found == TUNNEL | ERSPAN and not has_sequence:  # type I, which has no header and no sequence number
        return ETHERNET, at + size
    if found != NOTHING:
        return found, at + size
    return carried(kind, at + size, layer, rows, row)


def wccp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The redirect header of WCCP version 2 (draft-wilson-wrec-wccp-v2-01, 4.12.1)."""
    return ip_by_version(data, start, at + wccp_facts.REDIRECT_LEN, layer, rows, row)


def erspan(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The header of a mirrored frame (draft-foschiano-erspan), type II."""
    size = erspan_facts.HEADER_LEN
    return (ETHERNET, at + size) if fits(rows, row, at, size, layer) else (NOTHING, at)


def erspan_iii(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Type III, whose last bit says whether a subheader of the platform follows."""
    if not fits(rows, row, at, erspan_facts.III_HEADER_LEN, layer):
        return NOTHING, at
    place = start + at
    size = erspan_facts.III_HEADER_LEN
    if u8(data, place + erspan_facts.III_SUBHEADER) & erspan_facts.III_SUBHEADER_BIT:
        size += erspan_facts.III_SUBHEADER_LEN
    if not fits(rows, row, at, size, layer):
        return NOTHING, at
    if (
        u8(data, place + erspan_facts.III_FRAME_TYPE) & erspan_facts.III_FRAME_TYPE_MASK
    ):  # its frame type: 0 is Ethernet
        return stop(rows, row, layer, UNKNOWN)
    return ETHERNET, at + size


def etherip(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 3378."""
    size = etherip_facts.HEADER_LEN
    return (ETHERNET, at + size) if fits(rows, row, at, size, layer) else (NOTHING, at)


def pim(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """PIM (RFC 7761): a register message carries a multicast packet, 20 bytes at least, to the rendezvous point."""
    if rows[row + FRAGMENT] != -1:
        return NOTHING, at
    packet = at + pim_facts.REGISTER_LEN
    if not fits(rows, row, at, pim_facts.REGISTER_LEN, layer) or rows[row + WIRE_END] < packet + ipv4.HEADER_LEN:
        return NOTHING, at
    return by_pim_type(u8(data, start + at) & pim_facts.TYPE_MASK), packet


def pim_register(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The packet in a register message."""
    return ip_by_version(data, start, at, layer, rows, row)


def vxlan(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 7348."""
    if not fits(rows, row, at, vxlan_facts.HEADER_LEN, layer):
        return NOTHING, at
    return ETHERNET, at + vxlan_facts.HEADER_LEN


def geneve(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 8926."""
    options = u8(data, start + at + geneve_facts.OPTIONS_LENGTH) & geneve_facts.OPTIONS_LENGTH_MASK
    size = geneve_facts.HEADER_LEN + options * geneve_facts.OPTIONS_UNIT
    if not fits(rows, row, at, size, layer):
        return NOTHING, at
    return carried(u16(data, start + at + geneve_facts.PROTOCOL), at + size, layer, rows, row)


def gtp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """A user packet of GTPv1-U (3GPP TS 29.281)."""
    flags = u8(data, start + at)
    if not flags & gtp_facts.OPTIONAL_FIELDS:
        return ip_by_version(data, start, at + gtp_facts.HEADER_LEN, layer, rows, row)
    if not fits(rows, row, at, gtp_facts.LONG_HEADER_LEN, layer):
        return NOTHING, at
    following = u8(data, start + at + gtp_facts.NEXT_EXTENSION) if flags & gtp_facts.EXTENSION_FLAG else 0
    at += gtp_facts.LONG_HEADER_LEN
    for _ in range(MAX_HEADERS):
        if following == 0:
            return ip_by_version(data, start, at, layer, rows, row)
        if not fits(rows, row, at, gtp_facts.EXTENSION_UNIT, layer):
            return NOTHING, at
        size = u8(data, start + at) * gtp_facts.EXTENSION_UNIT
        if size == 0:
            return stop(rows, row, layer, MALFORMED)
        if not fits(rows, row, at, size, layer):
            return NOTHING, at
        following = u8(data, start + at + size - 1)
        at += size
    return stop(rows, row, layer, TOO_DEEP)


def l2tp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """A data message of L2TP version 2 (RFC 2661, section 3.1)."""
    flags = u16(data, start + at)
    size = l2tp_facts.HEADER_LEN
    size += l2tp_facts.LENGTH_LEN * (flags >> l2tp_facts.LENGTH_BIT & 1)
    size += l2tp_facts.SEQUENCE_LEN * (flags >> l2tp_facts.SEQUENCE_BIT & 1)
    if flags & l2tp_facts.OFFSET_FLAG:
        if not fits(rows, row, at, size + l2tp_facts.OFFSET_LEN, layer):
            return NOTHING, at
        size += l2tp_facts.OFFSET_LEN + u16(data, start + at + size)
    if not fits(rows, row, at, size, layer):
        return NOTHING, at
    return PPP, at + size


def teredo(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """IPv6 in UDP (RFC 4380, section 5.1.1), behind an authentication header, an origin indication, both or neither."""
    if rows[row + FRAGMENT] != -1:
        return NOTHING, at
    packet = at
    if u16(data, start + packet) == teredo_facts.AUTHENTICATION:
        packet += u8(data, start + at + teredo_facts.ID_LEN) + u8(data, start + at + teredo_facts.AUTH_LEN)
        packet += teredo_facts.AUTHENTICATION_LEN
    if packet + teredo_facts.INDICATOR_LEN > rows[row + END]:
        return NOTHING, at
    if u16(data, start + packet) == teredo_facts.ORIGIN:
        packet += teredo_facts.ORIGIN_LEN
    found, end = whole_ip(data, start, packet, rows, row)
    is_bubble = end == packet + ipv6.HEADER_LEN  # which trailers may follow (RFC 6081)
    if found == IPV6 and (end == rows[row + WIRE_END] or is_bubble):
        return TUNNEL | IPV6, packet
    return NOTHING, at


def ayiya(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """An IP packet behind an identity and a signature (draft-massar-v6ops-ayiya-02, section 4.1)."""
    place = start + at
    opcode = u8(data, place + ayiya_facts.OPCODE) & ayiya_facts.OPCODE_MASK
    if rows[row + FRAGMENT] != -1 or opcode != ayiya_facts.FORWARD:
        return NOTHING, at
    identity = 1 << (u8(data, place + ayiya_facts.ID_LEN) >> ayiya_facts.ID_LEN_SHIFT)
    signature = u8(data, place + ayiya_facts.SIGNATURE_LEN) >> ayiya_facts.SIGNATURE_LEN_SHIFT
    packet = at + ayiya_facts.HEADER_LEN + identity + signature * ayiya_facts.SIGNATURE_UNIT
    found, end = whole_ip(data, start, packet, rows, row)
    says = by_ip_protocol(u8(data, place + ayiya_facts.NEXT_HEADER))
    if found != NOTHING and says == TUNNEL | found and end == rows[row + WIRE_END]:
        return says, packet
    return NOTHING, at


def capwap(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """CAPWAP's data channel (RFC 5415, section 4.3): an 802.3 frame; one of 802.11 is not decoded."""
    place = start + at
    word = u32(data, place)
    size = (word >> capwap_facts.LENGTH_SHIFT & capwap_facts.LENGTH_MASK) * capwap_facts.LENGTH_UNIT
    binding = word >> capwap_facts.BINDING_SHIFT & capwap_facts.BINDING_MASK
    carries_none = word & (capwap_facts.FRAGMENT_FLAG | capwap_facts.KEEP_ALIVE_FLAG | capwap_facts.RESERVED_FLAGS)
    reserved = u16(data, place + capwap_facts.FRAGMENT_OFFSET) & capwap_facts.RESERVED_MASK
    if rows[row + FRAGMENT] != -1 or carries_none or reserved or binding != capwap_facts.IEEE_80211:
        return NOTHING, at
    if at + size > rows[row + END]:
        return NOTHING, at
    fields = capwap_facts.HEADER_LEN
    for bit in (capwap_facts.RADIO_MAC_BIT, capwap_facts.WIRELESS_BIT):
        if word >> bit & 1 and fields < size:  # a length, so many bytes, and zeros up to a whole word
            fields += (u8(data, place + fields) // capwap_facts.LENGTH_UNIT + 1) * capwap_facts.LENGTH_UNIT
    if fields != size:
        return NOTHING, at
    if word & capwap_facts.NATIVE_FLAG:
        return stop(rows, row, layer, UNKNOWN)
    return TUNNEL | ETHERNET, at + size


def mpls(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """One label stack entry (RFC 3032); what stands below the last one, no label says: it is guessed."""
    below = at + mpls_facts.ENTRY_LEN
    if not fits(rows, row, at, mpls_facts.ENTRY_LEN, layer):
        return NOTHING, at
    bottom = u8(data, start + at + mpls_facts.BOTTOM)
    if not bottom & mpls_facts.BOTTOM_BIT:
        return MPLS, below
    if not fits(rows, row, below, 1, layer):
        return NOTHING, at
    nibble = u8(data, start + below) >> 4
    label = u16(data, start + at) << 4 | bottom >> 4
    if label > mpls_facts.LAST_RESERVED_LABEL:
        if nibble == 0:
            return pseudowire(data, start, below, rows, row)
        if nibble in (4, 6) and is_ethernet(data, start, below, rows, row):
            return ETHERNET, below
    if nibble == 4:
        return IPV4, below
    if nibble == 6:
        return IPV6, below
    return stop(rows, row, layer, UNKNOWN)


def pseudowire(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """An Ethernet frame (RFC 4448) whose address, or the control word before it, begins with four zero bits.

    It is taken to have a control word unless a type stands where a frame without one has it, and none behind the word:
    but for a tag, which has another type there.
    """
    word = at + mpls_facts.CONTROL_WORD_LEN
    if not fits(rows, row, word, ethernet.HEADER_LEN + 1, ETHERNET):
        return NOTHING, at
    if is_ethernet(data, start, at, rows, row):
        is_tagged = by_ethertype(u16(data, start + at + ethernet.TYPE)) == VLAN
        if is_tagged or not is_ethernet(data, start, word, rows, row):
            return ETHERNET, at
    return ETHERNET, word


def is_ethernet(data: Ints, start: int, at: int, rows: Ints, row: int) -> bool:
    """Whether an Ethernet frame begins at `at`, where IP or a control word could begin as well.

    It has an EtherType that is known, and behind it an IP version that agrees, or a type where it is a tag's; and it is
    no IP packet that ends where its carrier allows it to.
    """
    behind = at + ethernet.HEADER_LEN
    is_ip, _ = whole_ip(data, start, at, rows, row)
    if behind + 1 > rows[row + END] or is_ip != NOTHING:
        return False
    found = by_ethertype(u16(data, start + at + ethernet.TYPE))
    version = u8(data, start + behind) >> 4
    if found == IPV4:
        return version == 4
    if found == IPV6:
        return version == 6
    if found == VLAN:
        is_whole = behind + vlan.HEADER_LEN <= rows[row + END]
        return is_whole and by_ethertype(u16(data, start + behind + vlan.TYPE)) != NOTHING
    return found != NOTHING
