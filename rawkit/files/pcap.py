"""Reading pcap: the file header, and the walk over its records (draft-ietf-opsawg-pcap; libpcap's sf-pcap.c)."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np

from rawkit.errors import CaptureError
from rawkit.files.columns import DAMAGE, WALK_KERNEL, WALK_SHARE, Columns, Taken
from rawkit.files.interfaces import Interface
from rawkit.files.layout import PCAP_HEADER, PCAP_MODIFIED_RECORD, PCAP_RECORD, POSITION, STATE, STOP
from rawkit.files.pcap_head import MICROSECONDS, NANOSECONDS
from rawkit.frames import Bytes
from rawkit.kernels import Engine
from rawkit.values import dataclass

MODIFIED: Final = 0xA1B2CD34

_TICKS: Final = {MICROSECONDS: 1000, NANOSECONDS: 1, MODIFIED: 1000}
MAGICS: Final = {struct.pack(order, magic): (magic, flip) for magic in _TICKS for order, flip in (("<I", 0), (">I", 3))}
"""First four bytes of a pcap file, to its magic number and the kernels' `flip`."""


@dataclass(frozen=True, slots=True)
class PcapHeader:
    """A pcap file header, as the walk needs it.

    Attributes:
        flip: 0 for a little-endian file, 3 for a big-endian one.
        record: bytes before each packet.
        swapped: 2 where captured and original length have changed places, 1 where they may have, 0 where not.
        tick: nanoseconds of one unit of the fraction of a timestamp.
        interface: link type and snaplen.
    """

    flip: int
    record: int
    swapped: int
    tick: int
    interface: Interface


def read_header(raw: bytes, name: str) -> PcapHeader:
    """Takes a file header of 24 bytes apart; CaptureError for a version that nobody writes.

    >>> read_header(bytes.fromhex("d4c3b2a1 02000400 00000000 00000000 00000400 01000000"), "x").interface.snaplen
    262144
    """
    magic, flip = MAGICS[raw[:4]]
    order = ">" if flip else "<"
    major, minor, _zone, _sigfigs, snaplen, link = struct.unpack(f"{order}HHIIII", raw[4:PCAP_HEADER])
    if (major, minor) != (543, 0) and major != 2:
        raise CaptureError(f"{name}: pcap version {major}.{minor}: rawkit reads version 2")
    interface = Interface(link_type=link & 0xFFFF, snaplen=snaplen, resolution=9 if magic == NANOSECONDS else 6)
    record = PCAP_MODIFIED_RECORD if magic == MODIFIED else PCAP_RECORD
    return PcapHeader(flip, record, _swapped(major, minor), _TICKS[magic], interface)


def _swapped(major: int, minor: int) -> int:
    """Until version 2.3 the lengths stood the other way round, in 2.3 either way (libpcap's sf-pcap.c)."""
    if major == 543 or minor < 3:
        return 2
    return 1 if minor == 3 else 0


class PcapWalk:
    """Takes pcap records from windows of a file."""

    def __init__(self, header: PcapHeader, engine: Engine) -> None:
        self._header, self._engine = header, engine
        self._work = 0
        self.remarks: list[str] = []

    def take(self, window: Bytes) -> Taken:
        """The whole records at the beginning of the window."""
        columns, state, header = Columns(window), np.zeros(STATE, dtype=np.int64), self._header
        rows = self._engine.call(
            WALK_KERNEL,
            "walk_pcap",
            self._work,
            window,
            state,
            header.flip,
            header.record,
            header.swapped,
            header.tick,
            columns.offset,
            columns.captured,
            columns.length,
            columns.timestamp,
            columns.status,
        )
        self._work = rows // WALK_SHARE
        columns.link_type[:rows] = header.interface.link_type
        batch = columns.batch(rows, columns.timestamp[:rows])
        return Taken(batch, int(state[POSITION]), DAMAGE.get(int(state[STOP])))
