"""What is taken over of transport headers, their options and chunks; their checksums are written down."""

from __future__ import annotations

from typing import Final

from rawkit.decode.layout import UDP
from rawkit.facts import dccp, ip_protocols, ospfv2, ospfv3, sctp, tcp, tcp_options, transport, udp
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16
from rawkit.rewrite.layout import CHECKSUM, CRC32C, IS_FOREIGN, OPTIONAL_CHECKSUM, PORT
from rawkit.rewrite.note_kernel import check, ipv4, ipv6, keep, note, reach

FORCE_INLINE: Final = False


def keep_ports(notes: Ints, at: int, end: int) -> None:
    """The two ports that a header begins with, for those who replace them."""
    note(notes, PORT, at + transport.SRC_PORT, 2, end, 2)
    note(notes, PORT, at + transport.DST_PORT, 2, end, 2)


def keep_tcp(data: Ints, notes: Ints, at: int, end: int, wire: int) -> None:
    """RFC 9293."""
    keep_ports(notes, at, end)
    keep(notes, at, tcp.HEADER_LEN, end)
    check(notes, CHECKSUM, at + tcp.CHECKSUM, at, end, ip_protocols.TCP, wire - at)
    if at + tcp.HEADER_LEN <= end:
        header = u8(data, at + tcp.DATA_OFFSET) // 16 * tcp.DATA_OFFSET_UNIT
        keep_tcp_options(data, notes, at + tcp.HEADER_LEN, min(at + header, end))


def keep_tcp_options(data: Ints, notes: Ints, at: int, end: int) -> None:
    """Those that are numbers of the connection; of others (cookies, keys, addresses of MPTCP) kind and length."""
    while at < end:
        kind = u8(data, at)
        if kind in (tcp_options.END, tcp_options.NO_OPERATION):
            keep(notes, at, 1, end)
            at += 1
            continue
        size = u8(data, at + tcp_options.LENGTH) if at + tcp_options.LENGTH < end else 0
        if size < tcp_options.DATA:
            break
        known = kind in (
            tcp_options.MSS, tcp_options.WINDOW_SCALE, tcp_options.SACK_PERMITTED, tcp_options.SACK,
            tcp_options.TIMESTAMPS,
        )  # fmt: skip
        keep(notes, at, size if known else tcp_options.DATA, end)
        at += size
    reach(notes, end)


def keep_udp(data: Ints, notes: Ints, at: int, layer: int, end: int, wire: int) -> None:
    """UDP (RFC 768), and UDP-Lite (RFC 3828), whose length field says what the checksum covers."""
    keep_ports(notes, at, end)
    keep(notes, at, udp.HEADER_LEN, end)
    if layer == UDP:
        check(notes, OPTIONAL_CHECKSUM, at + udp.CHECKSUM, at, end, ip_protocols.UDP, wire - at)
        return
    covered = u16(data, at + udp.LENGTH) if at + udp.HEADER_LEN <= end else 0
    last = min(at + covered, end) if covered >= udp.HEADER_LEN else end
    check(notes, CHECKSUM, at + udp.CHECKSUM, at, last, ip_protocols.UDPLITE, wire - at)


def keep_dccp(data: Ints, notes: Ints, at: int, behind: int, end: int, wire: int) -> None:
    """RFC 4340: its options are numbers."""
    keep_ports(notes, at, end)
    keep(notes, at, behind - at if behind > at else dccp.SHORT_HEADER_LEN, end)
    if at + dccp.SHORT_HEADER_LEN > end:
        return
    coverage = u8(data, at + dccp.CCVAL_CSCOV) % 16  # section 9.2: 0 is all, else words of data and one
    last = end if coverage == 0 or behind <= at else min(behind + (coverage - 1) * 4, end)
    check(notes, CHECKSUM, at + dccp.CHECKSUM, at, last, ip_protocols.DCCP, wire - at)


def keep_sctp(data: Ints, notes: Ints, at: int, end: int, wire: int) -> None:
    """RFC 9260: the numbers of each chunk, and the addresses that a host says it has."""
    keep(notes, at, sctp.HEADER_LEN, end)
    if at + sctp.HEADER_LEN <= end:
        check(notes, CRC32C, at + sctp.CHECKSUM, at, end, 0, wire - at)
    at += sctp.HEADER_LEN
    while at + sctp.CHUNK_HEADER_LEN <= end:
        kind = u8(data, at + sctp.CHUNK_TYPE)
        size = u16(data, at + sctp.CHUNK_LENGTH)
        if size < sctp.CHUNK_HEADER_LEN:
            break
        last = min(at + size, end)
        if kind in (sctp.SACK, sctp.SHUTDOWN):
            keep(notes, at, size, last)
        elif kind == sctp.DATA or kind == sctp.I_DATA:
            keep(notes, at, sctp.DATA_LEN if kind == sctp.DATA else sctp.I_DATA_LEN, last)
        elif kind in (sctp.INIT, sctp.INIT_ACK):
            keep(notes, at, sctp.INIT_LEN, last)
            keep_parameters(data, notes, at + sctp.INIT_LEN, last)
        elif kind in (sctp.ABORT, sctp.ERROR):
            keep(notes, at, sctp.CHUNK_HEADER_LEN + sctp.CAUSE_LEN, last)
        else:
            keep(notes, at, sctp.CHUNK_HEADER_LEN, last)
        at += (size + 3) // 4 * 4
        reach(notes, min(at, end))


def keep_parameters(data: Ints, notes: Ints, at: int, end: int) -> None:
    """Kind and length of each parameter or cause, and what is an address."""
    while at + sctp.PARAMETER_LEN <= end:
        kind, size = u16(data, at), u16(data, at + sctp.CHUNK_LENGTH)
        if size < sctp.PARAMETER_LEN:
            break
        keep(notes, at, sctp.PARAMETER_LEN, end)
        if kind == sctp.IPV4_ADDRESS:
            ipv4(notes, at + sctp.PARAMETER_LEN, end)
        elif kind == sctp.IPV6_ADDRESS:
            ipv6(notes, at + sctp.PARAMETER_LEN, end)
        at += (size + 3) // 4 * 4


def keep_ospf(data: Ints, notes: Ints, at: int, end: int, wire: int) -> None:
    """What OSPF versions 2 and 3 begin with; what its messages say is left out."""
    notes[IS_FOREIGN] = 1
    keep(notes, at, ospfv3.ROUTER_ID, end)
    ipv4(notes, at + ospfv3.ROUTER_ID, end)
    ipv4(notes, at + ospfv3.AREA_ID, end)
    keep(notes, at + ospfv3.CHECKSUM, ospfv3.HEADER_LEN - ospfv3.CHECKSUM, end)
    if at + ospfv2.AUTHENTICATION > end:
        return
    is_3 = u8(data, at) == 3
    if is_3:
        check(notes, CHECKSUM, at + ospfv3.CHECKSUM, at, end, ip_protocols.OSPF, wire - at)
    elif u16(data, at + ospfv2.AU_TYPE) != ospfv2.CRYPTOGRAPHIC:  # which has none
        check(notes, CHECKSUM, at + ospfv3.CHECKSUM, at, end, 0, wire - at)
