"""Rewritten frames, against tshark: it finds the new addresses and ports, and the checksums as right as they were."""

from __future__ import annotations

import shutil
import subprocess
from ipaddress import ip_address, ip_network

import numpy as np
import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_LSRR, IPOption_NOP, IPOption_SSRR
from scapy.layers.inet6 import (
    ICMPv6EchoRequest,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_Redirect,
    ICMPv6ND_RS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptMTU,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
)
from scapy.layers.l2 import Dot1Q, Ether

from rawkit import linktypes
from rawkit.errors import TargetError
from rawkit.files import PcapWriter, open_capture
from rawkit.frames import FrameBatch
from rawkit.run.replay.rewrite import Rewrite, ip_mapping, mac_mapping, port_mapping

TUNNELS = ("gre", "ipip", "mpls", "pppoe", "vxlan")
"""Captures whose inner packets stay as they are."""
IPS = (
    "192.0.2.0/25=203.0.113.128/25", "198.51.100.20=198.18.0.1", "2001:db8:1::/64=2001:db8:99::/64",
    "fe80::/64=fe80:0:0:1::/64",
)  # fmt: skip
PORTS = {9000: 90, 53: 5353, 40000: 4}
MACS = ("02:00:00:00:00:01=02:00:00:00:99:01", "02:00:00:00:01:00=02:00:00:00:99:02")
CHECKED = [f"{layer}.checksum.status" for layer in ("ip", "tcp", "udp", "icmp", "icmpv6", "dccp")]
ADDRESSES = [
    "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "arp.src.proto_ipv4", "arp.dst.proto_ipv4",
    "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address", "icmpv6.nd.rd.target_address",
    "icmpv6.rd.na.destination_address",
]  # fmt: skip
PORT_FIELDS = ["tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport"]
MAC_FIELDS = ["eth.src", "eth.dst", "arp.src.hw_mac", "arp.dst.hw_mac", "icmpv6.opt.linkaddr"]
FIELDS = [*CHECKED, *ADDRESSES, *PORT_FIELDS, *MAC_FIELDS]


def rewrite():
    return Rewrite(tuple(map(ip_mapping, IPS)), tuple(map(mac_mapping, MACS)), tuple(PORTS.items()))


@pytest.fixture(scope="module")
def recorded(capture_paths):
    """All Ethernet frames of the captures that have no tunnels."""
    chosen = []
    for path in capture_paths:
        if not path.name.startswith(TUNNELS):
            with open_capture(path) as capture:
                for batch in capture:
                    chosen += batch.select(batch.link_type == linktypes.ETHERNET).frames()
    assert len(chosen) > 500
    return FrameBatch.from_frames(chosen)


def tshark(path):
    """The fields of each frame, all that occur of each."""
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    checks = [
        word for name in ("ip", "tcp", "udp", "dccp")
        for word in ("-o", f"{name}.check_checksum:TRUE")
    ]  # fmt: skip
    wanted = [word for field in FIELDS for word in ("-e", field)]
    command = ["tshark", "-r", path, *checks, "-T", "fields", *wanted]
    done = subprocess.run([*command, "-E", "occurrence=a"], capture_output=True, text=True, check=True)
    return [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in done.stdout.splitlines()]


def mapped_ip(text):
    address = ip_address(text)
    for mapping in IPS:
        old, new = map(ip_network, mapping.split("="))
        if address.version == old.version and address in old:
            return str(new.network_address + (int(address) - int(old.network_address)))
    return text


def mapped(field, text):
    if field in CHECKED or not text:
        return text
    how = dict(mapping.split("=") for mapping in MACS)
    one = mapped_ip if field in ADDRESSES else (lambda word: how.get(word, word))
    if field in PORT_FIELDS:
        one = lambda word: str(PORTS.get(int(word), word))  # noqa: E731
    return ",".join(map(one, text.split(",")))


@pytest.mark.referee
@pytest.mark.parametrize("mode", ["interpreted", "compiled"])
def test_tshark_finds_what_was_mapped_and_checksums_as_they_were(recorded, mode, request, tmp_path):
    engine = request.getfixturevalue(mode)
    for name, batch in (("old", recorded), ("new", rewrite().apply(recorded, engine))):
        with PcapWriter(tmp_path / name, linktypes.ETHERNET) as writer:
            writer.write(batch)
    old, new = tshark(tmp_path / "old"), tshark(tmp_path / "new")
    expected = [{field: mapped(field, text) for field, text in row.items()} for row in old]
    changed = sum(before != after for before, after in zip(old, expected, strict=True))
    assert changed > len(old) / 2
    rows = zip(expected, new, strict=True)
    differ = [(n, f, want[f], got[f]) for n, (want, got) in enumerate(rows) for f in FIELDS if want[f] != got[f]]
    assert differ == []


MAC = {"src": "02:00:00:00:aa:01", "dst": "02:00:00:00:aa:02"}


def packets(one, other, port):
    """The same packets between two addresses, as scapy computes them."""
    v4, v6 = {"src": one[0], "dst": other[0]}, {"src": one[1], "dst": other[1]}
    return [
        Ether(**MAC) / IP(**v4) / TCP(sport=port, dport=443) / b"odd",
        Ether(**MAC) / IP(**v4, options=b"\x01" * 8) / UDP(sport=443, dport=port) / b"even",
        Ether(**MAC) / IP(**v4) / UDP(sport=port, dport=443, chksum=0),
        Ether(**MAC) / Dot1Q(vlan=3) / Dot1Q(vlan=4) / IP(**v4) / ICMP() / b"abc",
        Ether(**MAC) / IP(**v4, frag=3, flags="MF") / b"not a header, whatever it looks like",
        Ether(**MAC) / IPv6(**v6) / IPv6ExtHdrHopByHop() / UDP(sport=port, dport=443) / b"x",
        Ether(**MAC) / IPv6(**v6) / ICMPv6EchoRequest(data=b"abc"),
        Ether(**MAC) / IP(**v4) / ICMP(type=3, code=3) / IP(src=other[0], dst=one[0]) / UDP(sport=1, dport=port) / b"q",
    ]


OLD = ("192.0.2.1", "2001:db8:1::1"), ("192.0.2.2", "2001:db8:1::2")
NEW = ("203.0.113.129", "2001:db8:99::1"), ("203.0.113.130", "2001:db8:99::2")


@pytest.mark.parametrize("number", range(8))
def test_rewritten_packets_are_those_that_scapy_builds_anew(number, interpreted):
    batch = FrameBatch.from_frames([bytes(packets(*OLD, 9000)[number])])
    assert rewrite().apply(batch, interpreted).frame(0) == bytes(packets(*NEW, 90)[number])


def test_the_last_address_of_a_route_is_what_the_checksum_covers(interpreted):
    def packet(destination):
        route = IPv6ExtHdrRouting(addresses=["2001:db8:7::7"], segleft=1)
        return bytes(IPv6(src="2001:db8:7::1", dst=destination) / route / UDP(sport=1, dport=2) / b"x")

    batch = FrameBatch.from_frames([packet("2001:db8:1::5")], link_type=linktypes.RAW)
    assert rewrite().apply(batch, interpreted).frame(0) == packet("2001:db8:99::5")


ROUTES = {
    "loose": IPOption_LSRR,
    "strict": IPOption_SSRR,
}


@pytest.mark.referee
@pytest.mark.parametrize("protocol", [UDP, TCP])
@pytest.mark.parametrize("padding", [b"", b"\x01"])
@pytest.mark.parametrize("kind", ROUTES)
def test_the_checksum_of_a_source_routed_packet_stays_right(kind, padding, protocol, tmp_path, interpreted):
    """Under way to the first of two routers, and with the route used up; also where addresses begin at odd places."""
    v4 = {"src": OLD[0][0], "dst": OLD[1][0]}
    frames = []
    for pointer in (4, 12):
        route = ROUTES[kind](routers=["198.51.100.7", "192.0.2.99"], pointer=pointer)
        options = [*([IPOption_NOP()] if padding else []), route]
        plain = IP(bytes(IP(**v4) / protocol(sport=1, dport=2) / b"xyz"))
        if pointer == 4:
            del plain[protocol].chksum  # scapy has that of the last router, whatever the pointer says
        frames.append(bytes(Ether(**MAC) / IP(**v4, options=options) / plain[protocol]))
    batch = FrameBatch.from_frames(frames)
    for name, one in (("old", batch), ("new", rewrite().apply(batch, interpreted))):
        with PcapWriter(tmp_path / name, linktypes.ETHERNET) as writer:
            writer.write(one)
    old, new = tshark(tmp_path / "old"), tshark(tmp_path / "new")
    wanted = f"{protocol.__name__.lower()}.checksum.status"
    assert [(one["ip.checksum.status"], one[wanted]) for one in old] == [("1", "1")] * 2
    assert [(one["ip.checksum.status"], one[wanted]) for one in new] == [("1", "1")] * 2
    assert all(NEW[0][0] in one["ip.src"] for one in new)


DISCOVERY = {
    "solicitation": (lambda to, lla: ICMPv6ND_NS(tgt=to) / ICMPv6NDOptSrcLLAddr(lladdr=lla)),
    "advertisement": (lambda to, lla: ICMPv6ND_NA(tgt=to) / ICMPv6NDOptDstLLAddr(lladdr=lla)),
    "redirect": (lambda to, lla: ICMPv6ND_Redirect(tgt=to, dst=to) / ICMPv6NDOptDstLLAddr(lladdr=lla)),
    "router solicitation": (lambda to, lla: ICMPv6ND_RS() / ICMPv6NDOptMTU() / ICMPv6NDOptSrcLLAddr(lladdr=lla)),
    "router advertisement": (lambda to, lla: ICMPv6ND_RA() / ICMPv6NDOptMTU() / ICMPv6NDOptSrcLLAddr(lladdr=lla)),
}


@pytest.mark.parametrize("mode", ["interpreted", "compiled"])
@pytest.mark.parametrize("kind", DISCOVERY)
def test_neighbour_discovery_is_mapped_as_arp_is(kind, mode, request):
    """Between group addresses too, which stay; the checksum is scapy's."""

    def packet(source, about, mac):
        return bytes(
            Ether(src=mac, dst="33:33:00:00:00:01") / IPv6(src=source, dst="ff02::1") / DISCOVERY[kind](about, mac)
        )

    old, new = MACS[0].split("=")
    batch = FrameBatch.from_frames([packet("2001:db8:1::1", "2001:db8:1::77", old)])
    found = rewrite().apply(batch, request.getfixturevalue(mode)).frame(0)
    assert found == packet("2001:db8:99::1", "2001:db8:99::77", new)


def test_a_wrong_checksum_stays_wrong(interpreted):
    wrong = bytearray(bytes(packets(*OLD, 9000)[0]))
    wrong[50] ^= 0x10
    right = bytes(packets(*NEW, 90)[0])
    found = rewrite().apply(FrameBatch.from_frames([bytes(wrong)]), interpreted).frame(0)
    assert found[:50] + found[52:] == right[:50] + right[52:]
    assert found[50:52] != right[50:52]


def test_a_step_makes_the_hosts_others_but_leaves_groups(interpreted):
    def packet(one, other):
        return bytes(IP(src=one, dst=other) / UDP(sport=1, dport=2) / b"x")

    pairs = [("192.0.2.255", "198.51.100.9"), ("192.0.2.1", "224.0.0.251"), ("0.0.0.0", "255.255.255.255")]
    stepped = [("192.0.3.2", "198.51.100.12"), ("192.0.2.4", "224.0.0.251"), ("0.0.0.0", "255.255.255.255")]
    batch = FrameBatch.from_frames([packet(*pair) for pair in pairs], link_type=linktypes.RAW)
    assert list(Rewrite().apply(batch, interpreted, step=3).frames()) == [packet(*pair) for pair in stepped]


def test_any_bytes_cut_anywhere_are_survived(recorded, interpreted):
    """The kernel checks its bounds: a read outside of a frame's data would raise."""
    chosen = recorded.select(np.arange(0, len(recorded), 37))
    short = [frame[:cut] for frame in chosen.frames() for cut in range(0, len(frame), 5)]
    found = list(rewrite().apply(FrameBatch.from_frames(short), interpreted).frames())
    assert list(map(len, found)) == list(map(len, short))


def test_the_batch_itself_stays_as_it_was(recorded, interpreted):
    before = recorded.data.tobytes()
    rewrite().apply(recorded.select(slice(0, 50)), interpreted)
    assert recorded.data.tobytes() == before


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (ip_mapping, "192.0.2.1"), (ip_mapping, "192.0.2.1=x"), (ip_mapping, "192.0.2.0/24=192.0.2.0/25"),
        (ip_mapping, "192.0.2.1=2001:db8::1"), (ip_mapping, "192.0.2.1/24=192.0.2.0/24"), (ip_mapping, "a=b=c"),
        (mac_mapping, "02:00:00:00:00:01"), (mac_mapping, "1=2"), (port_mapping, "80"), (port_mapping, "80=x"),
        (port_mapping, "80=65536"), (port_mapping, "-1=80"),
    ],
)  # fmt: skip
def test_mappings_that_are_none_are_refused_in_one_line(read, text):
    with pytest.raises(TargetError, match=r"^'[^\n]*: (write|give) [^\n]*$"):
        read(text)
