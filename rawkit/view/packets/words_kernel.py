"""Which packets hold a message that is told in words, by what can be seen at a glance; parsers have the last word."""

from __future__ import annotations

from typing import Final

from rawkit.decode.layout import END, LINK, PAYLOAD, PROTOCOL, TRANSPORT
from rawkit.facts import applications, ethernet, ethertypes, ip_protocols, llc, tls, transport
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32
from rawkit.view.packets.layout import (
    NOTE_AT,
    NOTE_KIND,
    NOTE_PACKET,
    NOTE_PLACE,
    NOTE_WIDTH,
    SAYS_DHCP,
    SAYS_DNS,
    SAYS_DNS_STREAM,
    SAYS_HTTP,
    SAYS_LLDP,
    SAYS_NOTHING,
    SAYS_NTP,
    SAYS_PPPOE,
    SAYS_STP,
    SAYS_TLS,
)
from rawkit.view.packets.link_kernel import is_ethernet

FORCE_INLINE: Final = True

LARGEST_DNS = 0x10  # the first byte of the length of longer DNS messages in a stream, which are not looked for
FIRST_HTTP_LETTER = 0x43  # C of CONNECT
LAST_HTTP_LETTER = 0x54  # T of TRACE


def note_words(notes: Ints, at: int, packet: int, data: Ints, start: int, rows: Ints, row: int) -> None:
    """Notes a packet that seems to hold a message which is told in words, and where in the text they are to stand."""
    kind = says(data, start, rows, row)
    if kind == SAYS_NOTHING:
        return
    entry = 1 + notes[0] * NOTE_WIDTH
    notes[entry + NOTE_AT] = at
    notes[entry + NOTE_PACKET] = packet
    notes[entry + NOTE_KIND] = kind
    notes[entry + NOTE_PLACE] = words_place(rows, row, kind)
    notes[0] += 1


def says(data: Ints, start: int, rows: Ints, row: int) -> int:
    """What kind of message a packet seems to hold, one of `rawkit.view.packets.layout.SAYS`."""
    if rows[row + PAYLOAD] < 0:
        return says_frame(data, start, rows, row)
    if rows[row + PAYLOAD] >= rows[row + END]:
        return SAYS_NOTHING
    protocol = rows[row + PROTOCOL]
    if protocol == ip_protocols.TCP:
        return says_segment(data, start, rows, row)
    if protocol == ip_protocols.UDP:
        return says_datagram(data, start + rows[row + TRANSPORT])
    return SAYS_NOTHING


def says_segment(data: Ints, start: int, rows: Ints, row: int) -> int:
    place = start + rows[row + PAYLOAD]
    size = rows[row + END] - rows[row + PAYLOAD]
    first = u8(data, place)
    if first == tls.HANDSHAKE:
        if size <= tls.RECORD_HEADER_LEN or u8(data, place + tls.RECORD_VERSION) != tls.MAJOR_VERSION:
            return SAYS_NOTHING
        kind = u8(data, place + tls.RECORD_HEADER_LEN)
        return SAYS_TLS if kind == tls.CLIENT_HELLO or kind == tls.SERVER_HELLO else SAYS_NOTHING
    if FIRST_HTTP_LETTER <= first <= LAST_HTTP_LETTER and size >= 4:
        return SAYS_HTTP if is_http_start(u32(data, place)) else SAYS_NOTHING
    if first < LARGEST_DNS and size > applications.DNS_LENGTH_LEN:
        header = start + rows[row + TRANSPORT]
        source = u16(data, header + transport.SRC_PORT)
        destination = u16(data, header + transport.DST_PORT)
        return SAYS_DNS_STREAM if source == applications.DNS or destination == applications.DNS else SAYS_NOTHING
    return SAYS_NOTHING


def is_http_start(letters: int) -> bool:
    """Whether four letters begin an answer, or a request by a method of RFC 9110 or 5789."""
    return letters in (
        0x48545450,  # HTTP
        0x47455420,  # GET
        0x504F5354,  # POST
        0x48454144,  # HEAD
        0x50555420,  # PUT
        0x44454C45,  # DELETE
        0x4F505449,  # OPTIONS
        0x434F4E4E,  # CONNECT
        0x50415443,  # PATCH
        0x54524143,  # TRACE
    )


def says_datagram(data: Ints, header: int) -> int:
    """By the ports, as the udp view goes (`rawkit.flow.udp.messages.PORTS`): first the receiver's."""
    found = says_port(u16(data, header + transport.DST_PORT))
    return found if found != SAYS_NOTHING else says_port(u16(data, header + transport.SRC_PORT))


def says_port(port: int) -> int:
    if port == applications.DNS or port == applications.MDNS:
        return SAYS_DNS
    if port == applications.DHCP_SERVER or port == applications.DHCP_CLIENT:
        return SAYS_DHCP
    return SAYS_NTP if port == applications.NTP else SAYS_NOTHING


def says_frame(data: Ints, start: int, rows: Ints, row: int) -> int:
    """Of a frame without a transport header: LLDP, PPPoE's discovery and spanning tree, straight behind Ethernet's."""
    if rows[row + PROTOCOL] >= 0 or not is_ethernet(rows, row):
        return SAYS_NOTHING
    link = start + rows[row + LINK]
    kind = u16(data, link + ethernet.TYPE)
    if kind == ethertypes.LLDP:
        return SAYS_LLDP
    if kind == ethertypes.PPPOE_DISCOVERY:
        return SAYS_PPPOE
    place = rows[row + LINK] + ethernet.HEADER_LEN
    if kind > ethertypes.LENGTH_MAX or place + llc.UNNUMBERED_LEN > rows[row + END]:
        return SAYS_NOTHING
    is_stp = u16(data, start + place) == llc.SAP_SPANNING_TREE * 257
    return SAYS_STP if is_stp else SAYS_NOTHING


def words_place(rows: Ints, row: int, kind: int) -> int:
    """Where in its frame the message begins."""
    if kind == SAYS_LLDP or kind == SAYS_PPPOE:
        return rows[row + LINK] + ethernet.HEADER_LEN
    if kind == SAYS_STP:
        return rows[row + LINK] + ethernet.HEADER_LEN + llc.UNNUMBERED_LEN
    return rows[row + PAYLOAD] + 0
