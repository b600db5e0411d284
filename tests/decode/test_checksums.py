"""What is said of transport checksums; scapy computes them, and tshark says which are right."""

from __future__ import annotations

import numpy as np
import pytest
from scapy.layers.inet import IP, TCP, UDP, IPOption_LSRR, IPOption_NOP, IPOption_RR, IPOption_SSRR
from scapy.layers.inet6 import IPv6

from rawkit.decode import Decoder
from rawkit.flow.rules import FlowRules
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.wire.sum_kernel import CANNOT_TELL, NOT_FILLED_IN, RIGHT, WRONG

HOP, LAST = "203.0.113.1", "198.51.100.20"
SEGMENT = TCP(sport=40000, dport=9000, flags="PA", seq=1, ack=1) / b"hello"


def judged(engine, *frames: bytes) -> list[int]:
    batch = FrameBatch.from_frames(list(frames), link_type=101)
    tracker = FlowTracker(engine, rules=FlowRules(checksums="verify"))
    return tracker.prepare(Decoder(engine).decode(batch)).sums.tolist()


def routed(option, dst: str, covered: str) -> bytes:
    """A packet with an option, whose checksum covers the destination `covered`."""
    body = bytes(IP(src="192.0.2.10", dst=covered) / SEGMENT)[20:]
    return bytes(IP(src="192.0.2.10", dst=dst, options=[IPOption_NOP(), option], proto=6) / body)


ROUTES = {
    "loose, on its way": (IPOption_LSRR(routers=[HOP, LAST], pointer=4), HOP, LAST),
    "loose, half way": (IPOption_LSRR(routers=[HOP, LAST], pointer=8), HOP, LAST),
    "strict, on its way": (IPOption_SSRR(routers=[LAST], pointer=4), HOP, LAST),
    "used up": (IPOption_LSRR(routers=[HOP, "203.0.113.9"], pointer=12), LAST, LAST),
    "a recorded route is none": (IPOption_RR(routers=[HOP, HOP], pointer=4), LAST, LAST),
}


@pytest.mark.parametrize(("option", "dst", "covered"), ROUTES.values(), ids=ROUTES)
def test_a_source_route_names_the_last_destination(interpreted, option, dst, covered):
    """RFC 791, section 3.1: with a route the header's destination is the next hop, and RFC 9293 sums over the last."""
    assert judged(interpreted, routed(option, dst, covered)) == [RIGHT]
    other = "192.0.2.99"
    assert judged(interpreted, routed(option, dst, other)) == [WRONG]


def test_a_source_route_that_is_cut_or_empty_is_none(interpreted):
    for broken in (b"\x83\x03\x04\x00", b"\x83\x02\x04\x00", b"\x83\x0b\x04\x00"):
        packet = bytearray(bytes(IP(src="192.0.2.10", dst=LAST) / SEGMENT))
        packet[0] += 1
        packet[3] += len(broken)
        assert judged(interpreted, bytes(packet[:20] + broken + packet[20:])) == [RIGHT]


def pseudo(protocol: int, length: int, *addresses: bytes) -> bytes:
    total = protocol + length + int(np.frombuffer(b"".join(addresses), dtype=">u2").sum(dtype=np.int64))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total.to_bytes(2, "big")


V4 = IP(src="192.0.2.10", dst=LAST)
V6 = IPv6(src="2001:db8::10", dst="2001:db8:1::20")
PAYLOADS = {"tcp": (6, 16, SEGMENT), "udp": (17, 6, UDP(sport=40000, dport=9000) / b"hello")}


@pytest.mark.parametrize("ip", [V4, V6], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("name", PAYLOADS)
def test_what_an_offloading_sender_leaves_there(interpreted, ip, name):
    """Linux: the pseudo-header's sum; of a large segment, and always on Windows, without the length."""
    protocol, place, segment = PAYLOADS[name]
    packet = bytes(ip / segment)
    head = 20 if ip is V4 else 40
    size = len(packet) - head
    addresses = packet[12:20] if ip is V4 else packet[8:40]
    fields = [pseudo(protocol, size, addresses), pseudo(protocol, 0, addresses), b"\x12\x34"]
    frames = [packet[: head + place] + field + packet[head + place + 2 :] for field in fields]
    assert judged(interpreted, packet, *frames) == [RIGHT, NOT_FILLED_IN, NOT_FILLED_IN, WRONG]


def test_a_udp_checksum_of_zero_says_nothing(interpreted):
    packet = bytearray(bytes(V4 / PAYLOADS["udp"][2]))
    packet[26:28] = b"\0\0"
    assert judged(interpreted, bytes(packet)) == [CANNOT_TELL]
