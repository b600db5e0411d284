"""Who is a client: conversations as scapy builds them; where there is one rule, tcpprep's (--auto=first)."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.dhcp import BOOTP
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether

from rawkit.errors import TargetError
from rawkit.files import open_capture
from rawkit.frames import FrameBatch
from rawkit.linktypes import ETHERNET, LINUX_SLL2, RAW
from rawkit.run.replay.request import ReplayRequest
from rawkit.run.replay.sides import CLIENT, SERVER, Sides

C, S = CLIENT, SERVER
HERE, THERE, ELSE = "192.0.2.10", "198.51.100.20", "203.0.113.30"
MACS = {HERE: "00:00:5e:00:53:01", THERE: "00:00:5e:00:53:02", ELSE: "00:00:5e:00:53:03"}


def frame(packet):
    source, destination = packet.src, packet.dst
    return bytes(Ether(src=MACS.get(source, MACS[HERE]), dst=MACS.get(destination, MACS[THERE])) / packet)


def tcp(source, destination, flags, sport=40000, dport=7):
    return frame(IP(src=source, dst=destination) / TCP(sport=sport, dport=dport, flags=flags))


def sides(interpreted, frames, learn=True, clients=()):
    batch, known = FrameBatch.from_frames(frames), Sides(interpreted, clients)
    if learn:
        known.learn(batch)
    return known.mark(batch).interface.tolist()


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([tcp(HERE, THERE, "S"), tcp(THERE, HERE, "SA", 7, 40000), tcp(HERE, THERE, "A")], [C, S, C]),
        ([tcp(THERE, HERE, "SA", 7, 40000), tcp(HERE, THERE, "A")], [S, C]),
        ([tcp(THERE, HERE, "A", 80, 40000), tcp(HERE, THERE, "A", 40000, 80)], [S, C]),
        ([tcp(THERE, HERE, "A", 2000, 40000), tcp(HERE, THERE, "A", 40000, 2000)], [C, S]),
        ([tcp(HERE, THERE, "S"), tcp(ELSE, THERE, "S"), tcp(THERE, ELSE, "S")], [C, C, S]),
        ([tcp(HERE, THERE, "S"), tcp(HERE, ELSE, "A", 80, 40000), tcp(ELSE, HERE, "A")], [C, C, S]),
        ([frame(IP(src=THERE, dst=HERE) / UDP(sport=53, dport=40000)), tcp(HERE, THERE, "S")], [S, C]),
        ([frame(IP(src=HERE, dst=THERE) / ICMP()), frame(IP(src=THERE, dst=HERE) / ICMP(type=0))], [C, S]),
        ([frame(IP(src=HERE, dst="224.0.0.251") / UDP(sport=5353, dport=5353))] * 2, [C, C]),
        ([frame(IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67) / BOOTP())], [C]),
    ],
    ids=[
        "SYN",
        "SYN not captured",
        "from a server's port",
        "nobody's port",
        "a host stays on its side",
        "whatever it does later",
        "an answer of DNS alone",
        "echo",
        "to a group",
        "no address yet",
    ],
)
def test_who_opens_is_the_client(interpreted, frames, expected):
    assert sides(interpreted, frames) == expected
    assert sides(interpreted, frames, learn=False) == expected


def test_arp_is_on_the_side_of_its_sender_also_before_what_shows_it(interpreted):
    asks = bytes(Ether(src=MACS[THERE], dst="ff:ff:ff:ff:ff:ff") / ARP(psrc=THERE, pdst=HERE))
    frames = [asks, tcp(HERE, THERE, "S"), tcp(THERE, HERE, "SA", 7, 40000), asks]
    assert sides(interpreted, frames) == [S, C, S, S]
    known = Sides(interpreted)
    told = [known.mark(FrameBatch.from_frames([one])).interface.tolist() for one in frames]
    assert told == [[C], [C], [S], [S]]  # without a first look


def test_given_networks_decide_alone(interpreted):
    frames = [tcp(HERE, THERE, "S"), tcp(THERE, HERE, "SA"), tcp(ELSE, HERE, "S")]
    assert sides(interpreted, frames, clients=[ip_network("198.51.100.0/24")]) == [S, C, S]
    six = [bytes(Ether() / IPv6(src="2001:db8::1", dst="2001:db8:1::1") / TCP(flags="S"))]
    assert sides(interpreted, six, clients=[ip_network("2001:db8:1::/64")]) == [S]


def test_the_outermost_packet_counts_behind_tags_too(interpreted):
    inner = IP(src="192.0.2.99", dst="192.0.2.98") / TCP(flags="S")
    out = bytes(Ether(src=MACS[HERE]) / Dot1Q(vlan=7) / IP(src=HERE, dst=THERE) / inner)
    back = bytes(Ether(src=MACS[THERE]) / Dot1Q(vlan=7) / IP(src=THERE, dst=HERE) / inner)
    assert sides(interpreted, [out, back]) == [C, S]


@pytest.mark.parametrize(("name", "client", "server"), [("dns.pcap", 11, 9), ("dns6.pcap", 11, 9)])
def test_captures_are_parted_as_by_tcpprep(interpreted, root, name, client, server):
    """`tcpprep --auto=first` 4.4.3 says so of dns.pcap; IPv6 it leaves on one side, and there the talk is the same."""
    with open_capture(root / "captures" / name) as capture:
        (batch,) = list(capture)
    found = Sides(interpreted).mark(batch).interface.tolist()
    assert (found.count(CLIENT), found.count(SERVER)) == (client, server)


@given(st.lists(st.binary(max_size=80), max_size=6), st.sampled_from([ETHERNET, RAW, LINUX_SLL2]))
def test_no_bytes_make_it_raise(interpreted, frames, link_type):
    found = Sides(interpreted).mark(FrameBatch.from_frames(frames, link_type=link_type))
    assert set(found.interface.tolist()) <= {CLIENT, SERVER}


@given(st.integers(0, 60))
def test_frames_that_are_cut(interpreted, size):
    whole = tcp(THERE, HERE, "SA", 7, 40000)
    assert sides(interpreted, [whole[:size]])[0] == (SERVER if size >= 34 + 14 else CLIENT)


def test_networks_that_cannot_be_read():
    with pytest.raises(TargetError, match=r"^--clients: '192.0.2.300' does not appear .*: give networks"):
        ReplayRequest("f", "eth0", intf2="eth1", clients=("192.0.2.300",)).networks()
