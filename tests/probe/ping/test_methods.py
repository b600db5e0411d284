"""Probes and answers as bytes: built as scapy builds them, read as recorded hosts sent them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.probe.ping.icmp import IcmpEcho, payload
from rawkit.probe.ping.link import ArpRequest, Solicitation
from rawkit.probe.ping.results import Probe, Problem
from rawkit.probe.ping.tcp import TcpSyn
from rawkit.probe.ping.udp import UdpDatagram
from rawkit.probe.targets import Target

CLIENT, SERVER = IPv4Address("192.0.2.10"), IPv4Address("192.0.2.20")
CLIENT6, SERVER6 = IPv6Address("2001:db8::10"), IPv6Address("2001:db8::20")
MAC, MAC2 = bytes.fromhex("00005e005301"), bytes.fromhex("00005e005302")
UNREACHABLE = Problem(3, 1, 4)


class From:
    """This host has one address, and has spoken with all others but 203.0.113.9."""

    def __init__(self, address):
        self._address = address

    def address_for(self, target):
        return self._address

    def known(self, address):
        return None if address == ip_address("203.0.113.9") else self._address


def probe(seq, address=SERVER):
    return Probe(0, Target("server", address), seq)


def packets(path):
    with path.open("rb") as file:
        return [dpkt.ethernet.Ethernet(data) for _, data in dpkt.pcap.Reader(file)]


@given(st.integers(0, 65535), st.integers(1, 200_000), st.binary(max_size=100))
def test_echo_requests_are_those_of_scapy(ident, seq, data):
    from scapy.layers.inet import ICMP

    expected = bytes(ICMP(type=8, id=ident, seq=seq % 65536) / data)
    assert IcmpEcho(4, ident, data).request(probe(seq)) == expected


@given(st.integers(0, 65535), st.integers(1, 65535), st.binary(max_size=100))
def test_echo_requests_over_ipv6_are_those_of_scapy(ident, seq, data):
    from scapy.layers.inet6 import ICMPv6EchoRequest

    expected = bytes(ICMPv6EchoRequest(id=ident, seq=seq, data=data, cksum=0))
    assert IcmpEcho(6, ident, data).request(probe(seq, SERVER6)) == expected


@pytest.mark.parametrize(("name", "version"), [("ping", 4), ("ping6", 6)])
def test_recorded_echoes_are_read(root, name, version):
    """The kernels' replies in captures/ answer the requests that dpkt sees there."""
    requests, replies = [], []
    for frame in packets(root / "captures" / f"{name}.pcap"):
        message = bytes(frame.data.data)
        if message[0] in (8, 128):
            requests.append(message)
        elif message[0] in (0, 129):
            replies.append((message, str(ip_address(frame.data.src))))
    assert len(replies) >= 2
    ident = int.from_bytes(requests[0][4:6], "big")
    echo = IcmpEcho(version, ident, requests[0][8:])
    wire_seqs = [int.from_bytes(message[6:8], "big") for message in requests]
    found = [echo.answer(message, source, 64) for message, source in replies]
    assert [(answer.wire_seq, answer.corrupt) for answer in found] == [(seq, "") for seq in wire_seqs[: len(found)]]
    other = IcmpEcho(version, ident ^ 1, requests[0][8:])
    assert [other.answer(message, source, 64) for message, source in replies] == [None] * len(replies)
    assert echo.error(requests[0], "192.0.2.1", "192.0.2.254", UNREACHABLE).wire_seq == wire_seqs[0]


@given(st.binary(min_size=1, max_size=64), st.data())
def test_every_bit_that_is_turned_over_is_seen(data, draw):
    from scapy.layers.inet import ICMP

    echo = IcmpEcho(4, 7, data)
    reply = bytearray(bytes(ICMP(type=0, id=7, seq=1) / data))
    bit = draw.draw(st.integers(64, len(reply) * 8 - 1))
    reply[bit // 8] ^= 1 << bit % 8
    assert echo.answer(bytes(reply), "192.0.2.20", 64).corrupt == "bad checksum"


def test_data_that_differ_are_told_though_the_checksum_is_right():
    from scapy.layers.inet import ICMP

    echo = IcmpEcho(4, 7, b"abcd")
    wrong = bytes(ICMP(type=0, id=7, seq=1) / b"abXd")
    assert echo.answer(wrong, "192.0.2.20", 64).corrupt == "wrong data byte #2 should be 0x63 but was 0x58"
    short = bytes(ICMP(type=0, id=7, seq=1) / b"ab")
    assert echo.answer(short, "192.0.2.20", 64).corrupt == "2 data bytes of 4"


def test_the_fill_pattern_is_repeated():
    assert payload(5, b"\xff\x00").hex() == "ff00ff00ff"
    assert payload(300)[256:260] == payload(4)
    assert payload(0) == b""


@given(st.integers(1, 100_000), st.sampled_from([(CLIENT, SERVER), (CLIENT6, SERVER6)]))
def test_syns_are_whole_segments_and_their_answers_are_matched(seq, ends):
    from scapy.layers.inet import IP, TCP
    from scapy.layers.inet6 import IPv6

    client, server = ends
    syn = TcpSyn(80, 40000, 0xFFFFF000, From(client))
    sent = syn.request(probe(seq, server))
    layer = IP if client.version == 4 else IPv6
    copy = TCP(sent)
    assert (copy.flags, copy.sport, copy.dport) == ("S", 40000, 80)
    del copy.chksum
    rebuilt = bytes(layer(src=str(client), dst=str(server)) / copy)[-len(sent) :]
    assert rebuilt == sent, "scapy computes the same checksum"
    for flags, word in (("SA", "SYN-ACK"), ("RA", "RST")):
        reply = TCP(sport=80, dport=40000, flags=flags, ack=(copy.seq + 1) % 2**32, seq=99)
        raw = bytes(layer(src=str(server), dst=str(client)) / reply)[-20:]
        answer = syn.answer(raw, str(server), 64)
        assert (answer.detail, answer.wire_seq, answer.corrupt) == (word, seq % 65536, "")
        damaged = raw[:15] + bytes((raw[15] ^ 1,)) + raw[16:]
        assert syn.answer(damaged, str(server), 64).corrupt == "bad checksum"


@pytest.mark.parametrize(
    "change", [{"sport": 81}, {"dport": 40001}, {"ack": 5}, {"flags": "A"}, {"flags": "F"}], ids=str
)
def test_segments_that_answer_no_syn_of_ours(change):
    from scapy.layers.inet import TCP

    syn = TcpSyn(80, 40000, 1000, From(CLIENT))
    values = {"sport": 80, "dport": 40000, "flags": "SA", "ack": 1000 + 4096 + 1} | change
    assert syn.answer(bytes(TCP(**values)), str(SERVER), 64) is None


def test_who_was_not_asked_cannot_answer():
    from scapy.layers.inet import TCP

    syn = TcpSyn(80, 40000, 1000, From(CLIENT))
    segment = bytes(TCP(sport=80, dport=40000, flags="SA", ack=1000 + 4096 + 1))
    assert syn.answer(segment, "203.0.113.9", 64) is None


def test_an_error_about_a_syn_needs_eight_bytes_of_it():
    syn = TcpSyn(80, 40000, 1000, From(CLIENT))
    sent = syn.request(probe(3))
    assert syn.error(sent[:8], str(SERVER), "192.0.2.1", UNREACHABLE).wire_seq == 3
    assert syn.error(sent[:7], str(SERVER), "192.0.2.1", UNREACHABLE) is None
    assert syn.error(b"\0" * 20, str(SERVER), "192.0.2.1", UNREACHABLE) is None


def test_udp_answers_with_and_without_our_number():
    udp = UdpDatagram(7, b"data")
    assert udp.answer(udp.request(probe(70_000)), str(SERVER), 64).wire_seq == 70_000 % 65536
    assert udp.answer(b"hello", str(SERVER), 64).wire_seq is None
    assert udp.answer(b"", str(SERVER), 64).wire_seq is None


@pytest.mark.parametrize(
    ("problem", "sender", "is_answer"),
    [
        (Problem(3, 3, 4), str(SERVER), True),
        (Problem(3, 3, 4), "192.0.2.254", False),
        (Problem(3, 1, 4), str(SERVER), False),
        (Problem(1, 4, 6), str(SERVER), True),
        (Problem(3, 3, 6), str(SERVER), False),
    ],
)
def test_only_the_targets_own_port_unreachable_is_an_answer(problem, sender, is_answer):
    udp = UdpDatagram(9, b"")
    answer = udp.error(udp.request(probe(1)), str(SERVER), sender, problem)
    assert (answer.problem is None) == is_answer


def test_arp_requests_are_those_of_scapy():
    from scapy.layers.l2 import ARP, Ether

    expected = Ether(dst="ff:ff:ff:ff:ff:ff", src="00:00:5e:00:53:01") / ARP(
        op=1, hwsrc="00:00:5e:00:53:01", psrc=str(CLIENT), pdst=str(SERVER)
    )
    assert ArpRequest(MAC, CLIENT).request(probe(1)) == bytes(expected)


def test_arp_replies_to_others_are_not_ours(root):
    frames = [bytes(frame) for frame in packets(root / "captures" / "arp.pcap")]
    replies = [frame for frame in frames if frame[20:22] == b"\0\2"]
    assert replies
    for frame in replies:
        target, sender = frame[32:38], dpkt.ethernet.Ethernet(frame).data
        answer = ArpRequest(target, CLIENT).answer(frame, "", None)
        assert (answer.address, answer.detail) == (str(ip_address(sender.spa)), sender.sha.hex(":"))
        assert ArpRequest(MAC2, CLIENT).answer(frame, "", None) is None
        assert ArpRequest(target, CLIENT).answer(frame[:30], "", None) is None


def test_solicitations_are_those_of_scapy():
    from scapy.layers.inet6 import ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr

    expected = ICMPv6ND_NS(tgt=str(SERVER6), cksum=0) / ICMPv6NDOptSrcLLAddr(lladdr="00:00:5e:00:53:01")
    assert Solicitation(MAC).request(probe(1, SERVER6)) == bytes(expected)


def test_advertisements_are_read_only_from_this_link():
    from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6NDOptDstLLAddr

    advert = bytes(ICMPv6ND_NA(tgt=str(SERVER6), cksum=0) / ICMPv6NDOptDstLLAddr(lladdr="00:00:5e:00:53:02"))
    answer = Solicitation(MAC).answer(advert, "fe80::1", 255)
    assert (answer.address, answer.detail) == (str(SERVER6), "00:00:5e:00:53:02")
    assert Solicitation(MAC).answer(advert, "fe80::1", 254) is None
    assert Solicitation(MAC).answer(advert[:20], "fe80::1", 255) is None


METHODS = [
    IcmpEcho(4, 1, b"x"),
    IcmpEcho(6, 1, b"x"),
    TcpSyn(80, 40000, 5, From(CLIENT)),
    UdpDatagram(9, b""),
    ArpRequest(MAC, CLIENT),
    Solicitation(MAC),
]


@given(st.binary(max_size=80), st.sampled_from(METHODS))
def test_no_bytes_at_all_raise(data, method):
    method.answer(data, "192.0.2.20", 255)
    method.error(data, "192.0.2.20", "192.0.2.1", UNREACHABLE)
