"""Segments as bytes: headers are packed and read by `rawkit.wire`."""

from __future__ import annotations

from struct import Struct
from typing import Final

from rawkit.errors import DecodeError
from rawkit.facts import ip_protocols, tcp_options
from rawkit.facts.tcp import DATA_OFFSET, DATA_OFFSET_MASK, DATA_OFFSET_SHIFT, FLAGS_MASK, HEADER_LEN
from rawkit.tcp.flow import Flow
from rawkit.tcp.segment import Segment
from rawkit.values import replace
from rawkit.wire.checksum import internet_checksum, pseudo_header
from rawkit.wire.fields import Buffer
from rawkit.wire.options import Nop, pack_options, walk
from rawkit.wire.tcp import Tcp
from rawkit.wire.tcp_options import Mss, Sack, SackPermitted, TcpOption, Timestamps, WindowScale

_FIXED: Final = Struct("!HHIIHHHH")
_PAIR: Final = Struct("!II")
_SCALE_MAX: Final = 14
"""RFC 7323, section 2.3: a larger shift is taken for this one."""


def options_of(segment: Segment) -> tuple[TcpOption, ...]:
    """The options of a segment, laid out as Linux does: what has 4 bytes stands at a multiple of 4.

    >>> options_of(Segment(timestamps=(1, 2)))
    (Nop(), Nop(), Timestamps(value=1, echo=2))
    """
    found: list[TcpOption] = []
    if segment.mss is not None:
        found.append(Mss(segment.mss))
    if segment.sack_permitted:
        found += (Nop(), Nop(), SackPermitted())
    if segment.timestamps is not None:
        found += (Nop(), Nop(), Timestamps(*segment.timestamps))
    if segment.scale is not None:
        found += (Nop(), WindowScale(segment.scale))
    if segment.sack:
        found += (Nop(), Nop(), Sack(segment.sack))
    return tuple(found)


def pack(segment: Segment, flow: Flow, *, whole_sum: bool = True) -> bytes:
    """The bytes of a segment that this end of the flow sends, with its checksum (MUST-2).

    Without `whole_sum` that is the sum of the pseudo-header alone, to which something below adds the rest.
    """
    header = Tcp(
        flow.local_port,
        flow.remote_port,
        segment.seq,
        segment.ack,
        segment.flags,
        segment.window,
        segment.urgent,
        options_of(segment),
    )
    if not whole_sum:
        size = HEADER_LEN + len(pack_options(header.options)) + len(segment.payload)
        pseudo = pseudo_header(flow.local, flow.remote, ip_protocols.TCP, size)
        header = replace(header, checksum=0xFFFF - internet_checksum(pseudo))
    return header.pack(segment.payload, src=flow.local, dst=flow.remote)


def unpack(data: Buffer, flow: Flow, *, is_right: bool = False) -> Segment | None:
    """The segment in bytes that this end of the flow received; None where they are none, or damaged.

    The checksum is checked (MUST-3) unless something below knows that it `is_right`, and so are the lengths. Options
    that are not known are passed over (MUST-6); one with a length that cannot be ends the list: those before it hold,
    as in Linux (MUST-7).
    """
    if len(data) < HEADER_LEN:
        return None
    size = (data[DATA_OFFSET] & DATA_OFFSET_MASK) >> DATA_OFFSET_SHIFT << 2
    if not HEADER_LEN <= size <= len(data):
        return None
    if not is_right and internet_checksum(pseudo_header(flow.remote, flow.local, ip_protocols.TCP, len(data)) + data):
        return None
    return read(data, size)


def read(data: Buffer, size: int) -> Segment:
    """The segment in bytes whose checksum is right and whose header has `size` bytes."""
    _src, _dst, seq, ack, word, window, _sum, urgent = _FIXED.unpack_from(data)
    payload = bytes(data[size:])
    if size == HEADER_LEN:
        return Segment(seq, ack, word & FLAGS_MASK, window, payload, urgent)
    mss, scale, permitted, sack, stamps = _read_options(bytes(data[:size]))
    return Segment(seq, ack, word & FLAGS_MASK, window, payload, urgent, mss, scale, permitted, sack, stamps)


_Options = tuple[int | None, int | None, bool, tuple[tuple[int, int], ...], tuple[int, int] | None]


def _read_options(header: bytes) -> _Options:
    mss: int | None = None
    scale: int | None = None
    permitted = False
    sack: tuple[tuple[int, int], ...] = ()
    stamps: tuple[int, int] | None = None
    try:
        for kind, _offset, found in walk("tcp", header, HEADER_LEN):
            size = len(found) + tcp_options.DATA
            if kind == tcp_options.TIMESTAMPS and size == tcp_options.TIMESTAMPS_LEN:
                stamps = _PAIR.unpack(found)
            elif kind == tcp_options.MSS and size == tcp_options.MSS_LEN:
                mss = int.from_bytes(found, "big")
            elif kind == tcp_options.WINDOW_SCALE and size == tcp_options.WINDOW_SCALE_LEN:
                scale = min(found[0], _SCALE_MAX)
            elif kind == tcp_options.SACK_PERMITTED and not found:
                permitted = True
            elif kind == tcp_options.SACK and len(found) % tcp_options.SACK_BLOCK_LEN == 0:
                sack = tuple(_PAIR.iter_unpack(found))
    except DecodeError:
        pass
    return mss, scale, permitted, sack, stamps
