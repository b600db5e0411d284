"""What is named of a UDP datagram without taking it apart: ESP in it, WireGuard, QUIC.

A port is not enough for a name, nor are the first bytes: lengths, versions and reserved bits have to fit as well.
"""

from __future__ import annotations

from rawkit.decode.layout import END, TRANSPORT, WIRE_END
from rawkit.facts import esp, quic, transport, udp, wireguard
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32
from rawkit.view.numbers_kernel import put, put_decimal, put_hex, put_name, put_short_hex
from rawkit.view.packets.layout import QUIC_PACKETS, WIREGUARD_MESSAGES

NO_NAME = -1


def put_udp(out: Ints, at: int, data: Ints, start: int, rows: Ints, row: int, text: Ints, index: Ints) -> int:
    """Writes a datagram whose header is whole: its length, and what is in it where that has a name."""
    header = start + rows[row + TRANSPORT]
    place = header + udp.HEADER_LEN
    end = start + rows[row + END]
    source = u16(data, header + udp.SRC_PORT)
    destination = u16(data, header + udp.DST_PORT)
    size = u16(data, header + udp.LENGTH)
    if size == 0:
        size = rows[row + WIRE_END] - rows[row + TRANSPORT]
    size -= udp.HEADER_LEN
    is_esp_port = source == esp.UDP_PORT or destination == esp.UDP_PORT
    if is_esp_port and min(source, destination) > transport.SYSTEM_PORT_MAX:
        if size == esp.KEEP_ALIVE_LEN and place < end and u8(data, place) == esp.KEEP_ALIVE:
            return put(out, at, b"isakmp-nat-keep-alive")
        if carries_esp(data, place, end, size):
            return put_esp(out, put(out, at, b"UDP-encap: "), data, place, size)
    at = put_decimal(out, put(out, at, b"UDP, length "), size)
    if source == wireguard.PORT or destination == wireguard.PORT:
        message = wireguard_message(data, place, end, size)
        if message != NO_NAME:
            return put_name(out, put(out, at, b", WireGuard "), text, index, WIREGUARD_MESSAGES + message)
    if place < end and u8(data, place) & quic.LONG_FLAG:
        packet = quic_packet(data, place, end, size, source)
        if packet != NO_NAME:
            at = put_name(out, put(out, at, b", QUIC "), text, index, QUIC_PACKETS + packet)
            return put_quic_version(out, at, u32(data, place + quic.VERSION))
    return at


# ESP ---------------------------------------------------------------------------------------------------------


def put_esp(out: Ints, at: int, data: Ints, place: int, size: int) -> int:
    """Writes an ESP header that is whole, in tcpdump's words."""
    at = put_hex(out, put(out, at, b"ESP(spi=0x"), u32(data, place + esp.SPI), 8)
    at = put_short_hex(out, put(out, at, b",seq=0x"), u32(data, place + esp.SEQUENCE))
    return put_decimal(out, put(out, at, b"), length "), size)


def carries_esp(data: Ints, place: int, end: int, size: int) -> bool:
    """Whether a datagram is ESP's, and not IKE's (RFC 3948, section 2)."""
    if place + esp.HEADER_LEN > end or size < esp.SHORTEST or size % esp.UNIT:
        return False
    return u32(data, place + esp.SPI) > esp.LAST_RESERVED_SPI


# WireGuard ---------------------------------------------------------------------------------------------------


def wireguard_message(data: Ints, place: int, end: int, size: int) -> int:
    """The type of a message whose length is that of its type, 0 for a keep-alive."""
    if place + wireguard.HEADER_LEN > end or u32(data, place) & ~wireguard.TYPE_MASK:
        return NO_NAME
    kind = u32(data, place) >> wireguard.TYPE_SHIFT
    if kind == wireguard.DATA and size >= wireguard.DATA_LEN_MIN:
        return kind if size > wireguard.DATA_LEN_MIN else 0
    if kind == wireguard.INITIATION and size == wireguard.INITIATION_LEN:
        return kind
    if kind == wireguard.RESPONSE and size == wireguard.RESPONSE_LEN:
        return kind
    return kind if kind == wireguard.COOKIE and size == wireguard.COOKIE_LEN else NO_NAME


# QUIC --------------------------------------------------------------------------------------------------------


def quic_packet(data: Ints, place: int, end: int, size: int, source: int) -> int:
    """The type of the first packet, as version 1 numbers it; its header has to be long, its version a known one."""
    if place + quic.HEADER_LEN > end:
        return NO_NAME
    version = u32(data, place + quic.VERSION)
    is_negotiation = version == quic.NEGOTIATION and source == quic.PORT
    if not is_negotiation and not (u8(data, place) & quic.FIXED_FLAG and is_version(version)):
        return NO_NAME
    destination_id = u8(data, place + quic.ID_LEN)
    source_id = place + quic.ID_LEN + 1 + destination_id
    if destination_id > quic.ID_LEN_MAX or source_id >= end or u8(data, source_id) > quic.ID_LEN_MAX:
        return NO_NAME
    behind = source_id + 1 + u8(data, source_id)
    if behind >= place + size:
        return NO_NAME
    if is_negotiation:
        return quic.VERSION_NEGOTIATION if offers_version(data, behind, end, place + size) else NO_NAME
    kind = u8(data, place) >> quic.TYPE_SHIFT & quic.TYPE_MASK
    return (kind - 1) % quic.TYPES if version == quic.VERSION_2 else kind


def put_quic_version(out: Ints, at: int, version: int) -> int:
    """Writes a version that `is_version`; nothing of a packet that negotiates one."""
    if version == quic.NEGOTIATION:
        return at
    if quic.DRAFT_27 <= version <= quic.DRAFT_34:
        return put_decimal(out, put(out, at, b" draft-"), version & 0xFF)
    return put(out, at, b" v1") if version == quic.VERSION_1 else put(out, at, b" v2")


def is_version(version: int) -> bool:
    return version in (quic.VERSION_1, quic.VERSION_2) or quic.DRAFT_27 <= version <= quic.DRAFT_34


def offers_version(data: Ints, place: int, end: int, wire_end: int) -> bool:
    """Whether a list of versions has one that is known; others that a server names may mean nothing (RFC 9000, 6.3)."""
    if (wire_end - place) % quic.VERSION_LEN:
        return False
    while place + quic.VERSION_LEN <= min(end, wire_end):
        if is_version(u32(data, place)):
            return True
        place += quic.VERSION_LEN
    return False
