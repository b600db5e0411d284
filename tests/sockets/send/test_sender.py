"""Frames sent, against what the other end of the wire, or the reader of a tun device, gets."""

from __future__ import annotations

import os
import select
import threading
import time

import pcapy
import pytest
from scapy.layers.inet import IP, UDP

from rawkit.errors import SendError, TargetError
from rawkit.files import PcapWriter
from rawkit.frames import FrameBatch
from rawkit.lab import Host
from rawkit.sockets.receive.ring import ReceiveRing
from rawkit.sockets.send.sender import RING_AFTER, FrameSender
from tests.sockets.send.peer import PATIENCE, Other, tc

pytestmark = [pytest.mark.root, pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

OURS = "ether proto 0x88b5"
WAYS = {"messages": RING_AFTER, "ring": 0}
"""How many frames are sent before the ring is opened."""

both_ways = pytest.mark.parametrize("ring_after", WAYS.values(), ids=WAYS)


def opened(host: Host, **options) -> FrameSender:
    with host.entered():
        return FrameSender("eth0", **options)


@both_ways
@pytest.mark.parametrize("bypass", [False, True])
def test_each_frame_arrives_once_in_order(pair, numbered, bypass, ring_after):
    frames = numbered(5000)
    other = Other(pair["server"], len(frames))
    with pair["client"].entered(), FrameSender("eth0", qdisc_bypass=bypass, ring_after=ring_after) as sender:
        assert sender.send(FrameBatch.from_frames(frames)) == len(frames)
        assert sender.sent == len(frames)
        assert has_ring(pair["client"]) == (ring_after == 0)
    assert not has_ring(pair["client"])
    assert other.more() == frames


def has_ring(host: Host) -> bool:
    """Whether a socket of the host's has a ring to send from, as ss(8) has it from the kernel."""
    return "ring_tx" in host.run(["ss", "--packet", "--extended", "--all", "--numeric"], check=True).stdout


def test_messages_and_ring_in_turn_keep_the_order(pair, numbered):
    frames = numbered(3000)
    parts = [frames[:700], frames[700:710], frames[710:1900], frames[1900:1901], frames[1901:]]
    other = Other(pair["server"], len(frames))
    with pair["client"].entered(), FrameSender("eth0", ring_after=500) as sender:
        for part in parts:
            assert sender.send(FrameBatch.from_frames(part)) == len(part)
        assert sender.sent == len(frames)
        assert has_ring(pair["client"])
    assert other.more() == frames


def test_frames_of_all_sizes_go_through_the_ring(pair, numbered):
    head = numbered(1)[0][:14]
    frames = [head + bytes([size % 251]) * (size - 14) for size in (*range(14, 300), *range(300, 1515, 7), 1513, 1514)]
    other = Other(pair["server"], len(frames))
    with pair["client"].entered(), FrameSender("eth0", ring_after=0) as sender:
        assert sender.send(FrameBatch.from_frames(frames)) == len(frames)
        assert has_ring(pair["client"])
    assert other.more() == frames


def test_no_ring_is_opened_in_another_namespace(pair, numbered):
    other = Other(pair["server"], 200)
    with opened(pair["client"], ring_after=0) as sender:
        assert sender.send(FrameBatch.from_frames(numbered(200))) == 200
        assert not has_ring(pair["client"])
    assert other.more() == numbered(200)


def test_an_mtu_that_shrinks_is_heeded_while_the_ring_is_open(pair, numbered):
    frames = [*numbered(100), numbered(1)[0].ljust(900, b"x"), *numbered(100)]
    other = Other(pair["server"], 201)
    with pair["client"].entered(), FrameSender("eth0", ring_after=0) as sender:
        assert sender.send(FrameBatch.from_frames(frames)) == len(frames)
        pair["client"].run(["ip", "link", "set", "eth0", "mtu", "800"], check=True)
        with pytest.raises(SendError, match="eth0: frame 301: Message too long: send at most the MTU"):
            sender.send(FrameBatch.from_frames(frames))
        assert sender.sent == 301
    assert other.more() == frames


def test_one_frame(pair, numbered):
    other = Other(pair["server"], 1)
    with opened(pair["client"]) as sender:
        sender.send_frame(numbered(1)[0])
    assert other.more() == numbered(1)


def test_nothing_is_sent_of_an_empty_batch(pair):
    with opened(pair["client"]) as sender:
        assert sender.send(FrameBatch.from_frames([])) == sender.sent == 0


def test_a_selection_is_sent_from_where_it_lies(pair, numbered):
    frames = numbered(2000)
    other = Other(pair["server"], 500)
    with opened(pair["client"]) as sender:
        assert sender.send(FrameBatch.from_frames(frames).select(slice(1500, None, -3))) == 501
        assert other.more() == frames[1500::-3][:500]


def test_what_a_ring_captured_can_be_sent_again_with_its_vlan_tags(pair, numbered, send_frames, tmp_path):
    path = tmp_path / "sent.pcap"
    plain = numbered(20)
    frames = [f if n % 3 else f[:12] + bytes.fromhex(f"81000{n:03x}") + f[12:] for n, f in enumerate(plain)]
    frames[3] = frames[3][:12] + bytes.fromhex("88a8f0058100a006") + frames[3][16:]
    with pair["server"].entered():
        ring = ReceiveRing("eth0", filter="ether proto 0x88b5 or vlan", direction="in")
        sender = FrameSender("eth0")
    with pair["client"].entered():
        back = ReceiveRing("eth0", filter="ether proto 0x88b5 or vlan", direction="in")
    with ring, sender, back, PcapWriter(path, 1) as writer:
        send_frames(pair["client"], frames)
        while sender.sent < len(frames):
            batch = ring.read(PATIENCE)
            assert batch is not None
            assert sender.send(batch) == len(batch)
        count = 0
        while count < len(frames):
            batch = back.read(PATIENCE)
            assert batch is not None
            assert len(batch)
            writer.write(batch)
            count += len(batch)
    reader = pcapy.open_offline(str(path))
    assert [reader.next()[1] for _ in frames] == frames


SHAPES = {
    # The queue holds all, the socket's buffer a few: EAGAIN.
    "small buffer": (("rate", "80mbit", "burst", "5k", "limit", "10m"), 4608),
    # The buffer holds all, the queue a few: ENOBUFS.
    "small queue": (("rate", "80mbit", "burst", "5k", "limit", "10k"), 8 << 20),
}


@both_ways
@pytest.mark.parametrize("shape", SHAPES)
def test_back_pressure_loses_nothing_and_sends_nothing_twice(pair, numbered, shape, ring_after):
    words, buffer = SHAPES[shape]
    tc(pair["client"], *words)
    frames = numbered(3000)
    other = Other(pair["server"], len(frames))
    with pair["client"].entered(), FrameSender("eth0", buffer=buffer, ring_after=ring_after) as sender:
        begin = time.monotonic()
        assert sender.send(FrameBatch.from_frames(frames)) == len(frames)
        waited = time.monotonic() - begin
    # A queue that another CPU empties can change their order: each has to be there, once.
    assert sorted(other.more()) == frames
    bits = 8 * sum(map(len, frames))
    assert waited > 0.5 * bits / 80e6  # it was held back, for about as long as the link takes


def test_a_ring_waits_for_its_slots(pair, numbered):
    tc(pair["client"], "rate", "80mbit", "burst", "5k", "limit", "10m")
    frames = numbered(3000)
    other = Other(pair["server"], len(frames))
    with pair["client"].entered(), FrameSender("eth0", buffer=8 << 20, ring_after=0) as sender:
        begin = time.monotonic()
        assert sender.send(FrameBatch.from_frames(frames)) == len(frames)
        waited = time.monotonic() - begin
    assert sorted(other.more()) == frames
    bits = 8 * sum(map(len, frames))
    assert waited > 0.5 * bits / 80e6  # neither buffer nor queue held it back: all slots were under way


@both_ways
def test_a_link_that_takes_nothing_ends_in_an_error_with_the_exact_count(pair, numbered, ring_after):
    quiet = "echo 1 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6"  # so that the queue has our frames alone
    pair["client"].run(["sh", "-c", quiet], check=True)
    tc(pair["client"], "rate", "8bit", "burst", "2k", "limit", "20k")
    with pair["client"].entered(), FrameSender("eth0", stall=0.2, ring_after=ring_after) as sender:
        with pytest.raises(SendError, match=r"eth0: no frame went out for 0\.2 s, after \d+ in all: see whether"):
            sender.send(FrameBatch.from_frames(numbered(500)))
        said = pair["client"].run(["tc", "-s", "qdisc", "show", "dev", "eth0"]).stdout
    sent, queued = int(said.split("pkt")[0].split()[-1]), int(said.split("backlog ")[1].split()[1].rstrip("p"))
    assert sender.sent == sent + queued


def test_a_full_device_queue_past_the_qdisc(pair, tun):
    pair["client"].run(["ip", "link", "set", "tun0", "txqueuelen", "4", "up"], check=True)
    packets = [
        bytes(IP(src="198.51.100.1", dst="198.51.100.2", id=n) / UDP(sport=1, dport=9) / b"x") for n in range(300)
    ]
    got: list[bytes] = []

    def read() -> None:
        while len(got) < len(packets) and select.select([tun], [], [], PATIENCE)[0]:
            packet = os.read(tun, 2000)
            if packet[0] >> 4 == 4:
                got.append(packet)

    with pair["client"].entered():
        sender = FrameSender("tun0", qdisc_bypass=True)
    with sender:
        reader = threading.Timer(0.05, read)  # begins late, so that the queue is full
        reader.start()
        assert sender.send(FrameBatch.from_frames(packets, link_type=101)) == len(packets)
        reader.join(PATIENCE)
    assert got == packets


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (bytes(3000), "Message too long: send at most the MTU"),
        (bytes(5), "Invalid argument: give it a whole link header"),
    ],
)
@both_ways
def test_a_frame_that_the_kernel_does_not_take(pair, numbered, bad, reason, ring_after):
    frames = [*numbered(100), bad, *numbered(3)]
    other = Other(pair["server"], 101)
    with pair["client"].entered(), FrameSender("eth0", ring_after=ring_after) as sender:
        with pytest.raises(SendError, match=f"eth0: frame 100: {reason}"):
            sender.send(FrameBatch.from_frames(frames))
        assert sender.sent == 100
        sender.send_frame(numbered(101)[100])
    assert other.more() == numbered(101)


@both_ways
def test_an_interface_that_is_down(pair, numbered, ring_after):
    pair["client"].run(["ip", "link", "set", "eth0", "down"], check=True)
    with pair["client"].entered(), FrameSender("eth0", ring_after=ring_after) as sender:
        with pytest.raises(SendError, match="frame 0: Network is down: set the interface up"):
            sender.send(FrameBatch.from_frames(numbered(100)))
        assert sender.sent == 0


def test_a_frame_outside_its_batch_is_not_sent(pair, numbered):
    batch = FrameBatch.from_frames(numbered(2))
    batch.offset[1] += 1
    with opened(pair["client"]) as sender:
        with pytest.raises(SendError, match="not inside its batch's data"):
            sender.send(batch)
        assert sender.sent == 0


def test_no_such_interface_leaves_no_descriptor(pair):
    before = len(os.listdir("/proc/self/fd"))
    with pair["client"].entered(), pytest.raises(TargetError, match="no interface 'eth7'"):
        FrameSender("eth7")
    assert len(os.listdir("/proc/self/fd")) == before
