"""Probes byte for byte as scapy builds them."""

from ipaddress import ip_address

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from rawkit import linktypes
from rawkit.probe.scan.frames import ProbeFrames
from rawkit.probe.scan.kinds import KINDS
from rawkit.probe.scan.payloads import Payload
from rawkit.probe.scan.space import Endpoints

MAC, ROUTER = bytes.fromhex("00005e005301"), bytes.fromhex("00005e005302")
OPTIONS = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7)]
SOURCES = {4: ip_address("192.0.2.10"), 6: ip_address("2001:db8::10")}
TARGETS = {4: ip_address("192.0.2.20"), 6: ip_address("2001:db8::20")}


def ends(targets, ports):
    numbers = [int(target) for target in targets]
    return Endpoints(
        np.array([number >> 64 for number in numbers], "u8"),
        np.array([number & (1 << 64) - 1 for number in numbers], "u8"),
        np.array(ports, dtype=np.int64),
        np.array([target.version == 6 for target in targets]),
    )


def scapys(source, target, port, cookie, ethernet):
    tcp = TCP(sport=61001, dport=port, seq=cookie & 0xFFFFFFFF, flags="S", window=64240, options=OPTIONS)
    if source.version == 4:
        packet = IP(src=str(source), dst=str(target), id=cookie >> 32 & 0xFFFF, flags="DF") / tcp
    else:
        packet = IPv6(src=str(source), dst=str(target)) / tcp
    return bytes(Ether(src=MAC, dst=ROUTER) / packet if ethernet else packet)


FLAGS = {"syn": "S", "ack": "A", "fin": "F", "null": "", "xmas": "FPU", "maimon": "FA"}
"""By nmap's man page."""
TWO = (Payload("one", (53, 161), "", b"question"), Payload("two", (161,), "", b"another\0"))


def segment(kind, port, cookie):
    number = cookie & 0xFFFFFFFF
    options = {"options": OPTIONS} if kind == "syn" else {}
    ack = number if "A" in FLAGS[kind] else 0
    return TCP(sport=61001, dport=port, seq=number, ack=ack, flags=FLAGS[kind], window=64240, **options)


def datagram(port, tries):
    content = {53: [b"question"], 161: [b"question", b"another\0"]}.get(port, [b""])
    return UDP(sport=61001, dport=port) / content[tries % len(content)]


PROBES = st.lists(
    st.tuples(st.integers(0, (1 << 128) - 1), st.integers(0, 65535), st.integers(0, (1 << 64) - 1)),
    min_size=1,
    max_size=5,
)


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("ethernet", [True, False])
@given(PROBES)
def test_frames_are_scapys(version, ethernet, probes):
    kind = type(SOURCES[version])
    targets = [kind(number >> (96 if version == 4 else 0)) for number, _, _ in probes]
    ports, cookies = [port for _, port, _ in probes], [cookie for _, _, cookie in probes]
    maker = ProbeFrames(SOURCES[version], 61001, MAC if ethernet else None)
    macs = np.frombuffer(ROUTER, dtype=np.uint8) if ethernet else None
    batch = maker.make(ends(targets, ports), np.array(cookies, "u8"), macs)
    expected = [scapys(SOURCES[version], *one, ethernet) for one in zip(targets, ports, cookies, strict=True)]
    assert list(batch.frames()) == expected
    assert set(batch.link_type.tolist()) == {linktypes.ETHERNET if ethernet else linktypes.RAW}


def test_each_frame_can_have_a_mac_address_of_its_own():
    targets = [ip_address("192.0.2.1"), ip_address("192.0.2.2")]
    macs = np.frombuffer(ROUTER + MAC, dtype=np.uint8).reshape(2, 6)
    batch = ProbeFrames(SOURCES[4], 61001, MAC).make(ends(targets, [80, 80]), np.zeros(2, "u8"), macs)
    assert [frame[:6] for frame in batch.frames()] == [ROUTER, MAC]


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("kind", FLAGS)
@given(PROBES)
def test_segments_of_each_kind_are_scapys(version, kind, probes):
    target, ports, cookies = TARGETS[version], [port for _, port, _ in probes], [cookie for _, _, cookie in probes]
    maker = ProbeFrames(SOURCES[version], 61001, None, KINDS[kind])
    batch = maker.make(ends([target] * len(probes), ports), np.array(cookies, "u8"), None)
    expected = [packet(version, cookie, 0) / segment(kind, port, cookie) for _, port, cookie in probes]
    assert list(batch.frames()) == [bytes(one) for one in expected]


def packet(version, cookie, label):
    if version == 4:
        return IP(src=str(SOURCES[4]), dst=str(TARGETS[4]), id=cookie >> 32 & 0xFFFF, flags="DF")
    return IPv6(src=str(SOURCES[6]), dst=str(TARGETS[6]), fl=cookie >> 32 & label)


@pytest.mark.parametrize("version", [4, 6])
@given(PROBES, st.lists(st.integers(0, 5), min_size=5, max_size=5))
def test_datagrams_are_scapys(version, probes, tries):
    """The cookie is in the IP header; a port with two questions gets one after the other."""
    ports = [(port, 53, 161)[number % 3] for number, port, _ in probes]
    cookies, tries = [cookie for _, _, cookie in probes], tries[: len(probes)]
    maker = ProbeFrames(SOURCES[version], 61001, None, KINDS["udp"], TWO)
    there = ends([TARGETS[version]] * len(probes), ports)
    batch = maker.make(there, np.array(cookies, "u8"), None, np.array(tries))
    expected = [
        bytes(packet(version, cookie, 0xFFFFF) / datagram(port, times))
        for port, cookie, times in zip(ports, cookies, tries, strict=True)
    ]
    assert list(batch.frames()) == expected


def test_a_sum_of_zero_is_sent_as_all_ones():
    """Of a datagram 0 says that there is none (RFC 768); so do scapy and the kernel."""
    maker = ProbeFrames(SOURCES[4], 61001, None, KINDS["udp"])
    batch = maker.make(ends([TARGETS[4]] * 65536, range(65536)), np.zeros(65536, "u8"), None)
    table = batch.data.reshape(65536, -1)
    stored = table[:, 26].astype(int) << 8 | table[:, 27]
    assert (stored != 0).all()
    (port,) = np.flatnonzero(stored == 0xFFFF).tolist()
    assert table[port].tobytes() == bytes(IP(src="192.0.2.10", dst="192.0.2.20", id=0, flags="DF") / datagram(port, 0))
