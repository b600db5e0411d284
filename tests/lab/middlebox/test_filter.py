"""Ports in frames, and the errors that answer rejected packets; scapy builds the frames and reads the answers."""

from __future__ import annotations

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_Timestamp
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Packet, Raw

from rawkit.lab import Faults
from rawkit.lab.middlebox.answer import rejection
from rawkit.lab.middlebox.direction import Direction
from rawkit.lab.middlebox.transport import transport

ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
V4 = IP(src="192.0.2.1", dst="192.0.2.2")
V6 = IPv6(src="2001:db8::1", dst="2001:db8::2")
PORT = 443


@pytest.mark.parametrize("tags", [0, 1, 2])
@pytest.mark.parametrize("ip", [V4, IP(options=[IPOption_Timestamp()]), V6, V6 / IPv6ExtHdrDestOpt()])
@pytest.mark.parametrize("layer", [TCP(dport=PORT), UDP(dport=PORT)])
def test_the_destination_port_is_found(tags: int, ip: Packet, layer: Packet) -> None:
    link = ETHER
    for tag in range(tags):
        link = link / Dot1Q(vlan=tag + 1)
    found = transport(bytes(link / ip / layer))
    assert found is not None
    assert (found.ip_offset, found.protocol, found.port) == (14 + 4 * tags, 6 if TCP in layer else 17, PORT)


@pytest.mark.parametrize(
    "frame",
    [
        ETHER / ARP(),
        ETHER / V4 / ICMP(),
        ETHER / IP(frag=9) / UDP(dport=PORT),
        ETHER / V6 / IPv6ExtHdrFragment(offset=9, nh=17) / UDP(dport=PORT),
        ETHER / V6 / IPv6ExtHdrDestOpt() / b"x",
    ],
)
def test_other_packets_have_no_port(frame: Packet) -> None:
    assert transport(bytes(frame)) is None


def test_frames_cut_short_anywhere_have_no_port_or_the_right_one() -> None:
    for whole in (ETHER / Dot1Q() / V4 / TCP(dport=PORT), ETHER / V6 / IPv6ExtHdrDestOpt() / TCP(dport=PORT)):
        for length in range(len(whole)):
            found = transport(bytes(whole)[:length])
            assert found is None or found.port == PORT


@pytest.mark.parametrize("ip", [V4, V6])
@pytest.mark.parametrize("link", [ETHER, ETHER / Dot1Q(vlan=5)])
@pytest.mark.parametrize(
    ("segment", "seq", "ack", "flags"),
    [
        # RFC 9293 section 3.10.7.1: without ACK, the answer acknowledges the segment; with ACK, it takes its number.
        (TCP(sport=9, dport=PORT, flags="S", seq=100), 0, 101, "RA"),
        (TCP(sport=9, dport=PORT, flags="SF", seq=2**32 - 1) / b"abc", 0, 4, "RA"),
        (TCP(sport=9, dport=PORT, flags="A", seq=5, ack=77), 77, 0, "R"),
    ],
)
def test_reset(ip: Packet, link: Packet, segment: Packet, seq: int, ack: int, flags: str) -> None:
    frame = bytes(link / ip / segment)
    answer = Ether(rejection(frame + b"padding", len(link), "reset"))
    assert answer[TCP].flags == flags
    assert (answer[TCP].sport, answer[TCP].dport, answer[TCP].seq, answer[TCP].ack) == (PORT, 9, seq, ack)
    assert (answer.src, answer.dst) == (ETHER.dst, ETHER.src)
    network = answer.getlayer(type(ip))
    assert (network.src, network.dst) == (ip.dst, ip.src)
    assert bytes(answer) == rebuilt(answer)
    if Dot1Q in link:
        assert answer[Dot1Q].vlan == 5


def rebuilt(packet: Packet) -> bytes:
    """The packet with its lengths and checksums computed by scapy."""
    packet = packet.copy()
    for layer in (IP, TCP, ICMP, ICMPv6DestUnreach):
        if layer in packet:
            field = "cksum" if layer is ICMPv6DestUnreach else "chksum"
            delattr(packet[layer], field)
    return bytes(packet)


@pytest.mark.parametrize(("ip", "kind", "code"), [(V4, ICMP, 13), (V6, ICMPv6DestUnreach, 1)])
def test_unreachable_quotes_the_packet(ip: Packet, kind: type[Packet], code: int) -> None:
    packet = ip / UDP(sport=9, dport=PORT) / Raw(bytes(1000))
    answer = Ether(rejection(bytes(ETHER / packet), 14, "admin-prohibited"))
    assert answer[kind].code == code
    assert bytes(answer[kind])[8:] == bytes(packet)[:548]
    assert len(answer) - 14 <= 1280
    assert bytes(answer) == rebuilt(answer)


def test_a_reset_is_not_answered() -> None:
    assert rejection(bytes(ETHER / V4 / TCP(flags="R")), 14, "reset") is None


@pytest.mark.parametrize("answer", ["reset", "port-unreachable"])
def test_packets_cut_short_are_not_answered_or_without_error(answer: str) -> None:
    whole = bytes(ETHER / V6 / TCP(dport=PORT))
    for length in range(14, len(whole)):
        rejection(whole[:length], 14, answer)


def test_ports_are_dropped_rejected_and_passed() -> None:
    direction = Direction(Faults(drop=(1,), reject=(2,), lose=(4,)))
    frames = [bytes(ETHER / V4 / TCP(dport=port)) for port in (1, 2, 3, 3, 3)]
    for frame in frames:
        direction.arrive(frame, 0)
    assert direction.due(0) == [frames[2], frames[4]]
    assert direction.counts == {"dropped": 1, "rejected": 1, "lost": 1}
    assert [Ether(answer)[TCP].sport for answer in direction.answers] == [2]
