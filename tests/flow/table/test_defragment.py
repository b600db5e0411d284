"""Fragments that scapy makes are put together again, in any order; what overlaps or is not whole is not."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, UDP, fragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, fragment6
from scapy.packet import Packet

from rawkit.decode import Decoder, Packets, layout
from rawkit.flow import layout as layout_of_flows
from rawkit.flow.conn_log.record import FlowRecord, flow_record
from rawkit.flow.table import defragment
from rawkit.flow.table.defragment import Defragmenter, _Part, _Waiting
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch

SECOND = 10**9
BODY = random.Random(1).randbytes(2500)
DATAGRAM = UDP(sport=40000, dport=9000) / BODY
V4 = IP(src="192.0.2.10", dst="198.51.100.20", id=7) / DATAGRAM
V6_HEADER = IPv6(src="2001:db8:1::10", dst="2001:db8:2::20")
V6 = V6_HEADER / IPv6ExtHdrFragment(id=7) / DATAGRAM
OPTIONS = V6_HEADER / IPv6ExtHdrHopByHop() / IPv6ExtHdrFragment(id=7) / IPv6ExtHdrDestOpt() / DATAGRAM
PACKETS = {"ipv4": V4, "ipv6": V6, "ipv6 with options": OPTIONS}


def fragments(packet: Packet) -> list[bytes]:
    """Three fragments, as scapy cuts the packet."""
    parts = fragment(packet, fragsize=1000) if isinstance(packet, IP) else fragment6(packet, 1060)
    assert len(parts) == 3
    return [bytes(part) for part in parts]


@pytest.fixture
def put_together(interpreted):
    """The packets as the flow kernel sees them."""

    def call(frames: Sequence[bytes], times: Sequence[int] | None = None, defragmenter: Defragmenter | None = None):
        batch = FrameBatch.from_frames(list(frames), times, link_type=101)
        return (defragmenter or Defragmenter(interpreted)).reassemble(Decoder(interpreted).decode(batch))

    return call


def whole(packets: Packets) -> list[int]:
    """The rows that are whole packets."""
    return np.nonzero(packets.rows[:, layout.FRAGMENT] == -1)[0].tolist()


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_in_any_order_the_last_fragment_is_the_packet(put_together, packet, order):
    parts = fragments(packet)
    found = put_together([parts[place] for place in order])
    assert whole(found) == [2]
    assert found.payload(2) == BODY
    assert found["udp.dstport"].values.tolist()[2] == 9000
    assert (found["udp.length"].values[2], found["udp.length"].mask[2]) == (len(BODY) + 8, True)


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
def test_scapy_reads_the_packet_like_the_one_it_cut(put_together, packet):
    found = put_together(fragments(packet))
    rebuilt = type(packet)(found.batch.frame(2))
    assert bytes(rebuilt[UDP].payload) == BODY
    assert (rebuilt.src, rebuilt.dst) == (packet.src, packet.dst)
    assert not rebuilt.haslayer(IPv6ExtHdrFragment)
    if isinstance(packet, IP):
        assert (rebuilt.len, rebuilt.flags, rebuilt.frag) == (20 + 8 + len(BODY), 0, 0)
    else:
        assert rebuilt.plen == len(bytes(rebuilt)) - 40


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
@pytest.mark.parametrize("missing", range(3))
def test_without_one_of_them_there_is_no_packet(put_together, packet, missing):
    parts = fragments(packet)
    del parts[missing]
    assert whole(put_together(parts)) == []


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
def test_a_fragment_that_comes_twice_is_no_overlap(put_together, packet):
    first, second, third = fragments(packet)
    assert whole(put_together([first, first, second, second, third])) == [4]


@pytest.mark.parametrize("place", [1, 2])
def test_fragments_that_overlap_make_no_packet(put_together, place):
    """RFC 5722 for IPv6; the same for IPv4, where Linux does it too (since 2018)."""
    parts = fragments(V4)
    overlapping = IP(parts[1])
    overlapping.frag -= 1
    overlapping.len = overlapping.chksum = None
    parts.insert(place, bytes(overlapping))
    assert whole(put_together(parts)) == []


def test_the_same_bytes_with_other_content_make_no_packet(put_together):
    first, second, third = fragments(V4)
    other = second[:-1] + bytes([second[-1] ^ 1])
    assert whole(put_together([first, second, other, third])) == []


def test_packets_that_mix_on_the_way_stay_apart(put_together):
    """Another identification, another address, another protocol: another packet."""
    other = V4.copy()
    other.id = 8
    turned = V4.copy()
    turned.src, turned.dst = V4.dst, V4.src
    mixed = [part for parts in zip(*map(fragments, (V4, other, turned, V6)), strict=True) for part in parts]
    found = put_together(mixed)
    assert whole(found) == [8, 9, 10, 11]
    assert [found.payload(row) for row in range(8, 12)] == [BODY] * 4


def test_across_batches(put_together, interpreted):
    keeper = Defragmenter(interpreted)
    parts = fragments(V6)
    assert [whole(put_together([part], defragmenter=keeper)) for part in parts] == [[], [], [0]]


@pytest.mark.parametrize(("pause", "rows"), [(29, [2]), (31, [])])
def test_fragments_wait_thirty_seconds(put_together, pause, rows):
    """Linux's ipfrag_time."""
    times = [10 * SECOND, 11 * SECOND, (10 + pause) * SECOND]
    assert whole(put_together(fragments(V4), times)) == rows


def test_a_flood_of_first_fragments_takes_bounded_memory(put_together, interpreted, monkeypatch):
    monkeypatch.setattr(defragment, "MOST_PACKETS", 16)
    keeper = Defragmenter(interpreted)
    head = fragments(V4)[0]
    flood = [head[:4] + number.to_bytes(2, "big") + head[6:] for number in range(100, 400)]
    assert whole(put_together([*flood, *fragments(V4)], defragmenter=keeper)) == [302]
    assert len(keeper._waiting) <= 16


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
def test_the_flow_has_the_whole_packet_once(interpreted, packet):
    """Whose number goes to the last fragment, as Wireshark has it."""
    follower = FlowTracker(interpreted)
    batch = FrameBatch.from_frames(fragments(packet), link_type=101)
    assert follower.track(Decoder(interpreted).decode(batch)).stream.tolist() == [-1, -1, 0]
    assert len(follower.finish()) == 1


def test_a_last_fragment_that_makes_too_long_a_packet_is_none(put_together):
    """The ping of death: an end beyond 65,535 bytes."""
    first, _, last = fragments(V4)
    beyond = IP(last)
    beyond.frag = 8189
    beyond.len = beyond.chksum = None
    assert whole(put_together([first, bytes(beyond)])) == []


def flows(engine, batch: FrameBatch) -> list[FlowRecord]:
    follower = FlowTracker(engine)
    follower.track(Decoder(engine).decode(batch))
    return [flow_record(event[layout_of_flows.EVENT_ROW :]) for event in follower.finish().tolist()]


@pytest.mark.parametrize("kept", [60, 96, 200])
@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
def test_fragments_cut_by_the_snap_length_are_one_packet(interpreted, packet, kept):
    """Its size is known, and its ports: what is missing is payload."""
    parts = fragments(packet)
    kept = max(kept, parts[0].index(b"\x9c@") + 8)
    batch = FrameBatch.from_frames(
        [part[:kept] for part in parts], link_type=101, lengths=[len(part) for part in parts]
    )
    (flow,) = flows(interpreted, batch)
    assert (flow.orig.port, flow.resp.port, flow.orig_bytes, flow.orig_pkts) == (40000, 9000, len(BODY), 1)


def pieces(count, identification=7, size=8):
    """One packet in so many fragments."""
    head = bytes(IP(src="192.0.2.10", dst="198.51.100.20", id=identification, proto=17, len=20 + size))
    for number in range(count):
        place = number * size // 8 | (0x2000 if number < count - 1 else 0)
        yield head[:6] + place.to_bytes(2, "big") + head[8:] + number.to_bytes(2, "big") * (size // 2)


@pytest.mark.parametrize("order", [1, -1])
def test_one_packet_in_thousands_of_fragments_costs_no_more_each(put_together, order):
    """The most that an IPv4 packet can have; each was compared with all before: 2.3 s."""
    frames = list(pieces(8190))[::order]
    begun = time.process_time()
    few = whole(put_together(frames[:800]))
    middle = time.process_time()
    assert (few, whole(put_together(frames))) == ([], [8189])
    assert time.process_time() - middle < 40 * (middle - begun) + 0.5  # 100 times as much where it is quadratic


def test_unfinished_packets_that_grow_take_bounded_memory_and_are_counted(put_together, interpreted, monkeypatch):
    monkeypatch.setattr(defragment, "MOST_HELD", 100 * (defragment.EACH + 8))
    keeper = Defragmenter(interpreted)
    unfinished = [list(pieces(31, identification))[:30] for identification in range(100, 110)]
    mixed = [frames[place] for place in range(30) for frames in unfinished]
    assert whole(put_together([*mixed, *fragments(V4)], defragmenter=keeper)) == [302]
    assert keeper._held <= 101 * (defragment.EACH + 8)
    assert keeper.given_up >= 6


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4), st.booleans()), max_size=12))
def test_overlaps_are_found_as_byte_by_byte(added):
    """Against a table of which bytes are there."""
    waiting, there, total = _Waiting(0), {}, None
    for eighths, size, more in added:
        offset, part = eighths * 8, _Part(bytes(size * 8), size * 8)
        end = offset + part.size
        known = there.get(offset) == part.size
        bad = more and not size
        bad = bad or any(start < max(end, offset + 1) and offset < start + kept for start, kept in there.items())
        bad = bad or (offset in there) or (not more and total not in (None, end))
        if known and not (more and not size):
            assert waiting.add(offset, more, part)
            continue
        total = end if not more and not bad else total
        there |= {} if bad else {offset: part.size}
        bad = bad or (total is not None and max((start + kept for start, kept in there.items()), default=0) > total)
        assert waiting.add(offset, more, part) == (not bad)
        if bad:
            return
