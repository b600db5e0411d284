"""The receive ring against frames that others send, and tools that read what it captured."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pcapy
import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether
from scapy.packet import Raw

from rawkit import linktypes
from rawkit.errors import CaptureError, FilterError, PrivilegeError, TargetError
from rawkit.facts import status as bits
from rawkit.files import Interface, PcapngWriter, PcapWriter
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.lab import Host, Lab
from rawkit.sockets.filter.bpf import compile_filter, parse_bytecode
from rawkit.sockets.receive import ring_kernel
from rawkit.sockets.receive.ring import ReceiveRing
from rawkit.sockets.receive.ring_set import RingSet

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

OURS = "ether proto 0x88b5"
PATIENCE = 5.0


def collect(source: ReceiveRing | RingSet, count: int, patience: float = PATIENCE) -> list[FrameBatch]:
    """Copies of the batches until there are so many frames, or none comes any more."""
    batches: list[FrameBatch] = []
    end = time.monotonic() + patience
    while sum(map(len, batches)) < count and time.monotonic() < end:
        batch = source.read(0.5)
        assert batch is not None
        batches += [batch.copy()] if len(batch) else []
    return batches


def frames_of(batches: list[FrameBatch]) -> list[bytes]:
    return [frame for batch in batches for frame in batch.frames()]


def column(batches: list[FrameBatch], name: str) -> list[int]:
    return [value for batch in batches for value in getattr(batch, name).tolist()]


def opened(host: Host, interface: str | None = "eth0", **options) -> ReceiveRing:
    with host.entered():
        return ReceiveRing(interface, **options)


def tshark(path: Path, *fields: str) -> list[list[str]]:
    names = [word for field in fields for word in ("-e", field)]
    command = ["tshark", "-r", str(path), "-T", "fields", *names]
    printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return [line.split("\t") for line in printed.splitlines()]


@pytest.mark.parametrize("mode", ["interpreted", "compiled"])
def test_all_frames_come_in_order_and_as_they_were_sent(pair, numbered, send_frames, mode):
    frames = numbered(3000)
    with opened(pair["server"], filter=OURS, engine=Engine(mode)) as ring:
        before = time.time_ns()
        send_frames(pair["client"], frames)
        batches = collect(ring, len(frames))
        after = time.time_ns()
    assert frames_of(batches) == frames
    times = column(batches, "timestamp")
    assert times == sorted(times)
    assert before <= times[0] <= times[-1] <= after
    assert set(column(batches, "link_type")) == {linktypes.ETHERNET}
    assert set(column(batches, "status")) == {bits.INCOMING}


@pytest.mark.referee
def test_tshark_and_tcpdump_read_what_was_captured(pair, numbered, send_frames, tmp_path):
    frames, path = numbered(50), tmp_path / "ring.pcap"
    with opened(pair["server"], filter=OURS) as ring, PcapWriter(path, ring.link_type) as writer:
        send_frames(pair["client"], frames)
        batches = collect(ring, len(frames))
        for batch in batches:
            writer.write(batch)
    rows = tshark(path, "frame.len", "frame.time_epoch")
    assert [int(length) for length, _ in rows] == [len(frame) for frame in frames]
    assert [int(text.replace(".", "")) for _, text in rows] == column(batches, "timestamp")
    printed = subprocess.run(["tcpdump", "-r", str(path), "-t"], capture_output=True, check=True, text=True).stdout
    assert printed.count("ethertype Unknown (0x88b5)") == len(frames)


@pytest.mark.referee
@pytest.mark.root
def test_tcpdump_beside_it_sees_the_same(pair, tmp_path):
    server, path = pair["server"], tmp_path / "theirs.pcap"
    theirs = server.popen(
        ["tcpdump", "-i", "eth0", "-Z", "root", "-c", "20", "-w", path, "icmp or icmp6"], stderr=-1, text=True
    )
    assert theirs.stderr is not None
    with theirs, opened(server, filter="icmp or icmp6") as ring:
        assert "listening" in theirs.stderr.readline()
        pair["client"].run(["ping", "-c5", "-i0.002", "-s", "1000", str(server.ipv4)], check=True)
        pair["client"].run(["ping", "-c5", "-i0.002", str(server.ipv6)], check=True)
        ours = frames_of(collect(ring, 20))
        theirs.communicate(timeout=PATIENCE)
    reader = pcapy.open_offline(str(path))
    expected = [reader.next()[1] for _ in range(20)]
    assert ours[:20] == expected


def test_nothing_slips_past_the_filter_while_the_ring_opens(pair, numbered):
    stop = threading.Event()
    with pair["client"].entered():
        sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        sender.bind(("eth0", 0))
    (frame,) = numbered(1)

    def flood() -> None:
        while not stop.is_set():
            sender.send(frame)

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        for _ in range(30):
            with opened(pair["server"], filter=f"not {OURS}", memory=1, timeout_ms=1) as ring:
                assert frame not in frames_of([ring.read(0.01)])
                seen = ring.statistics()
            assert seen.received < 5
        with opened(pair["server"], memory=1, timeout_ms=1) as ring:
            assert frame in frames_of(collect(ring, 1))  # there was a flood
    finally:
        stop.set()
        thread.join()
        sender.close()


TAGGED = [
    bytes(
        Ether(src="02:00:00:00:01:00", dst="02:00:00:00:02:00") / head / IP(src="192.0.2.10", dst="192.0.2.20") / rest
    )
    for head in (Dot1Q(vlan=5, prio=3), Dot1AD(vlan=7) / Dot1Q(vlan=5), Dot1Q(vlan=6))
    for rest in (UDP(sport=9, dport=9) / Raw(bytes(30)), TCP(sport=80, dport=9) / Raw(bytes(30)))
]


def test_a_vlan_tag_is_kept_and_put_back(pair, send_frames, tmp_path):
    path = tmp_path / "tagged.pcap"
    with opened(pair["server"], filter="vlan") as ring, PcapWriter(path, ring.link_type) as writer:
        send_frames(pair["client"], TAGGED)
        batches = collect(ring, len(TAGGED))
        for batch in batches:
            writer.write(batch)
    status = column(batches, "status")
    assert all(value & bits.VLAN_STRIPPED for value in status)
    assert [value >> 16 & 0xFFFF for value in status] == [3 << 13 | 5] * 2 + [7] * 2 + [6] * 2
    assert [value >> 32 for value in status] == [0x8100] * 2 + [0x88A8] * 2 + [0x8100] * 2
    reader = pcapy.open_offline(str(path))
    assert [reader.next()[1] for _ in TAGGED] == TAGGED


@pytest.mark.parametrize(
    "expression",
    [
        "vlan",
        "vlan 5",
        "vlan 7 and vlan 5",
        "vlan and udp",
        "vlan 6 and tcp port 80",
        "not vlan 6",
        "vlan and src net 192.0.2.0/24",
        "tcp port 80 or (vlan 5 and udp port 9)",
        "ether[0] = 2 and vlan 5",
    ],
)
def test_a_filter_for_vlans_finds_what_libpcap_finds_in_the_file(pair, send_frames, expression):
    theirs = pcapy.compile(1, 262144, expression, 1, 0xFFFFFFFF)
    plain = [frame[:12] + frame[16:] for frame in TAGGED[:2]]
    frames = [*TAGGED, *plain]
    with opened(pair["server"], filter=expression, direction="in") as ring:
        send_frames(pair["client"], frames)
        with opened(pair["server"], filter=OURS, memory=1) as end:
            send_frames(pair["client"], [bytes(12) + b"\x88\xb5" + bytes(50)])
            collect(end, 1)
        batches = collect(ring, 100, 0.1)
    found = [number for number, frame in enumerate(frames) if theirs.filter(frame)]
    tagged = [bool(value & bits.VLAN_STRIPPED) for value in column(batches, "status")]
    known = {frame[18:] for frame in TAGGED} | {frame[14:] for frame in TAGGED}  # not what the stacks say to it
    tails = [frame[14:] for frame in frames_of(batches) if frame[14:] in known]
    assert tails == [frames[number][18 if number < len(TAGGED) else 14 :] for number in found]
    assert sum(tagged) == sum(number < len(TAGGED) for number in found)
    assert found


def test_a_filter_without_the_word_takes_tagged_frames_too_as_tcpdump_does(pair, send_frames):
    with opened(pair["server"], filter="udp port 9") as ring:
        send_frames(pair["client"], TAGGED)
        assert len(frames_of(collect(ring, 2))) == 2


def exchange_datagram(lab: Lab) -> None:
    with lab["server"].entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.settimeout(PATIENCE)
        receiver.bind(("192.0.2.20", 9000))
        with lab["client"].entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("192.0.2.10", 40_000))  # of one port in 65,536 the whole sum is that of the pseudo-header
            sender.sendto(b"hello", ("192.0.2.20", 9000))
        assert receiver.recv(100) == b"hello"


@pytest.mark.parametrize("place", ["client", "server"])
def test_a_checksum_that_nobody_filled_in_is_marked(offloading, place):
    with opened(offloading[place], filter="udp port 9000") as ring:
        exchange_datagram(offloading)
        batches = collect(ring, 1)
    (frame,), (status,) = frames_of(batches), column(batches, "status")
    assert status & bits.CSUM_NOT_READY
    assert bool(status & bits.OUTGOING) == (place == "client")
    packet = Ether(frame)
    claimed = packet[UDP].chksum
    del packet[UDP].chksum
    assert Ether(bytes(packet))[UDP].chksum != claimed


def test_a_checksum_that_the_sender_filled_in_is_not(pair):
    with opened(pair["server"], filter="udp port 9000") as ring:
        exchange_datagram(pair)
        (status,) = column(collect(ring, 1), "status")
    assert not status & bits.CSUM_NOT_READY


@pytest.mark.parametrize("filter", [None, OURS])
def test_snaplen_cuts_frames_and_says_so(pair, numbered, send_frames, filter):
    frames = numbered(20)
    with opened(pair["server"], filter=filter, snaplen=64, direction="in") as ring:
        send_frames(pair["client"], frames)
        batches = [one.select(np.flatnonzero(one.length >= 60)) for one in collect(ring, len(frames), 1)]
    ours = [
        (frame, size)
        for frame, size in zip(frames_of(batches), column(batches, "length"), strict=True)
        if frame[12:14] == b"\x88\xb5"
    ]
    assert ours == [(frame[:64], len(frame)) for frame in frames]
    truncated = [bool(status & bits.TRUNCATED) for status in column(batches, "status")]
    assert truncated == [size > 64 for size in column(batches, "length")]


@pytest.mark.parametrize(("direction", "kinds"), [("in", {8}), ("out", {0}), ("inout", {0, 8})])
def test_direction(pair, direction, kinds):
    server = pair["server"]
    with opened(server, filter="icmp", direction=direction) as ring:
        pair["client"].run(["ping", "-c3", "-i0.002", str(server.ipv4)], check=True)
        frames = frames_of(collect(ring, 3 * len(kinds)))
    assert {Ether(frame)["ICMP"].type for frame in frames} == kinds
    assert len(frames) == 3 * len(kinds)


@pytest.mark.parametrize("interface", ["lo", None])
@pytest.mark.parametrize("direction", ["in", "out", "inout"])
def test_the_loopback_interface_shows_each_packet_once(pair, interface, direction):
    with opened(pair["client"], interface, filter="icmp[icmptype] = icmp-echo", direction=direction) as ring:
        pair["client"].run(["ping", "-c3", "-i0.002", "127.0.0.1"], check=True)
        batches = collect(ring, 3)
        assert sum(map(len, batches)) == 3
        assert ring.statistics().received == 3
    assert {bool(status & bits.OUTGOING) for status in column(batches, "status")} == {direction == "out"}


def test_what_does_not_fit_is_counted(pair, numbered, send_frames):
    frames = numbered(1) * 30_000
    with opened(pair["server"], filter=OURS, memory=1) as ring:
        send_frames(pair["client"], frames)
        first = ring.statistics()
        batches = collect(ring, first.received)
        again = ring.statistics()
        closed = ring
    assert first.dropped > 1000
    assert first.freezes >= 1
    assert first.received + first.dropped + first.interface_dropped == len(frames)
    assert sum(map(len, batches)) == first.received
    assert again == closed.statistics() == first


@pytest.mark.parametrize("mode", ["lb", "hash", "rnd"])
def test_the_rings_of_a_fanout_group_share_all_frames(pair, mode):
    count, stop = 20_000, threading.Event()
    ends = Ether(src="02:00:00:00:01:00", dst="02:00:00:00:02:00") / IP(src="192.0.2.10", dst="192.0.2.20")
    udp = [bytes(ends / UDP(sport=port, dport=9)) for port in range(1, 101)]
    rings = [opened(pair["server"], filter="udp dst port 9", fanout=(7, mode)) for _ in range(3)]
    shares: list[list[bytes]] = [[] for _ in rings]

    def read(ring: ReceiveRing, share: list[bytes]) -> None:
        while not stop.is_set():
            share.extend((ring.read(0.05) or FrameBatch.from_frames([])).frames())

    threads = [threading.Thread(target=read, args=one) for one in zip(rings, shares, strict=True)]
    for thread in threads:
        thread.start()
    sent = [udp[number % 100] + number.to_bytes(4) for number in range(count)]
    with pair["client"].entered(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind(("eth0", 0))
        for frame in sent:
            sender.send(frame)
    end = time.monotonic() + PATIENCE
    while sum(map(len, shares)) < count and time.monotonic() < end:
        threads[0].join(0.02)
    stop.set()
    for thread, ring in zip(threads, rings, strict=True):
        thread.join()
        ring.close()
    assert sorted(frame for share in shares for frame in share) == sorted(sent)
    assert all(shares)
    if mode == "hash":  # a flow stays together
        ports = [{frame[34:36] for frame in share} for share in shares]
        assert sum(map(len, ports)) == len(set.union(*ports)) == 100


def ip(host: Host, *words: str) -> None:
    host.run(["ip", *words], check=True)


def test_an_interface_that_goes_down_is_waited_for(pair, numbered, send_frames):
    server = pair["server"]
    with opened(server, filter=OURS) as ring:
        ip(server, "link", "set", "eth0", "down")
        assert ring.read(0) is not None
        assert (ring.link.down, ring.link.downs) == (True, 1)
        assert len(ring.read(0.01) or ()) == 0
        ip(server, "link", "set", "eth0", "up")
        send_frames(pair["client"], numbered(3))
        assert frames_of(collect(ring, 3)) == numbered(3)
        assert (ring.link.down, ring.link.downs) == (False, 1)


def test_an_interface_may_be_down_at_the_beginning(pair, numbered, send_frames):
    server = pair["server"]
    ip(server, "link", "set", "eth0", "down")
    with opened(server, filter=OURS) as ring:
        ring.read(0)
        assert ring.link.down
        ip(server, "link", "set", "eth0", "up")
        send_frames(pair["client"], numbered(3))
        assert frames_of(collect(ring, 3)) == numbered(3)


@pytest.mark.parametrize("down_first", [True, False])
def test_an_interface_that_disappears_ends_the_capture(pair, down_first):
    server = pair["server"]
    with opened(server) as ring:
        if down_first:
            ip(server, "link", "set", "eth0", "down")
            ring.read(0)
        ip(server, "link", "del", "eth0")
        with pytest.raises(CaptureError, match="eth0: the interface is gone: the capture ends here"):
            collect(ring, 1_000_000)


@pytest.mark.root
def test_a_tun_interface_has_bare_packets(pair, tun):
    client = pair["client"]
    ip(client, "addr", "add", "198.51.100.1/24", "dev", "tun0")
    ip(client, "link", "set", "tun0", "up")
    packet = bytes(IP(src="198.51.100.2", dst="198.51.100.1") / UDP(sport=5, dport=9) / b"in the tunnel")
    with opened(client, "tun0", filter="udp dst port 9") as ring:
        os.write(tun, packet)
        batches = collect(ring, 1)
    assert frames_of(batches) == [packet]
    assert column(batches, "link_type") == [linktypes.RAW]


@pytest.mark.referee
def test_all_interfaces_at_once_have_cooked_headers(pair, send_frames, tmp_path):
    server, path = pair["server"], tmp_path / "any.pcapng"
    with opened(server, None, direction="in") as ring:
        send_frames(pair["client"], TAGGED[:4])
        pair["client"].run(["ping", "-c2", "-i0.002", str(server.ipv6)], check=True)
        server.run(["ping", "-c2", "-i0.002", "127.0.0.1"], check=True)
        batches = collect(ring, 13, 1)
    with PcapngWriter(path, [Interface(ring.link_type, name="any")]) as writer:
        for batch in batches:
            writer.write(batch)
    rows = tshark(
        path,
        "frame.protocols",
        "sll.ifindex",
        "vlan.id",
        "ieee8021ad.id",
        "sll.src.eth",
        "sll.pkttype",
        "sll.hatype",
        "_ws.malformed",
    )
    assert not any(row[-1] for row in rows)
    index = server.run(["cat", "/sys/class/net/eth0/ifindex"]).stdout.strip()
    tags = [row for row in rows if row[2]]
    assert [(row[2], row[3]) for row in tags] == [("5", "")] * 2 + [("5", "7")] * 2
    assert {(row[1], row[4], row[5], row[6]) for row in tags} == {(index, "02:00:00:00:01:00", "0", "1")}
    pings = [row for row in rows if "icmpv6" in row[0] and row[1] == index]
    assert len(pings) >= 2
    local = [row for row in rows if row[1] == "1"]
    assert [row[0].split(":")[-2:] for row in local] == [["icmp", "data"]] * 4
    assert {row[6] for row in local} == {"772"}
    assert all(status & bits.VLAN_STRIPPED == 0 for status in column(batches, "status"))


@pytest.mark.parametrize(
    "expression",
    [
        "tcp port 80",
        "ip6 host 2001:db8:1::20",
        "icmp and src host 192.0.2.10",
        "arp",
        "icmp[icmptype] = 8",
        "udp or icmp6",
    ],
)
def test_a_filter_on_all_interfaces_finds_what_libpcap_finds(pair, expression):
    client, server = pair["client"], pair["server"]
    theirs = pcapy.compile(linktypes.LINUX_SLL2, 262144, expression, 1, 0xFFFFFFFF)
    with opened(server, None, timeout_ms=1) as everything, opened(server, None, filter=expression) as ring:
        exchange_datagram(pair)
        client.run(["ping", "-c2", "-i0.002", str(server.ipv4)], check=True)
        client.run(["ping", "-c2", "-i0.002", str(server.ipv6)], check=True)
        with client.entered(), socket.socket() as caller:
            assert caller.connect_ex(("192.0.2.20", 80)) != 0
        expected = [frame for frame in frames_of(collect(everything, 1000, 0.3)) if theirs.filter(frame)]
        assert expected
        assert frames_of(collect(ring, len(expected))) == expected


def test_several_interfaces_in_one_capture(pair, numbered, send_frames):
    server = pair["server"]
    with server.entered():
        rings = RingSet(["eth0", "lo"], filter=f"{OURS} or icmp")
    with rings:
        send_frames(pair["client"], numbered(10))
        server.run(["ping", "-c2", "-i0.002", "127.0.0.1"], check=True)
        batches = collect(rings, 14)
        assert rings.statistics().received == 14
    assert rings.read() is None
    by_interface = dict.fromkeys((0, 1), 0)
    for batch in batches:
        by_interface[int(batch.interface[0])] += len(batch)
        assert len(set(batch.interface.tolist())) == 1
    assert by_interface == {0: 10, 1: 4}


def test_a_batch_that_is_kept_outlives_the_ring_and_nothing_else_does(pair, numbered, send_frames):
    def sockets() -> list[str]:
        found = (os.path.realpath(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd"))
        return sorted(one for one in found if "socket:" in one or "/net/dev" in one)

    def mapped() -> int:
        return Path("/proc/self/maps").read_text().count("socket:[")

    gc.collect()  # of what other tests have left
    before = (sockets(), mapped())
    ring = opened(pair["server"], filter=OURS)
    send_frames(pair["client"], numbered(1))
    batch = ring.read(PATIENCE)
    assert batch is not None
    ring.close()
    ring.close()
    assert (sockets(), mapped()) == (before[0], before[1] + 1)
    assert list(batch.frames()) == numbered(1)
    del batch, ring
    gc.collect()
    assert (sockets(), mapped()) == before


def test_a_ring_that_cannot_be_opened_leaves_nothing(pair):
    before = len(os.listdir("/proc/self/fd"))
    wrongs = {
        "give at least 1 of each": {"memory": 0},
        "leave that part out": {"filter": "vlan and ether[14] = 1"},
        "fanout group -1: give 0 to 65535": {"fanout": (-1, "hash")},
        "4097 instructions: give 1 to 4096": {"filter": parse_bytecode("4092" + ",6 0 0 1" * 4092)},
        # A memory word that was not written before.
        r"the kernel does not take it \(Invalid argument\)": {"filter": parse_bytecode("2,96 0 0 3,22 0 0 0")},
        r"no memory for a ring of 4194304 MiB: \d+ MiB are left: ask for less": {"memory": 1 << 22},
    }
    for reason, wrong in wrongs.items():
        with pytest.raises((CaptureError, FilterError), match=reason):
            opened(pair["server"], **wrong)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_fanout_group_of_another_mode_cannot_be_joined(pair):
    with (
        opened(pair["server"], memory=1, fanout=(3, "lb"), direction="in") as ring,
        opened(pair["server"], memory=1, fanout=(3, "lb"), direction="in"),
        pytest.raises(CaptureError, match="fanout group 3: the others of the group are on another interface, or have"),
    ):
        opened(pair["server"], memory=1, fanout=(3, "hash"), direction="in")
    assert ring.statistics().dropped == 0


@pytest.mark.root
def test_what_the_interface_drops_is_counted_in_its_own_namespace(pair, tun):
    ip(pair["client"], "link", "set", "tun0", "up")
    with opened(pair["client"], "tun0", memory=1) as ring:
        for _ in range(3):
            with pytest.raises(OSError, match="Invalid argument"):
                os.write(tun, b"\0 no IP version")
        assert ring.statistics().interface_dropped == 3
        ip(pair["client"], "link", "del", "tun0")
        assert ring.statistics().interface_dropped == 3


def test_a_closed_ring_says_so(pair):
    with opened(pair["server"], memory=1) as ring:
        assert len(ring.read(0) or ()) == 0
    assert ring.read() is None
    assert ring.fileno() == -1
    with pytest.raises(CaptureError, match="is closed"):
        ring.take()


@pytest.mark.parametrize("name", ["eth9", "", "an-interface-name-that-is-too-long", "e\0"])
def test_an_interface_that_is_not_there(pair, name):
    with pytest.raises(TargetError, match="no interface"):
        opened(pair["server"], name)


def test_a_filter_for_another_link_type(pair):
    with pytest.raises(FilterError, match="for RAW frames, but these are ETHERNET: compile it for that link type"):
        opened(pair["server"], filter=compile_filter("udp", linktypes.RAW))


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_without_the_right_one_line_says_what_to_do():
    attempt = "try: ReceiveRing('lo')\nexcept Exception as e: print(type(e).__name__, e)"
    code = f"from rawkit.sockets.receive.ring import *\n{attempt}"
    without = ["setpriv", "--bounding-set", "-net_raw", sys.executable, "-c", code]
    done = subprocess.run(without, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{PrivilegeError.__name__} packet sockets need CAP_NET_RAW: use sudo")
    assert done.stdout.count("\n") == 1


def test_the_walk_compiled_is_as_interpreted():
    random = np.random.default_rng(4)
    steps = random.integers(9, 200, 500) * 8
    words = np.zeros(int(steps.sum()) // 4 + 12, dtype=np.uint32)
    places = 48 + np.concatenate([[0], np.cumsum(steps)[:-1]])
    words[places // 4] = steps
    results = []
    for mode in ("interpreted", "compiled"):
        at = np.empty(500, dtype=np.int64)
        Engine(mode).call(ring_kernel.__name__, "chain", 0, words, 48, at)
        results.append(at.tolist())
    assert results[0] == results[1] == places.tolist()


def test_opening_a_ring_loads_no_compiler():
    code = (
        "import sys, rawkit.sockets.receive.ring_set\nprint({'numba', 'scapy', 'pyroute2', 'pcapy'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def waits(thread: threading.Thread) -> bool:
    """Whether the thread waits in the system."""
    return Path(f"/proc/self/task/{thread.native_id}/stat").read_text().rpartition(")")[2].split()[0] == "S"


@pytest.mark.parametrize(
    "made", [lambda: ReceiveRing("eth0", filter=OURS, memory=1), lambda: RingSet(["eth0", None], filter=OURS)]
)
def test_another_thread_closes_it_or_rings(pair, made):
    """Closing a descriptor alone ends no poll(2) on it."""
    with pair["server"].entered():
        ring = made()
    found = list[FrameBatch | None]()

    def read() -> None:
        while (batch := ring.read()) is not None:
            found.append(batch)

    thread = threading.Thread(target=read)
    thread.start()
    while not waits(thread):
        time.sleep(0.001)
    (ring.rings[0].bell if isinstance(ring, RingSet) else ring.bell).ring()
    while not found or not waits(thread):
        time.sleep(0.001)
    ring.close()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert [len(batch) for batch in found] == [0]
    assert ring.read() is None


LATE_MS = 700
"""After which the kernel hands over a block here, as it may be late on a busy machine."""


def test_what_is_received_and_not_handed_over_is_pending(pair):
    with opened(pair["server"], memory=1, timeout_ms=LATE_MS, filter="udp port 9", direction="in") as ring:
        with pair["client"].entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(3):
                sender.sendto(b"x", ("192.0.2.20", 9))
        end = time.monotonic() + PATIENCE
        while ring.pending() < 3 and not ring.ready():
            assert time.monotonic() < end
        assert (ring.pending(), len(frames_of(collect(ring, 3))), ring.pending()) == (3, 3, 0)


def test_a_tap_waits_for_a_late_timer(pair):
    from rawkit.lab.tap import Tap

    with Tap(pair["server"]) as tap:
        tap._ring.close()
        tap._ring = opened(pair["server"], memory=1, timeout_ms=LATE_MS, filter="udp port 9", direction="in")
        with pair["client"].entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for text in (b"one", b"two"):
                sender.sendto(text, ("192.0.2.20", 9))
        assert [frame[-3:] for frame in tap.take(0.05).frames()] == [b"one", b"two"]


def test_a_live_capture_waits_at_its_end_for_a_late_timer(pair, monkeypatch):
    import rawkit
    from rawkit.sockets.receive import ring_set

    class Late(ReceiveRing):
        def __init__(self, *given, **options):
            super().__init__(*given, **options, timeout_ms=LATE_MS)

    monkeypatch.setattr(ring_set, "ReceiveRing", Late)
    with pair["server"].entered(), rawkit.sniff("eth0", "udp port 9", engine="interpreted", memory=1) as capture:
        with pair["client"].entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"last", ("192.0.2.20", 9))
        capture.stop()
        assert [packet.bytes[-4:] for packet in capture if packet["ip.src"] == "192.0.2.10"] == [b"last"]
