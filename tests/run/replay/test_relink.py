"""Frames with the link header of another kind of link: the same packets as scapy puts them on each kind."""

from __future__ import annotations

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import ARP, GRE, LLC, SNAP, STP, CookedLinux, CookedLinuxV2, Dot1Q, Dot3, Ether, Loopback
from scapy.layers.ppp import PPP, PPPoE

from rawkit import linktypes
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.run.replay.left_out import LeftOut
from rawkit.run.replay.relink import Relink
from rawkit.sockets.interfaces import SystemInterface

OWN, NEXT, ALL = "02:00:00:00:00:01", "02:00:00:00:00:99", "ff:ff:ff:ff:ff:ff"
ETH0 = SystemInterface(2, "eth0", linktypes.ETHERNET, 1500, bytes.fromhex("020000000001"), (), 1, "up", 1)
PPP0 = SystemInterface(3, "ppp0", linktypes.LINUX_SLL2, 1500, None, (), 1, "up", linktypes.RAW)

V4 = IP(bytes(IP(src="192.0.2.1", dst="198.51.100.7") / UDP(sport=1, dport=2) / b"odd"))
V6 = IPv6(bytes(IPv6(src="2001:db8::1", dst="2001:db8:7::7") / ICMPv6EchoRequest(data=b"abcd")))
INNER = IP(bytes(IP(src="192.0.2.1", dst="198.51.100.9") / GRE() / IP(dst="203.0.113.1") / ICMP()))
PACKETS = {"IPv4": V4, "IPv6": V6, "in GRE": INNER}

LINKS = {
    "RAW": (linktypes.RAW, lambda packet: packet),
    "IPV4 or IPV6": (None, lambda packet: packet),
    "SLL": (linktypes.LINUX_SLL, lambda packet: CookedLinux(lladdrtype=1, lladdrlen=6) / packet),
    "SLL2": (linktypes.LINUX_SLL2, lambda packet: CookedLinuxV2(lladdrtype=512) / packet),
    "PPP": (linktypes.PPP, lambda packet: PPP() / packet),
    "NULL": (linktypes.NULL, lambda packet: Loopback() / packet),
}
ETHERNETS = {
    "II": lambda packet: Ether(src=ALL, dst=OWN) / packet,
    "padded": lambda packet: Ether(bytes(Ether(src=ALL, dst=OWN) / packet) + bytes(18)),
    "VLANs": lambda packet: Ether(src=ALL, dst=OWN, type=0x88A8) / Dot1Q(vlan=3) / Dot1Q(vlan=4) / packet,
    "SNAP": lambda packet: Dot3(src=ALL, dst=OWN) / LLC() / SNAP() / packet,
    "PPPoE": lambda packet: Ether(src=ALL, dst=OWN) / PPPoE(sessionid=7) / PPP() / packet,
}


class Table:
    """Next hops that a test has chosen."""

    def __init__(self, known: dict[str, str]) -> None:
        self.known, self.asked = known, list[str]()

    def macs(self, targets):
        self.asked += map(str, targets)
        found = [self.known.get(str(target)) for target in targets]
        return [bytes.fromhex(one.replace(":", "")) if one else None for one in found]


HOPS = {"198.51.100.7": NEXT, "198.51.100.9": NEXT, "2001:db8:7::7": NEXT}


def made(batch, link=ETH0, hops=HOPS, mode="interpreted"):
    """The frames on the link, and what was left out."""
    left_out = LeftOut()
    relink = Relink(link, Table(hops), Engine(mode), left_out)
    return list(relink.address(*relink.apply(batch)).frames()), left_out


def recorded(link, packet):
    kind, wrap = LINKS[link]
    if kind is None:
        kind = linktypes.IPV4 if packet.version == 4 else linktypes.IPV6
    return FrameBatch.from_frames([bytes(wrap(packet))], link_type=kind)


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
@pytest.mark.parametrize("link", LINKS)
def test_an_ethernet_header_is_put_on(link, packet):
    assert made(recorded(link, packet)) == ([bytes(Ether(src=OWN, dst=NEXT) / packet)], LeftOut())


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
@pytest.mark.parametrize("link", LINKS)
def test_other_headers_are_taken_off(link, packet):
    assert made(recorded(link, packet), PPP0) == ([bytes(packet)], LeftOut())


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
@pytest.mark.parametrize("link", ETHERNETS)
def test_ethernet_headers_are_taken_off(link, packet):
    frames = FrameBatch.from_frames([bytes(ETHERNETS[link](packet))])
    assert made(frames, PPP0) == ([bytes(packet)], LeftOut())
    assert made(frames) == ([frames.frame(0)], LeftOut())  # and stay where they fit


def test_compiled_does_the_same(compiled):
    left_out = LeftOut()
    relink = Relink(ETH0, Table(HOPS), compiled, left_out)
    batch, wanted = relink.apply(recorded("SLL2", V6))
    assert list(relink.address(batch, wanted).frames()) == [bytes(Ether(src=OWN, dst=NEXT) / V6)]


def test_what_a_bare_link_cannot_carry_is_counted():
    others = [Ether(src=OWN, dst=ALL) / ARP(pdst="192.0.2.9"), Dot3(src=OWN, dst=ALL) / LLC() / STP(), Ether() / V4]
    assert made(FrameBatch.from_frames([*map(bytes, others), b"short"]), PPP0) == ([bytes(V4)], LeftOut(not_carried=3))


def test_arp_of_a_cooked_capture_goes_to_whom_it_is_for():
    question, answer = ARP(op=1, pdst="192.0.2.9"), ARP(op=2, pdst="192.0.2.9", hwdst="02:00:00:00:00:55")
    frames = [bytes(CookedLinux(lladdrtype=1) / one) for one in (question, answer)]
    found, left_out = made(FrameBatch.from_frames(frames, link_type=linktypes.LINUX_SLL))
    wanted = [Ether(src=OWN, dst=ALL) / question, Ether(src=OWN, dst="02:00:00:00:00:55") / answer]
    assert (found, left_out) == ([*map(bytes, wanted)], LeftOut())


def test_packets_without_a_next_hop_are_counted_and_the_others_keep_their_order():
    lost = IP(bytes(IP(dst="203.0.113.5") / UDP()))
    batch = FrameBatch.from_frames([*map(bytes, (V6, lost, V4, lost, V6, V4))], range(6), linktypes.RAW)
    found, left_out = made(batch)
    assert found == [bytes(Ether(src=OWN, dst=NEXT) / one) for one in (V6, V4, V6, V4)]
    assert left_out == LeftOut(unreached=2)


def test_a_part_of_a_packet_stays_a_part():
    whole = bytes(V4)
    batch = FrameBatch.from_frames([whole[:25], whole[:12]], link_type=linktypes.RAW, lengths=[len(whole)] * 2)
    left_out = LeftOut()
    relink = Relink(ETH0, Table(HOPS), Engine("interpreted"), left_out)
    found, _ = relink.apply(batch)
    assert found.captured.tolist() == [39]
    assert found.length.tolist() == [len(whole) + 14]
    assert left_out == LeftOut(not_carried=1)
