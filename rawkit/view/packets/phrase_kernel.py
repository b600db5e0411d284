"""What ICMP, ICMPv6 and IGMP messages say, by phrases in which `%` and a letter stands for a value of the message.

    a destination of the packet that an error quotes    i 16 bits at 4 (identifier)      g IPv4 address at 4
    s its source                                        q 16 bits at 6 (sequence)        t IPv6 address at 8
    n its protocol                                      l 32 bits at 4 (MTU, pointer)    d IPv6 address at 24
    p its protocol and destination port                 o 8 bits at 4 (pointer)          c code
    m next-hop MTU (RFC 1191), where it is given        v version of an IGMP query       r group of an IGMP query

`?` stands where the capture does not reach that far.
"""

from __future__ import annotations

from rawkit.decode.headers.quote_kernel import quoted_transport
from rawkit.decode.layout import END, QUOTE, TRANSPORT, WIRE_END
from rawkit.facts import icmp, igmp, ip_protocols, ipv4, ipv6, ndp, transport
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32
from rawkit.view.numbers_kernel import put, put_decimal, put_ipv4, put_ipv6, put_name
from rawkit.view.packets.layout import DCCP_PORTS, SCTP_PORTS, TCP_PORTS, UDP_PORTS

PERCENT = 37


def put_phrase(
    out: Ints, at: int, data: Ints, start: int, rows: Ints, row: int, text: Ints, index: Ints, entry: int
) -> int:
    """Writes the phrase of an entry of the names."""
    place = index[entry] // 256
    end = place + index[entry] % 256
    while place < end:
        if text[place] != PERCENT:
            out[at] = text[place]
            at += 1
            place += 1
        else:
            at = put_value(out, at, data, start, rows, row, text, index, u8(text, place + 1))
            place += 2
    return at


def put_value(
    out: Ints, at: int, data: Ints, start: int, rows: Ints, row: int, text: Ints, index: Ints, letter: int
) -> int:
    """Writes the value that a letter stands for."""
    place = start + rows[row + TRANSPORT]
    end = start + rows[row + END]
    if letter == 99:  # c
        return put_decimal(out, at, u8(data, place + icmp.CODE))
    if letter == 105:  # i
        return put_decimal(out, at, u16(data, place + icmp.ID))
    if letter == 113:  # q
        return put_decimal(out, at, u16(data, place + icmp.SEQUENCE))
    if letter == 108:  # l
        return put_decimal(out, at, u32(data, place + icmp.BODY))
    if letter == 111:  # o
        return put_decimal(out, at, u8(data, place + icmp.BODY))
    if letter == 103:  # g
        return put_ipv4(out, at, data, place + icmp.GATEWAY)
    if letter == 109:  # m
        return put_mtu(out, at, u16(data, place + icmp.NEXT_HOP_MTU))
    if letter == 116:  # t
        return put_address(out, at, data, place + ndp.TARGET, end, 6)
    if letter == 100:  # d
        return put_address(out, at, data, place + ndp.DESTINATION, end, 6)
    if letter == 118:  # v
        return put_version(out, at, data, place, start + rows[row + WIRE_END])
    if letter == 114:  # r
        return put_group(out, at, data, place)
    if rows[row + QUOTE] < 0:
        return put(out, at, b"?")
    return put_quoted(out, at, data, start + rows[row + QUOTE], end, text, index, letter)


def put_mtu(out: Ints, at: int, mtu: int) -> int:
    if mtu == 0:
        return at
    return put(out, put_decimal(out, put(out, at, b" (mtu "), mtu), b")")


def put_version(out: Ints, at: int, data: Ints, place: int, end: int) -> int:
    """The version of an IGMP query, by its length and its maximum response time (RFC 3376, section 7.1)."""
    if end - place >= igmp.QUERY_LEN:
        return put(out, at, b"3")
    return put(out, at, b"2") if u8(data, place + igmp.MAX_RESPONSE) else put(out, at, b"1")


def put_group(out: Ints, at: int, data: Ints, place: int) -> int:
    if u32(data, place + igmp.GROUP) == 0:
        return at
    return put(out, put_ipv4(out, put(out, at, b" [gaddr "), data, place + igmp.GROUP), b"]")


def put_address(out: Ints, at: int, data: Ints, place: int, end: int, version: int) -> int:
    if version == 4:
        return put_ipv4(out, at, data, place) if place + 4 <= end else put(out, at, b"?")
    return put_ipv6(out, at, data, place) if place + 16 <= end else put(out, at, b"?")


def put_quoted(out: Ints, at: int, data: Ints, quote: int, end: int, text: Ints, index: Ints, letter: int) -> int:
    """Writes a value of the IP header that an error quotes; at least 20 bytes of it are there."""
    version = u8(data, quote) >> 4
    if version != 4 and version != 6:
        return put(out, at, b"?")
    protocol = u8(data, quote + ipv4.PROTOCOL) if version == 4 else u8(data, quote + ipv6.NEXT_HEADER)
    if letter == 97:  # a
        return put_address(out, at, data, quote + ipv4.DST if version == 4 else quote + ipv6.DST, end, version)
    if letter == 115:  # s
        return put_address(out, at, data, quote + ipv4.SRC if version == 4 else quote + ipv6.SRC, end, version)
    if letter == 110:  # n
        return put_decimal(out, at, protocol)
    found, begin = quoted_transport(data, quote, end)
    if found < 0 or begin + transport.PORTS_LEN > end:
        return put_decimal(out, put(out, at, b"protocol "), protocol)
    return put_protocol_port(out, at, found, u16(data, begin + transport.DST_PORT), text, index)


def put_protocol_port(out: Ints, at: int, protocol: int, port: int, text: Ints, index: Ints) -> int:
    if protocol == ip_protocols.TCP:
        return put_port(out, put(out, at, b"tcp port "), text, index, TCP_PORTS, port)
    if protocol == ip_protocols.UDP:
        return put_port(out, put(out, at, b"udp port "), text, index, UDP_PORTS, port)
    at = put_decimal(out, put(out, at, b"protocol "), protocol)
    return put_decimal(out, put(out, at, b" port "), port)


# Ports -------------------------------------------------------------------------------------------------------


def put_port(out: Ints, at: int, text: Ints, index: Ints, section: int, port: int) -> int:
    """Writes a port, by the name of its service where the table of names has one."""
    if index[section + port]:
        return put_name(out, at, text, index, section + port)
    return put_decimal(out, at, port)


def port_section(protocol: int) -> int:
    """The section of the names in which the ports of an IP protocol are, -1 where it has no ports."""
    if protocol == ip_protocols.TCP:
        return TCP_PORTS
    if protocol == ip_protocols.UDP or protocol == ip_protocols.UDPLITE:
        return UDP_PORTS
    if protocol == ip_protocols.SCTP:
        return SCTP_PORTS
    if protocol == ip_protocols.DCCP:
        return DCCP_PORTS
    return -1
