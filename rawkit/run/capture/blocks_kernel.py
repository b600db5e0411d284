"""The frames in a block of a receive ring, made into records of a pcap file where they lie. See `rawkit.kernels`.

The system leaves more room before each frame than the header of a record takes. That header goes there, over a
sockaddr_ll that nobody needs any more, and writev(2) writes header and frame as one piece.
"""

from __future__ import annotations

from typing import Final

from rawkit.facts import ethertypes
from rawkit.files.layout import PCAP_RECORD
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import within
from rawkit.sockets.layout import (
    TP_LEN,
    TP_MAC,
    TP_NSEC,
    TP_SEC,
    TP_SNAPLEN,
    TP_STATUS,
    TP_STATUS_VLAN_TPID_VALID,
    TP_STATUS_VLAN_VALID,
    TP_VLAN_TCI,
    TP_VLAN_TPID,
)

FORCE_INLINE: Final = True

HEAD_WORDS: Final = 10
"""32-bit words of a frame's tpacket3_hdr that are read."""
TAG: Final = 4
"""Bytes of a VLAN tag (IEEE 802.1Q)."""
TAG_AT: Final = 12
"""Where it stands in an Ethernet frame: behind the addresses."""


def lay_records(
    words: Ints,
    halves: Ints,
    data: Ints,
    address: int,
    first: int,
    count: int,
    snaplen: int,
    tagged: int,
    vectors: Ints,
    portions: Ints,
    most_bytes: int,
    most_records: int,
) -> int:
    """Makes records of `count` frames of a block, and says where they are; returns the number of portions.

    Args:
        words: the block in 32-bit words.
        halves: the block in 16-bit words.
        data: the block in bytes.
        address: where the block is in memory.
        first: where the first frame's tpacket3_hdr is in the block.
        count: of the frames.
        snaplen: the most bytes of a frame that are kept.
        tagged: 1 where VLAN tags that the system took off are put back, as in Ethernet frames; else 0.
        vectors: gets a struct iovec for each record: its address and its size.
        portions: gets the number of records, and their bytes, of each portion, to be written at once.
        most_bytes: a portion ends with the record that fills up so many bytes.
        most_records: the most records of a portion.
    """
    place, portion, records, size = first, 0, 0, 0
    for row in range(count):
        begin, taken = lay_record(words, halves, data, place, snaplen, tagged)
        within(data, begin, taken)
        vectors[2 * row] = address + begin
        vectors[2 * row + 1] = taken
        records += 1
        size += taken
        if size >= most_bytes or records == most_records or row == count - 1:
            portions[2 * portion] = records
            portions[2 * portion + 1] = size
            portion, records, size = portion + 1, 0, 0
        place += words[place >> 2]
    return portion


def lay_record(words: Ints, halves: Ints, data: Ints, place: int, snaplen: int, tagged: int) -> tuple[int, int]:
    """Lays the header of the record of the frame at `place`; returns where the record begins, and its bytes."""
    head = place >> 2
    within(words, head, HEAD_WORDS)
    start = place + halves[place + TP_MAC >> 1]
    captured, length = words[head + (TP_SNAPLEN >> 2)] + 0, words[head + (TP_LEN >> 2)] + 0
    if tagged != 0 and words[head + (TP_STATUS >> 2)] & TP_STATUS_VLAN_VALID != 0 and captured >= TAG_AT:
        put_tag_back(words, halves, data, place, start)
        start, captured, length = start - TAG, captured + TAG, length + TAG
    captured = min(captured, snaplen)
    begin = start - PCAP_RECORD
    within(data, begin, PCAP_RECORD)
    lay_word(data, begin, words[head + (TP_SEC >> 2)] + 0)
    lay_word(data, begin + 4, words[head + (TP_NSEC >> 2)] + 0)
    lay_word(data, begin + 8, captured)
    lay_word(data, begin + 12, length)
    return begin, captured + PCAP_RECORD


def lay_word(data: Ints, place: int, word: int) -> None:
    """Writes 32 bits, the lowest first."""
    data[place] = word & 0xFF
    data[place + 1] = word >> 8 & 0xFF
    data[place + 2] = word >> 16 & 0xFF
    data[place + 3] = word >> 24 & 0xFF


def put_tag_back(words: Ints, halves: Ints, data: Ints, place: int, start: int) -> None:
    """Moves the addresses of the frame at `start` to the front, and writes its tag behind them."""
    within(data, start - TAG, TAG_AT + TAG)
    for byte in range(start, start + TAG_AT):
        data[byte - TAG] = data[byte]
    known = words[place + TP_STATUS >> 2] & TP_STATUS_VLAN_TPID_VALID != 0
    protocol = halves[place + TP_VLAN_TPID >> 1] + 0 if known else ethertypes.VLAN
    control = words[place + TP_VLAN_TCI >> 2] + 0
    tag = start - TAG + TAG_AT
    data[tag] = protocol >> 8 & 0xFF
    data[tag + 1] = protocol & 0xFF
    data[tag + 2] = control >> 8 & 0xFF
    data[tag + 3] = control & 0xFF
