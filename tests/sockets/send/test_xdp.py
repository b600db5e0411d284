"""Frames through AF_XDP, against what the other end gets; and each reason for which they go another way."""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
import sys
import time

import numpy as np
import pytest

from rawkit.errors import SendError
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.frames import FrameBatch
from rawkit.lab import Host
from rawkit.sockets import device
from rawkit.sockets.send.sender import FrameSender
from rawkit.sockets.send.xdp_socket import ENTRIES, SOL_XDP, XdpSocket
from rawkit.values import replace
from tests.sockets.send.peer import PATIENCE, Other

pytestmark = [pytest.mark.root, pytest.mark.netns, pytest.mark.usefixtures("namespaces", "kernel")]

XDP_STATISTICS = 7
PAST = {"qdisc_bypass": True, "xdp_after": 0}
"""What asks for AF_XDP from the first frame on."""


@pytest.fixture
def kernel(pair):
    """Skips the test where this kernel has no AF_XDP that sends many frames a call."""
    try:
        with pair["server"].entered():
            xdp_socket("eth0").close()
    except OSError as error:
        pytest.skip(f"AF_XDP: {error}")


def xdp_socket(name: str) -> XdpSocket:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        return XdpSocket(device.index_of(control, name))


def test_each_frame_arrives_once_in_order(pair, numbered):
    frames = numbered(5000)
    other = Other(pair["server"], len(frames))
    with pair["client"].entered(), FrameSender("eth0", **PAST) as sender:
        assert sender.send(FrameBatch.from_frames(frames)) == sender.sent == len(frames)
        assert (sender.by, sender.without_xdp) == ({"AF_XDP": len(frames)}, "")
        dropped, invalid, tx_invalid = statistics(sender)
    assert other.more() == frames
    assert (dropped, invalid, tx_invalid) == (0, 0, 0)


def statistics(sender: FrameSender) -> tuple[int, ...]:
    """What the kernel says of frames that it dropped, and of places that it could not make sense of (if_xdp.h)."""
    return struct.unpack("=3Q", sender._xdp.socket.getsockopt(SOL_XDP, XDP_STATISTICS, 48)[:24])


def test_frames_of_all_sizes(pair, numbered):
    head = numbered(1)[0][:14]
    frames = [head + bytes([size % 251]) * (size - 14) for size in (*range(14, 300), *range(300, 1515, 7), 1513, 1514)]
    frames *= 6  # more than the ring has room for
    assert len(frames) > ENTRIES
    other = Other(pair["server"], len(frames))
    with pair["client"].entered(), FrameSender("eth0", **PAST) as sender:
        sender.send(FrameBatch.from_frames(frames))
        assert sender.by == {"AF_XDP": len(frames)}
    assert other.more() == frames


def test_batches_of_narrow_and_of_wide_frames_in_turn(pair, numbered):
    frames = [frame[:60] if number // 500 % 2 else frame for number, frame in enumerate(numbered(4000))]
    other = Other(pair["server"], len(frames))
    with pair["client"].entered(), FrameSender("eth0", **PAST) as sender:
        for at in range(0, len(frames), 500):
            sender.send(FrameBatch.from_frames(frames[at : at + 500]))
        assert sum(sender.by.values()) == len(frames)
    assert other.more() == frames


def test_it_begins_after_so_many_frames_and_small_batches_go_by_messages(pair, numbered):
    frames = numbered(3000)
    parts = [frames[:700], frames[700:710], frames[710:1900], frames[1900:1901], frames[1901:]]
    other = Other(pair["server"], len(frames))
    with pair["client"].entered(), FrameSender("eth0", qdisc_bypass=True, xdp_after=705) as sender:
        for part in parts:
            sender.send(FrameBatch.from_frames(part))
        assert sender.by == {"sendmmsg": 711, "AF_XDP": 2289}
    assert other.more() == frames


def test_captures_on_this_host_see_what_they_see_of_frames_past_the_queue(pair, numbered):
    """Nothing, of both; of other frames all: so AF_XDP is for those who ask to go past the queue."""
    seen = {}
    for name, options in {"queue": {}, "past": {"qdisc_bypass": True}, "AF_XDP": PAST}.items():
        other = Other(pair["server"], 100)
        with pair["client"].entered(), FrameSender("eth0", **options) as sender, tap() as listener:
            sender.send(FrameBatch.from_frames(numbered(100)))
            assert set(sender.by) == {name if name == "AF_XDP" else "sendmmsg"}
            seen[name] = count(listener)
        assert other.more() == numbered(100)
    assert seen == {"queue": 100, "past": 0, "AF_XDP": 0}


def tap() -> socket.socket:
    """What a capture on the sending host listens with: a packet socket for all protocols."""
    listener = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    listener.bind(("eth0", 3))
    listener.setblocking(False)
    return listener


def count(listener: socket.socket) -> int:
    found = 0
    while True:
        try:
            found += listener.recv(65536)[12:14] == b"\x88\xb5"
        except BlockingIOError:
            return found


def test_not_without_past_the_queue(pair, numbered):
    other = Other(pair["server"], 100)
    with pair["client"].entered(), FrameSender("eth0", xdp_after=0) as sender:
        sender.send(FrameBatch.from_frames(numbered(100)))
        assert (sender.by, sender.without_xdp) == ({"sendmmsg": 100}, "")
    assert other.more() == numbered(100)


# What is out comes back late, and in another order.


FAR, FARTHER = bytes.fromhex("0200000000a1"), bytes.fromhex("0200000000a2")


@pytest.fixture
def onward(pair):
    """Two hosts, the second of which hands frames on by a bridge: to `FAR` by out0, to `FARTHER` by out1.

    A frame is out for AF_XDP when the last queue has handed it on, as with a network card.
    """
    server = pair["server"]
    server.run(["ip", "link", "add", "br0", "type", "bridge"], check=True)
    server.run(["ip", "link", "set", "br0", "up"], check=True)
    for host, name in ((pair["client"], "eth0"), (server, "eth0"), (server, "br0")):
        quiet(host, name)
    for number, mac in enumerate((FAR, FARTHER)):
        name, end = f"out{number}", f"end{number}"
        server.run(["ip", "link", "add", name, "type", "veth", "peer", "name", end], check=True)
        for one in (name, end):
            quiet(server, one)
        for line in (f"{end} up", f"{name} master br0 up"):
            server.run(["ip", "link", "set", *line.split()], check=True)
        server.run(["bridge", "fdb", "add", mac.hex(":"), "dev", name, "master", "static"], check=True)
    server.run(["ip", "link", "set", "eth0", "master", "br0"], check=True)
    return pair


def quiet(host: Host, name: str) -> None:
    """Lets the kernel send nothing of its own there, so that its counters are of our frames."""
    host.run(["sh", "-c", f"echo 1 > /proc/sys/net/ipv6/conf/{name}/disable_ipv6"], check=True)


def slow(host: Host, name: str, rate: str) -> None:
    words = ["tbf", "rate", rate, "burst", "5k", "limit", "100m"]
    host.run(["tc", "qdisc", "replace", "dev", name, "root", *words], check=True)


def received(host: Host, name: str) -> int:
    """The frames that an interface of a host received."""
    return int(host.run(["cat", f"/sys/class/net/{name}/statistics/rx_packets"], check=True).stdout)


@pytest.mark.parametrize("order", ["in order", "in another order"])
def test_frames_that_are_out_late_hold_the_next_ones_back(onward, numbered, order):
    slow(onward["server"], "out0", "80mbit")
    frames = [FAR + frame[6:] for frame in numbered(2 * ENTRIES)]
    if order != "in order":
        frames[::2] = [FARTHER + frame[6:] for frame in frames[::2]]
    near, far = (Other(onward["server"], sum(f[:6] == mac for f in frames), end) for mac, end in ENDS_OF.items())
    with onward["client"].entered(), FrameSender("eth0", **PAST) as sender:
        begin = time.monotonic()
        sender.send(FrameBatch.from_frames(frames))
        waited = time.monotonic() - begin
        assert sender.by == {"AF_XDP": len(frames)}
    assert near.more() == [frame for frame in frames if frame[:6] == FAR]
    assert far.more() == [frame for frame in frames if frame[:6] == FARTHER]
    # The ring holds all but the first of these: they were out by then.
    first = [frame for frame in frames[: len(frames) - ENTRIES] if frame[:6] == FAR]
    assert waited > 0.5 * 8 * sum(map(len, first)) / 80e6


ENDS_OF = {FAR: "end0", FARTHER: "end1"}


@pytest.mark.parametrize(("buffer", "why"), [(None, ""), (4608, "No buffer space available")], ids=["slots", "buffer"])
def test_a_link_that_takes_nothing_ends_in_an_error_with_the_exact_count(onward, numbered, buffer, why):
    """Slots, or the socket's buffer, are full of frames that come back never; what is behind them never goes out."""
    slow(onward["server"], "out0", "8bit")
    frames = [FAR + frame[6:] for frame in numbered(2 * ENTRIES)]
    before = received(onward["server"], "eth0")
    with onward["client"].entered(), FrameSender("eth0", stall=0.3, buffer=buffer, **PAST) as sender:
        with pytest.raises(SendError, match=r"eth0: no frame went out for 0\.3 s, after \d+ in all: see whether"):
            sender.send(FrameBatch.from_frames(frames))
        assert 0 < sender.sent < len(frames)
        assert sender.without_xdp == why
        sender.send_frame(frames[0])  # as a message
        assert received(onward["server"], "eth0") - before == sender.sent


# Each reason for another way.


def test_a_queue_that_another_program_has(pair, numbered):
    other = Other(pair["server"], 200)
    with pair["client"].entered():
        theirs = xdp_socket("eth0")
        with FrameSender("eth0", **PAST) as sender:
            sender.send(FrameBatch.from_frames(numbered(200)))
            assert sender.by == {"sendmmsg": 200}
            said = "Device or resource busy (another program sends through AF_XDP there)"
            assert sender.without_xdp == said
        theirs.close()
    assert other.more() == numbered(200)


def test_another_network_namespace(pair, numbered):
    other = Other(pair["server"], 200)
    with pair["client"].entered():
        sender = FrameSender("eth0", **PAST)
    with sender:
        sender.send(FrameBatch.from_frames(numbered(200)))
        assert sender.by == {"sendmmsg": 200}
        assert sender.without_xdp != ""
    assert other.more() == numbered(200)


def test_bare_packets(pair, tun):
    pair["client"].run(["ip", "link", "set", "tun0", "up"], check=True)
    packet = bytes.fromhex("4500001c00000000401100000a0000010a000002000900090008ffff")
    with pair["client"].entered(), FrameSender("tun0", **PAST) as sender:
        sender.send(FrameBatch.from_frames([packet] * 100, link_type=101))
        assert (sender.by, sender.without_xdp) == ({"sendmmsg": 100}, "it takes Ethernet frames")


def test_frames_wider_than_a_slot(pair, numbered):
    for host in ("client", "server"):
        pair[host].run(["ip", "link", "set", "eth0", "mtu", "9000"], check=True)
    wide = [numbered(1)[0].ljust(4000, b"x"), *numbered(99)]
    other = Other(pair["server"], 200)
    with pair["client"].entered(), FrameSender("eth0", **PAST) as sender:
        sender.send(FrameBatch.from_frames(wide))
        sender.send(FrameBatch.from_frames(numbered(100)))
        assert sender.by == {"sendmmsg": 100, "AF_XDP": 100}
        assert sender.without_xdp == "a batch has frames that are too large for it, or want a VLAN tag put back"
    assert other.more() == wide + numbered(100)


def test_frames_whose_tag_the_kernel_took_off(pair, numbered):
    batch = FrameBatch.from_frames(numbered(100))
    batch = replace(batch, status=np.full(100, VLAN_STRIPPED | 7 << 16, np.int64))
    with pair["client"].entered(), FrameSender("eth0", **PAST) as sender:
        sender.send(batch)
        assert sender.by == {"sendmmsg": 100}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (bytes(3000), "Message too long: send at most the MTU"),
        (bytes(5), "Invalid argument: give it a whole link header"),
    ],
)
def test_a_frame_that_the_kernel_does_not_take(pair, numbered, bad, reason):
    frames = [*numbered(100), bad, *numbered(3)]
    other = Other(pair["server"], 101)
    with pair["client"].entered(), FrameSender("eth0", **PAST) as sender:
        with pytest.raises(SendError, match=f"eth0: frame 100: {reason}"):
            sender.send(FrameBatch.from_frames(frames))
        assert sender.sent == 100
        sender.send_frame(numbered(101)[100])
    assert other.more() == numbered(101)


def test_an_mtu_that_shrinks_is_heeded(pair, numbered):
    frames = [*numbered(100), numbered(1)[0].ljust(900, b"x"), *numbered(100)]
    other = Other(pair["server"], 301)
    with pair["client"].entered(), FrameSender("eth0", **PAST) as sender:
        sender.send(FrameBatch.from_frames(frames))
        pair["client"].run(["ip", "link", "set", "eth0", "mtu", "800"], check=True)
        with pytest.raises(SendError, match="eth0: frame 301: Message too long: send at most the MTU"):
            sender.send(FrameBatch.from_frames(frames))
        assert sender.by == {"AF_XDP": 201, "sendmmsg": 100}
    assert other.more() == frames + numbered(100)


ENDS = {
    "down": (["ip", "link", "set", "eth0", "down"], "frame 200: Network is down: set the interface up"),
    "gone": (["ip", "link", "del", "eth0"], "frame 200: (No such device or address: the interface is gone|Network is)"),
}


@pytest.mark.parametrize(("command", "said"), ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("xdp_after", [0, None], ids=["AF_XDP", "messages"])
def test_a_link_that_ends_in_the_middle_says_the_same_either_way(pair, numbered, command, said, xdp_after):
    other = Other(pair["server"], 200)
    with pair["client"].entered(), FrameSender("eth0", qdisc_bypass=True, xdp_after=xdp_after) as sender:
        sender.send(FrameBatch.from_frames(numbered(200)))
        assert other.more() == numbered(200)
        pair["client"].run(command, check=True)
        with pytest.raises(SendError, match=f"eth0: {said}"):
            sender.send(FrameBatch.from_frames(numbered(200)))
        assert sender.sent == 200


def test_a_link_without_carrier_loses_nothing_without_saying_so(pair, numbered):
    """The device refuses the first frame when the kernel has taken it out of the ring: it counts as not sent."""
    with pair["client"].entered(), FrameSender("eth0", stall=0.2, **PAST) as sender:
        sender.send(FrameBatch.from_frames(numbered(200)))
        pair["server"].run(["ip", "link", "set", "eth0", "down"], check=True)
        with pytest.raises(SendError, match=r"eth0: no frame went out for 0\.2 s, after 200 in all"):
            sender.send(FrameBatch.from_frames(numbered(200)))
        assert (sender.sent, sender.by) == (200, {"AF_XDP": 200})
        assert sender.without_xdp == "Device or resource busy"
        pair["server"].run(["ip", "link", "set", "eth0", "up"], check=True)
        other = Other(pair["server"], 200)
        sender.send(FrameBatch.from_frames(numbered(200)))
    assert other.more() == numbered(200)


CHILD = """
import resource, sys
from rawkit.frames import FrameBatch
from rawkit.sockets.send.sender import FrameSender
from rawkit.sockets.privileges import drop
limit, user = int(sys.argv[1]), sys.argv[2]
resource.setrlimit(resource.RLIMIT_MEMLOCK, (limit, limit))
with FrameSender("eth0", qdisc_bypass=True, xdp_after=0) as sender:
    if user:
        drop(user)
    sender.send(FrameBatch.from_frames([bytes.fromhex("02000000020002000000010088b5") + bytes(46)] * 100))
    print(sender.by, sender.without_xdp)
"""


def test_root_that_was_given_up(pair):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    done = pair["client"].run([sys.executable, "-c", CHILD, str(64 << 10), "nobody"], check=True)
    assert done.stdout.strip() == "{'sendmmsg': 100} Operation not permitted (it needs CAP_NET_RAW when it is opened)"


IN_A_USER_NAMESPACE = """
ip link add eth0 type veth peer name eth1 && ip link set eth0 up && ip link set eth1 up && "$0" -c "$1" "$2" ""
cat /sys/class/net/eth1/statistics/rx_packets
"""
OWN = ("unshare", "--user", "--map-root-user", "--net", "--mount", "sh", "-c", "mount -t sysfs s /sys;")


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (8 << 20, "{'AF_XDP': 100} "),
        (64 << 10, "{'sendmmsg': 100} No buffer space available (see how much memory may be locked (`ulimit -l`))"),
    ],
)
def test_a_user_namespace_and_the_memory_that_may_be_locked_there(limit, said):
    script = OWN[-1] + IN_A_USER_NAMESPACE
    words = [*OWN[:-1], script, sys.executable, CHILD, str(limit)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr:
        pytest.skip(done.stderr)
    assert done.stdout.splitlines()[0].strip() == said.strip(), done.stderr
    assert int(done.stdout.splitlines()[1]) >= 100


def test_nothing_is_left_of_it(pair, numbered):
    """Neither descriptors nor mappings nor, in the end, the queue."""
    before = left()
    for _ in range(3):
        with pair["client"].entered(), FrameSender("eth0", **PAST) as sender:
            sender.send(FrameBatch.from_frames(numbered(100)))
            assert left() != before
        assert left() == before
    with pair["client"].entered():
        end = time.monotonic() + PATIENCE
        while not is_free("eth0"):
            assert time.monotonic() < end


def is_free(name: str) -> bool:
    try:
        xdp_socket(name).close()
    except OSError:
        return False
    return True


def left() -> tuple[int, int]:
    with open("/proc/self/maps") as lines:
        return len(os.listdir("/proc/self/fd")), len(re.findall(r"\[xsk|anon_inode:\[?xdp|socket:", lines.read()))
