"""IEEE 802.11, and the headers that captures have before it."""

from __future__ import annotations

from typing import Final

from rawkit import linktypes
from rawkit.decode.headers.link_kernel import swapped
from rawkit.decode.headers.lookup_kernel import by_link_type
from rawkit.decode.headers.row_kernel import fits, shorten, stop
from rawkit.decode.layout import (
    AMSDU,
    AVS,
    ENCRYPTED,
    END,
    LINK,
    LINK_TYPE,
    LLC,
    MALFORMED,
    MAX_HEADERS,
    NOTHING,
    UNKNOWN,
    WIRE_END,
    WLAN,
    WLAN_PADDED,
)
from rawkit.facts import ppi as ppi_facts
from rawkit.facts import prism as prism_facts
from rawkit.facts import radiotap as radiotap_facts
from rawkit.facts import wlan as wlan_facts
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32

MAX_16: Final = 0xFFFF
FORCE_INLINE: Final = True


def radiotap(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """LINKTYPE_IEEE802_11_RADIOTAP; of its fields the flags tell what the frame is like."""
    if not fits(rows, row, at, radiotap_facts.HEADER_LEN, layer):
        return NOTHING, at
    size = swapped(u16(data, start + at + radiotap_facts.LENGTH))
    if size < radiotap_facts.HEADER_LEN:
        return stop(rows, row, layer, MALFORMED)
    if not fits(rows, row, at, size, layer):
        return NOTHING, at
    flags = radiotap_flags(data, start + at, size)
    if flags & radiotap_facts.FCS:
        shorten(rows, row, rows[row + WIRE_END] - wlan_facts.FCS_LEN)
    return WLAN_PADDED if flags & radiotap_facts.DATA_PAD else WLAN, at + size


def radiotap_flags(data: Ints, place: int, size: int) -> int:
    """The flags, behind all words that say which fields there are, and the time; 0 where there are none."""
    present = u8(data, place + radiotap_facts.PRESENT)
    if not present & radiotap_facts.FLAGS_BIT:
        return 0
    word = radiotap_facts.PRESENT
    while word + radiotap_facts.PRESENT_LEN <= size:
        has_more = u8(data, place + word + radiotap_facts.PRESENT_END) & radiotap_facts.MORE_BIT
        word += radiotap_facts.PRESENT_LEN
        if not has_more:
            break
    if present & radiotap_facts.TSFT_BIT:
        word = (word + radiotap_facts.TSFT_LEN - 1) // radiotap_facts.TSFT_LEN * radiotap_facts.TSFT_LEN
        word += radiotap_facts.TSFT_LEN
    return u8(data, place + word) if word < size else 0


def ppi(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """LINKTYPE_PPI: a frame of the link type that it says, mostly 802.11."""
    if not fits(rows, row, at, ppi_facts.HEADER_LEN, layer):
        return NOTHING, at
    place = start + at
    size = swapped(u16(data, place + ppi_facts.LENGTH))
    if size < ppi_facts.HEADER_LEN:
        return stop(rows, row, layer, MALFORMED)
    if not fits(rows, row, at, size, layer):
        return NOTHING, at
    link_type = swapped(u16(data, place + ppi_facts.LINK_TYPE))
    found = by_link_type(link_type) if u16(data, place + ppi_facts.LINK_TYPE_HIGH) == 0 else NOTHING
    if found == NOTHING:
        return stop(rows, row, layer, UNKNOWN)
    rows[row + LINK_TYPE] = link_type
    if found == WLAN and ppi_has_fcs(data, place, size):
        shorten(rows, row, rows[row + WIRE_END] - wlan_facts.FCS_LEN)
    return found, at + size


def ppi_has_fcs(data: Ints, place: int, size: int) -> bool:
    """Whether a field of PPI says that the frame ends with its check sequence."""
    field = ppi_facts.HEADER_LEN
    for _ in range(MAX_HEADERS):
        if field + ppi_facts.COMMON_LEN > size:
            return False
        if swapped(u16(data, place + field + ppi_facts.FIELD_TYPE)) == ppi_facts.COMMON:
            return u8(data, place + field + ppi_facts.COMMON_FLAGS) & ppi_facts.FCS != 0
        field += ppi_facts.FIELD_HEADER_LEN + swapped(u16(data, place + field + ppi_facts.FIELD_LENGTH))
    return False


def prism(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """LINKTYPE_IEEE802_11_PRISM, in either byte order; some drivers write AVS' header there."""
    if not fits(rows, row, at, prism_facts.AVS_HEADER_LEN, layer):
        return NOTHING, at
    if u32(data, start + at + prism_facts.CODE) in (prism_facts.AVS_1, prism_facts.AVS_2):
        return AVS, at
    size = u32(data, start + at + prism_facts.LENGTH)
    if size > MAX_16:  # a little-endian host
        size = swapped(u16(data, start + at + prism_facts.LENGTH))
    if size < prism_facts.HEADER_LEN:
        return stop(rows, row, layer, MALFORMED)
    return (WLAN, at + size) if fits(rows, row, at, size, layer) else (NOTHING, at)


def avs(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """LINKTYPE_IEEE802_11_AVS."""
    if not fits(rows, row, at, prism_facts.AVS_HEADER_LEN, layer):
        return NOTHING, at
    size = u32(data, start + at + prism_facts.LENGTH)
    if size < prism_facts.AVS_HEADER_LEN:
        return stop(rows, row, layer, MALFORMED)
    return (WLAN, at + size) if fits(rows, row, at, size, layer) else (NOTHING, at)


def wlan(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """IEEE 802.11: data that is neither encrypted nor in fragments goes on; management and control end here."""
    if not fits(rows, row, at, wlan_facts.FRAME_CONTROL_LEN, layer):
        return NOTHING, at
    place = start + at
    kind = u8(data, place + wlan_facts.KIND)
    flags = u8(data, place + wlan_facts.FLAGS)
    if kind & wlan_facts.VERSION_MASK:
        return stop(rows, row, layer, UNKNOWN)
    size = wlan_size(kind, flags)
    if not fits(rows, row, at, size, layer):
        return NOTHING, at
    rows[row + LINK] = at
    rows[row + LINK_TYPE] = linktypes.IEEE802_11
    if kind & wlan_facts.TYPE_MASK != wlan_facts.DATA or kind & wlan_facts.NO_DATA_BIT:
        return NOTHING, at
    if flags & wlan_facts.PROTECTED:
        return stop(rows, row, layer, ENCRYPTED)
    if flags & wlan_facts.MORE_FRAGMENTS or u8(data, place + wlan_facts.SEQUENCE) & wlan_facts.FRAGMENT_MASK:
        return stop(rows, row, layer, UNKNOWN)
    behind = at + size
    if layer == WLAN_PADDED:
        behind += -size % wlan_facts.ALIGNMENT
    if kind & wlan_facts.QOS_BIT == 0:
        return LLC, behind
    return quality_of_service(data, start, at, behind, flags, rows, row)


def wlan_size(kind: int, flags: int) -> int:
    """Bytes of the header that begins so."""
    form = kind & wlan_facts.TYPE_MASK
    if form == wlan_facts.EXTENSION:
        return wlan_facts.FRAME_CONTROL_LEN
    if form == wlan_facts.CONTROL:
        is_short = kind == wlan_facts.CLEAR_TO_SEND or kind == wlan_facts.ACKNOWLEDGEMENT
        return wlan_facts.SHORT_LEN if is_short else wlan_facts.CONTROL_LEN
    size = wlan_facts.HEADER_LEN
    if form == wlan_facts.MANAGEMENT:
        return size + wlan_facts.HT_CONTROL_LEN if flags & wlan_facts.HT_CONTROL else size
    if flags & wlan_facts.TO_DS and flags & wlan_facts.FROM_DS:
        size += wlan_facts.ADDRESS_LEN
    if kind & wlan_facts.QOS_BIT:
        size += wlan_facts.QOS_LEN
        if flags & wlan_facts.HT_CONTROL:
            size += wlan_facts.HT_CONTROL_LEN
    return size


def quality_of_service(
    data: Ints, start: int, at: int, behind: int, flags: int, rows: Ints, row: int
) -> tuple[int, int]:
    """What QoS control says of the bytes `behind` the header at `at`: several packets in one, a mesh header."""
    control = start + at + wlan_facts.HEADER_LEN
    if flags & wlan_facts.TO_DS and flags & wlan_facts.FROM_DS:
        control += wlan_facts.ADDRESS_LEN
    may_be_mesh = flags & wlan_facts.FROM_DS and behind < rows[row + END]
    if may_be_mesh and u8(data, control + wlan_facts.MESH) & wlan_facts.MESH_BIT:
        extension = u8(data, start + behind)
        if extension < wlan_facts.MESH_EXTENSION_MASK:  # else the bit has its other meaning, as for Wireshark
            behind += wlan_facts.MESH_LEN + extension * wlan_facts.ADDRESS_LEN
    return (AMSDU if u8(data, control) & wlan_facts.AMSDU_BIT else LLC), behind


def amsdu(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """An A-MSDU, of whose packets the first is read."""
    if not fits(rows, row, at, wlan_facts.SUBFRAME_HEADER_LEN, layer):
        return NOTHING, at
    behind = at + wlan_facts.SUBFRAME_HEADER_LEN
    shorten(rows, row, behind + u16(data, start + at + wlan_facts.SUBFRAME_LENGTH))
    return LLC, behind
