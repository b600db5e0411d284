"""SYN frames byte for byte as scapy builds them."""

from ipaddress import ip_address

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from rawkit import linktypes
from rawkit.probe.scan.frames import ProbeFrames
from rawkit.probe.scan.space import Endpoints

MAC, ROUTER = bytes.fromhex("00005e005301"), bytes.fromhex("00005e005302")
OPTIONS = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7)]
SOURCES = {4: ip_address("192.0.2.10"), 6: ip_address("2001:db8::10")}


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
