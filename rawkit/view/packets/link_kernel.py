"""Link headers, ARP, and frames without a network header that rawkit knows."""

from __future__ import annotations

from rawkit import linktypes
from rawkit.decode.layout import END, ETHERTYPE, LINK, LINK_TYPE, LLC, NET, STOP
from rawkit.facts import arp, ethernet, ethertypes, wlan
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16
from rawkit.view.numbers_kernel import put, put_decimal, put_hex, put_ipv4, put_mac, put_name
from rawkit.view.packets.layout import ETHERTYPES, LINK_TYPES, WLAN_FRAMES

LONGEST_ADDRESS = 20  # bytes of a hardware address that are shown (InfiniBand's)


def is_ethernet(rows: Ints, row: int) -> bool:
    """Whether the innermost link header is Ethernet's, and whole."""
    at = rows[row + LINK]
    return rows[row + LINK_TYPE] == linktypes.ETHERNET and at >= 0 and at + ethernet.HEADER_LEN <= rows[row + END]


def put_link_header(
    out: Ints, at: int, data: Ints, start: int, length: int, rows: Ints, row: int, text: Ints, index: Ints
) -> int:
    """Writes the innermost link header, and the frame's length on the wire."""
    if is_ethernet(rows, row):
        place = start + rows[row + LINK]
        at = put_mac_pair(out, at, data, place)
        kind = u16(data, place + ethernet.TYPE)
        at = put_ethertype(out, at, text, index, kind) if kind > ethertypes.LENGTH_MAX else put(out, at, b"802.3")
    elif is_wlan(rows, row):
        at = put_wlan_addresses(out, at, data, start + rows[row + LINK])
        at = put_wlan_frame(out, at, data, start + rows[row + LINK], text, index)
    else:
        at = put_link_type(out, at, text, index, rows[row + LINK_TYPE])
    return put(out, put_decimal(out, put(out, at, b", length "), length), b": ")


def is_wlan(rows: Ints, row: int) -> bool:
    """Whether the innermost link header is that of IEEE 802.11, and whole."""
    return rows[row + LINK_TYPE] == linktypes.IEEE802_11 and rows[row + LINK] >= 0


def put_wlan_addresses(out: Ints, at: int, data: Ints, place: int) -> int:
    """Writes from whom to whom a frame goes, of data beyond the stations that pass it on; some say the latter alone."""
    kind = u8(data, place + wlan.KIND)
    flags = u8(data, place + wlan.FLAGS)
    if kind & wlan.TYPE_MASK == wlan.EXTENSION:
        return at
    if kind == wlan.CLEAR_TO_SEND or kind == wlan.ACKNOWLEDGEMENT or kind == wlan.CONTROL_WRAPPER:
        return put(out, put_mac(out, put(out, at, b"> "), data, place + wlan.ADDRESS_1, wlan.ADDRESS_LEN), b", ")
    source = wlan.ADDRESS_2
    destination = wlan.ADDRESS_1
    if kind & wlan.TYPE_MASK == wlan.DATA:
        if flags & wlan.FROM_DS:
            source = wlan.ADDRESS_4 if flags & wlan.TO_DS else wlan.ADDRESS_3
        if flags & wlan.TO_DS:
            destination = wlan.ADDRESS_3
    at = put(out, put_mac(out, at, data, place + source, wlan.ADDRESS_LEN), b" > ")
    return put(out, put_mac(out, at, data, place + destination, wlan.ADDRESS_LEN), b", ")


def put_wlan_frame(out: Ints, at: int, data: Ints, place: int, text: Ints, index: Ints) -> int:
    """Writes what kind of frame it is."""
    kind = u8(data, place + wlan.KIND)
    form = (kind & wlan.TYPE_MASK) >> wlan.TYPE_SHIFT
    entry = WLAN_FRAMES + (form << wlan.SUBTYPE_BITS | kind >> wlan.SUBTYPE_SHIFT)
    if index[entry]:
        return put_name(out, at, text, index, entry)
    at = put_decimal(out, put(out, at, b"802.11 type "), form)
    return put_decimal(out, put(out, at, b" subtype "), kind >> wlan.SUBTYPE_SHIFT)


def put_mac_pair(out: Ints, at: int, data: Ints, place: int) -> int:
    at = put(out, put_mac(out, at, data, place + ethernet.SRC, 6), b" > ")
    return put(out, put_mac(out, at, data, place + ethernet.DST, 6), b", ")


def put_ethertype(out: Ints, at: int, text: Ints, index: Ints, kind: int) -> int:
    at = put(out, at, b"ethertype ")
    if index[ETHERTYPES + kind]:
        at = put_name(out, at, text, index, ETHERTYPES + kind)
    else:
        at = put(out, at, b"Unknown")
    return put(out, put_hex(out, put(out, at, b" (0x"), kind, 4), b")")


def put_link_type(out: Ints, at: int, text: Ints, index: Ints, link_type: int) -> int:
    if 0 <= link_type < 0x10000 and index[LINK_TYPES + link_type]:
        return put_name(out, at, text, index, LINK_TYPES + link_type)
    return put_decimal(out, put(out, at, b"LINKTYPE "), link_type)


def put_unknown(
    out: Ints,
    at: int,
    data: Ints,
    start: int,
    length: int,
    rows: Ints,
    row: int,
    text: Ints,
    index: Ints,
    with_addresses: bool,
) -> int:
    """Writes what is known of a frame without IP and ARP."""
    if with_addresses and is_ethernet(rows, row):
        at = put_mac_pair(out, at, data, start + rows[row + LINK])
    elif with_addresses and is_wlan(rows, row):
        at = put_wlan_addresses(out, at, data, start + rows[row + LINK])
    if rows[row + ETHERTYPE] > 0:
        at = put_ethertype(out, at, text, index, rows[row + ETHERTYPE])
    elif is_wlan(rows, row):
        at = put_wlan_frame(out, at, data, start + rows[row + LINK], text, index)
    elif rows[row + STOP] >> 8 == LLC:
        at = put(out, at, b"802.3")
    else:
        at = put_link_type(out, at, text, index, rows[row + LINK_TYPE])
    return put_decimal(out, put(out, at, b", length "), length)


# ARP ---------------------------------------------------------------------------------------------------------


def put_arp(out: Ints, at: int, data: Ints, start: int, length: int, rows: Ints, row: int) -> int:
    """RFC 826; the numbers alone where the addresses are not IPv4's or were not captured."""
    place = start + rows[row + NET]
    end = start + rows[row + END]
    at = put(out, at, b"ARP, ")
    if place + arp.SENDER_MAC > end:
        at = put(out, at, b"opcode ?")
    else:
        hardware = u8(data, place + arp.HARDWARE_LEN)
        is_ipv4 = (
            u16(data, place + arp.PROTOCOL_TYPE) == ethertypes.IPV4
            and u8(data, place + arp.PROTOCOL_LEN) == arp.IPV4_LEN
        )
        if is_ipv4 and 0 < hardware <= LONGEST_ADDRESS and place + arp.SENDER_MAC + 8 + 2 * hardware <= end:
            at = put_arp_operation(out, at, data, place + arp.SENDER_MAC, hardware, u16(data, place + arp.OPERATION))
        else:
            at = put_decimal(out, put(out, at, b"opcode "), u16(data, place + arp.OPERATION))
    return put_decimal(out, put(out, at, b", length "), length - rows[row + NET])


def put_arp_operation(out: Ints, at: int, data: Ints, place: int, size: int, operation: int) -> int:
    """`place` is the sender's hardware address, of `size` bytes; then come its IPv4 address and the target's two."""
    sender = place + size
    target_mac = sender + 4
    target = target_mac + size
    if operation == arp.REQUEST:
        at = put_ipv4(out, put(out, at, b"Request who-has "), data, target)
        if not is_zero(data, target_mac, size):
            at = put(out, put_mac(out, put(out, at, b" ("), data, target_mac, size), b")")
        return put_ipv4(out, put(out, at, b" tell "), data, sender)
    if operation == arp.REPLY:
        at = put_ipv4(out, put(out, at, b"Reply "), data, sender)
        return put_mac(out, put(out, at, b" is-at "), data, place, size)
    if operation == arp.REVERSE_REQUEST:
        at = put_mac(out, put(out, at, b"Reverse Request who-is "), data, target_mac, size)
        return put_mac(out, put(out, at, b" tell "), data, place, size)
    if operation == arp.REVERSE_REPLY:
        at = put_mac(out, put(out, at, b"Reverse Reply "), data, target_mac, size)
        return put_ipv4(out, put(out, at, b" at "), data, target)
    at = put_decimal(out, put(out, at, b"opcode "), operation)
    at = put_ipv4(out, put(out, at, b", "), data, sender)
    return put_ipv4(out, put(out, at, b" > "), data, target)


def is_zero(data: Ints, place: int, size: int) -> bool:
    for k in range(place, place + size):
        if data[k]:
            return False
    return True
