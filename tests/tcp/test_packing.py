"""Segments as bytes, held against scapy's; and options that are wrong."""

from __future__ import annotations

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6

from rawkit.tcp.packing import pack, unpack
from rawkit.tcp.pair import FLOW
from rawkit.tcp.segment import Segment
from rawkit.wire.checksum import fill, transport_checksum
from tests.tcp.scripted import SIX

CASES = [
    (Segment(1, 2, 0x18, 500, b"data"), "PA", []),
    (Segment(7, 0, 0x02, 65535, mss=1460, scale=7, sack_permitted=True, timestamps=(5, 0)), "S",
     [("MSS", 1460), ("NOP", None), ("NOP", None), ("SAckOK", b""), ("NOP", None), ("NOP", None), ("Timestamp", (5, 0)),
      ("NOP", None), ("WScale", 7)]),
    (Segment(9, 3, 0x10, 10, sack=((1, 5), (8, 9)), timestamps=(5, 6)), "A",
     [("NOP", None), ("NOP", None), ("Timestamp", (5, 6)), ("NOP", None), ("NOP", None), ("SAck", (1, 5, 8, 9))]),
    (Segment(9, 3, 0x30, 10, b"abc", urgent=2), "UA", []),
]  # fmt: skip


@pytest.mark.parametrize("flow", [FLOW, SIX], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize(("segment", "flags", "options"), CASES)
def test_bytes_are_scapys(flow, segment, flags, options):
    ip = IP if flow.local.version == 4 else IPv6
    tcp = TCP(
        sport=flow.local_port, dport=flow.remote_port, seq=segment.seq, ack=segment.ack, flags=flags,
        window=segment.window, urgptr=segment.urgent, options=options,
    )  # fmt: skip
    packet = ip(src=str(flow.local), dst=str(flow.remote)) / tcp / segment.payload
    expected = bytes(packet)[20 if ip is IP else 40 :]
    assert pack(segment, flow) == expected
    assert unpack(expected, flow.reversed) == segment


def with_options(options: bytes) -> Segment | None:
    size = 20 + len(options)
    header = bytes.fromhex("9c40 0050 00000001 00000002") + bytes((size // 4 << 4, 0x10)) + bytes(6) + options
    return unpack(fill(header, 16, transport_checksum("tcp", FLOW.local, FLOW.remote, 6, header)), FLOW.reversed)


@pytest.mark.parametrize(
    ("options", "mss"),
    [
        ("02040218", 536),  # MSS
        ("01010101 02040218", 536),
        ("00000000 02040218", None),  # behind the end of the list
        ("1e040000 02040218", 536),  # an option nobody knows, with a length: MUST-6
        ("1e000000 02040218", None),  # with length 0: MUST-7
        ("02040218 1e000000", 536),
        ("02030500", None),  # MSS with a wrong length
        ("02040218 03ff0000", 536),  # longer than the header
    ],
)
def test_options(options, mss):
    segment = with_options(bytes.fromhex(options))
    assert segment is not None
    assert segment.mss == mss


@pytest.mark.parametrize(("shift", "taken"), [(7, 7), (14, 14), (15, 14), (255, 14)])
def test_a_shift_over_14_is_14(shift, taken):
    segment = with_options(bytes((3, 3, shift, 1)))
    assert segment is not None
    assert segment.scale == taken


def test_what_is_damaged_is_none():
    packed = pack(CASES[1][0], FLOW)
    assert unpack(packed, FLOW.reversed) is not None
    for place in range(len(packed)):
        damaged = packed[:place] + bytes((packed[place] ^ 1,)) + packed[place + 1 :]
        assert unpack(damaged, FLOW.reversed) is None
        assert unpack(packed[:place], FLOW.reversed) is None
