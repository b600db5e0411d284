"""Answers to each kind of probe as scapy builds them, and what is no answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_NOP, fragment
from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6TimeExceeded, IPv6
from scapy.layers.l2 import Ether

from rawkit.facts.status import CSUM_NOT_READY
from rawkit.frames import FrameBatch
from rawkit.linktypes import LINUX_SLL2, RAW
from rawkit.probe.scan import kinds as answers
from rawkit.probe.scan.answers import Heads, read_answers
from rawkit.probe.scan.kinds import KINDS, SYN_SCAN
from rawkit.probe.scan.packets import packets

PORT, COOKIE = 61001, 0xFFFFFFFF
CLIENT, SERVER, ROUTER = "192.0.2.10", "192.0.2.20", "192.0.2.1"
CLIENT6, SERVER6, ROUTER6 = "2001:db8::10", "2001:db8::20", "2001:db8::1"
LINK = Ether(src="00:00:5e:00:53:02", dst="00:00:5e:00:53:01")  # else scapy asks the network
SYN = TCP(sport=PORT, dport=80, seq=COOKIE, flags="S")


def reply(flags, **fields):
    return TCP(**({"sport": 80, "dport": PORT, "ack": (COOKIE + 1) % (1 << 32), "flags": flags} | fields))


def read(*those, link_type=1, scan=SYN_SCAN):
    frames = [bytes(LINK / packet if link_type == 1 else packet) for packet in those]
    stamps = list(range(1, len(frames) + 1))
    return read_answers(Heads.of(packets(FrameBatch.from_frames(frames, stamps, link_type))), PORT, scan)


def told(found, row=0):
    ends, sender = found.ends, found.sender
    return (
        str(ends.address(row)),
        int(ends.port[row]),
        int(found.kind[row]),
        int(found.token[row]),
        str(sender.address(row)),
        int(found.ttl[row]),
        int(found.at[row]),
    )


@pytest.mark.parametrize("link_type", [1, RAW])
@pytest.mark.parametrize("flags", ["SA", "SAE", "R", "RA", "A"])
def test_segments(flags, link_type):
    kind = {"S": answers.SYN_ACK, "R": answers.RESET, "A": answers.CHALLENGE}[flags[0]]
    for packet, host in (
        (IP(src=SERVER, dst=CLIENT, ttl=63), SERVER),
        (IPv6(src=SERVER6, dst=CLIENT6, hlim=63), SERVER6),
    ):
        found = read(packet / reply(flags, options=[("MSS", 1460)]), link_type=link_type)
        assert told(found) == (host, 80, kind, COOKIE, host, 63, 1)


def test_a_syn_in_answer_is_told_apart():
    found = read(IP(src=SERVER, dst=CLIENT) / reply("S", ack=0, seq=COOKIE))
    assert told(found)[:3] == (SERVER, 80, answers.SYN)


def test_where_an_answer_went_is_told():
    error = ICMP(type=3, code=13) / IP(src=CLIENT, dst=SERVER) / SYN
    error6 = ICMPv6DestUnreach(code=1) / IPv6(src=CLIENT6, dst=SERVER6) / SYN
    found = read(
        IP(src=SERVER, dst=CLIENT) / reply("SA"),
        IPv6(src=SERVER6, dst=CLIENT6) / reply("RA"),
        IP(src=ROUTER, dst=CLIENT) / error,
        IPv6(src=ROUTER6, dst=CLIENT6) / error6,
    )
    assert [str(found.own.address(row)) for row in range(4)] == [CLIENT, CLIENT6, CLIENT, CLIENT6]


def test_header_options_and_mixed_batches():
    found = read(
        IP(src=SERVER, dst=CLIENT, options=[IPOption_NOP()] * 4) / reply("SA"),
        IPv6(src=SERVER6, dst=CLIENT6) / reply("RA"),
        IP(src=ROUTER, dst=CLIENT, ttl=9) / ICMP(type=3, code=13) / IP(src=CLIENT, dst=SERVER) / SYN,
        IP(src=SERVER, dst=CLIENT) / reply("RA"),
    )
    rows = sorted(told(found, row) for row in range(len(found)))
    assert sorted((host, kind, at) for host, _, kind, _, _, _, at in rows) == [
        (SERVER, answers.SYN_ACK, 1),
        (SERVER, answers.RESET, 4),
        (SERVER, answers.ICMP | 3 << 8 | 13, 3),
        ("2001:db8::20", answers.RESET, 2),
    ]


@pytest.mark.parametrize("code", [0, 1, 2, 3, 9, 10, 13])
@pytest.mark.parametrize("quoted", [8, 20, None])
def test_icmp_errors(code, quoted):
    probe = bytes(IP(src=CLIENT, dst=SERVER, options=[IPOption_NOP()] * 8) / SYN)[
        : None if quoted is None else 28 + quoted
    ]
    found = read(IP(src=ROUTER, dst=CLIENT, ttl=62) / ICMP(type=3, code=code) / probe)
    assert told(found) == (SERVER, 80, answers.ICMP | 3 << 8 | code, COOKIE, ROUTER, 62, 1)


@pytest.mark.parametrize("error", [ICMPv6DestUnreach(code=4), ICMPv6DestUnreach(code=1), ICMPv6TimeExceeded()])
def test_icmpv6_errors(error):
    found = read(IPv6(src=ROUTER6, dst=CLIENT6) / error / IPv6(src=CLIENT6, dst=SERVER6) / SYN)
    kind = answers.ICMPV6 | error.type << 8 | error.code
    assert told(found) == (SERVER6, 80, kind, COOKIE, ROUTER6, 64, 1)


@pytest.mark.parametrize(
    "packet",
    [
        IP(src=SERVER, dst=CLIENT) / reply("SA", dport=PORT + 1),
        IP(src=SERVER, dst=CLIENT) / reply("SF"),
        IP(src=SERVER, dst=CLIENT) / reply("FA"),
        IP(src=SERVER, dst=CLIENT, frag=1) / reply("SA"),
        IP(src=SERVER, dst=CLIENT) / reply("SA", chksum=0x1234),
        IPv6(src=SERVER6, dst=CLIENT6) / reply("SA", chksum=0x1234),
        IP(src=ROUTER, dst=CLIENT) / ICMP(type=3, code=4) / IP(src=CLIENT, dst=SERVER) / SYN,
        IP(src=ROUTER, dst=CLIENT) / ICMP(type=8) / IP(src=CLIENT, dst=SERVER) / SYN,
        IP(src=ROUTER, dst=CLIENT) / ICMP(type=3, code=3, chksum=1) / IP(src=CLIENT, dst=SERVER) / SYN,
        IP(src=ROUTER, dst=CLIENT) / ICMP(type=3, code=3) / IP(src=CLIENT, dst=SERVER) / TCP(sport=1, dport=80),
        IP(src=ROUTER, dst=CLIENT) / ICMP(type=3, code=3) / bytes(IP(src=CLIENT, dst=SERVER) / SYN)[:27],
    ],
)
def test_what_is_no_answer(packet):
    assert len(read(packet)) == 0


def test_a_checksum_that_the_sender_left_to_its_card_is_not_looked_at():
    frame = bytes(LINK / IP(src=SERVER, dst=CLIENT) / reply("SA", chksum=0x1234))
    batch = FrameBatch.from_frames([frame])
    batch.status[:] = CSUM_NOT_READY
    assert len(read_answers(Heads.of(packets(batch)), PORT)) == 1


@given(st.lists(st.binary(max_size=200), max_size=8), st.sampled_from([1, RAW, LINUX_SLL2]))
def test_no_bytes_make_it_raise(frames, link_type):
    for scan in (SYN_SCAN, KINDS["udp"], KINDS["ack"]):
        batch = packets(FrameBatch.from_frames(frames, link_type=link_type))
        found = read_answers(Heads.of(batch), PORT, scan)
    assert len(found) <= len(frames)


@given(st.integers(0, 80), st.sampled_from(["SA", "RA"]))
def test_frames_that_are_cut(size, flags):
    frame = bytes(LINK / IP(src=SERVER, dst=CLIENT) / reply(flags))
    found = read_answers(Heads.of(packets(FrameBatch.from_frames([frame[:size]]))), PORT)
    assert len(found) == (size >= len(frame))


def test_batches_of_different_widths_are_joined():
    one = Heads.of(FrameBatch.from_frames([bytes(IP(src=SERVER, dst=CLIENT) / reply("RA"))], [5]))
    other = Heads.of(FrameBatch.from_frames([bytes(IPv6(src=SERVER6, dst=CLIENT6) / reply("SA"))], [6]))
    found = read_answers(Heads.joined([one, other]), PORT)
    assert np.array_equal(found.kind, [answers.RESET, answers.SYN_ACK])
    assert found.at.tolist() == [5, 6]


@pytest.mark.parametrize("frames", [[b"short", b"x" * 60, b"longest" * 99], [b"longest" * 99, b"x" * 60, b"short"]])
def test_heads_are_the_first_bytes_wherever_the_frames_lie(frames):
    """Behind a short frame at the end the data has too few bytes, elsewhere those of the next frame."""
    heads = Heads.of(FrameBatch.from_frames(frames))
    width = heads.table.shape[1]
    assert [row.tobytes() for row in heads.table] == [frame[:width].ljust(width, b"\0") for frame in frames]
    assert heads.size.tolist() == [min(len(frame), width) for frame in frames]


UDP_SCAN, ACK_SCAN = KINDS["udp"], KINDS["ack"]
IDENT = 0xBEEF << 32
PROBE = UDP(sport=PORT, dport=53) / b"question"
DATAGRAMS = {4: IP(src=SERVER, dst=CLIENT, ttl=63), 6: IPv6(src=SERVER6, dst=CLIENT6, hlim=63)}


@pytest.mark.parametrize("size", [0, 5, 120, 1000])
@pytest.mark.parametrize("version", [4, 6])
def test_datagrams(version, size):
    """Also those of which only the head is looked at."""
    found = read(DATAGRAMS[version] / UDP(sport=53, dport=PORT) / bytes(size), scan=UDP_SCAN)
    host = {4: SERVER, 6: SERVER6}[version]
    assert told(found) == (host, 53, answers.DATAGRAM, 0, host, 63, 1)
    assert int(found.known[0]) == 0


def test_a_datagram_without_a_checksum_is_one_in_ipv4_alone():
    assert len(read(DATAGRAMS[4] / UDP(sport=53, dport=PORT, chksum=0) / b"x", scan=UDP_SCAN)) == 1
    assert len(read(DATAGRAMS[6] / UDP(sport=53, dport=PORT, chksum=0) / b"x", scan=UDP_SCAN)) == 0


def test_the_first_fragment_of_a_datagram_is_an_answer():
    """Its checksum is over what comes behind, too."""
    whole = IP(src=SERVER, dst=CLIENT) / UDP(sport=53, dport=PORT) / bytes(range(80))
    first, second = fragment(whole, fragsize=48)
    assert [len(read(one, scan=UDP_SCAN)) for one in (first, second)] == [1, 0]


@pytest.mark.parametrize("quoted", [8, 16, None])
def test_errors_quote_a_datagrams_cookie_in_the_ip_header(quoted):
    probe = bytes(IP(src=CLIENT, dst=SERVER, id=0xBEEF) / PROBE)[: None if quoted is None else 20 + quoted]
    found = read(IP(src=SERVER, dst=CLIENT) / ICMP(type=3, code=3) / probe, scan=UDP_SCAN)
    assert told(found) == (SERVER, 53, answers.REFUSALS[0], IDENT, SERVER, 64, 1)
    assert int(found.known[0]) == 0xFFFF << 32
    probe6 = bytes(IPv6(src=CLIENT6, dst=SERVER6, fl=0xABCDE) / PROBE)[: None if quoted is None else 40 + quoted]
    found = read(IPv6(src=SERVER6, dst=CLIENT6) / ICMPv6DestUnreach(code=4) / probe6, scan=UDP_SCAN)
    assert told(found) == (SERVER6, 53, answers.REFUSALS[1], 0xABCDE << 32, SERVER6, 64, 1)
    assert int(found.known[0]) == 0xFFFFF << 32


@pytest.mark.parametrize(
    "packet",
    [
        IP(src=SERVER, dst=CLIENT) / UDP(sport=53, dport=PORT + 1) / b"x",
        IP(src=SERVER, dst=CLIENT) / UDP(sport=53, dport=PORT, chksum=0x1234) / b"x",
        IP(src=SERVER, dst=CLIENT) / reply("SA"),
        IP(src=ROUTER, dst=CLIENT) / ICMP(type=3, code=3) / IP(src=CLIENT, dst=SERVER) / SYN,
        IP(src=ROUTER, dst=CLIENT) / ICMP(type=3, code=3) / IP(src=CLIENT, dst=SERVER) / UDP(sport=1, dport=53),
        IP(src=ROUTER, dst=CLIENT) / ICMP(type=3, code=3) / bytes(IP(src=CLIENT, dst=SERVER) / PROBE)[:27],
    ],
)
def test_what_is_no_answer_to_a_datagram(packet):
    assert len(read(packet, scan=UDP_SCAN)) == 0


@pytest.mark.parametrize("fields", [{"flags": "R", "seq": COOKIE, "ack": 0}, {"flags": "RA", "seq": 0}])
def test_a_reset_of_an_ack_begins_where_that_acknowledged(fields):
    """RFC 9293 section 3.10.7.1; of one that has an acknowledgment all the same, that is looked at."""
    found = read(IP(src=SERVER, dst=CLIENT) / reply(fields.pop("flags"), **fields), scan=ACK_SCAN)
    assert told(found)[:4] == (SERVER, 80, answers.RESET, COOKIE)
