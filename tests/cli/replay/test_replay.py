"""`rawkit replay` in a lab: what tcpdump sees at the other end, when, and what is said."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import numpy as np
import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Dot1Q, Ether

from rawkit.files import Interface, PcapngWriter, PcapWriter
from rawkit.frames import FrameBatch
from rawkit.values import replace

pytestmark = [pytest.mark.root, pytest.mark.netns, pytest.mark.referee]

RAWKIT = (sys.executable, "-P", "-m", "rawkit")
PATIENCE = 60
MS = 1_000_000
HEAD = bytes.fromhex("020000000099 020000000100 88b5")
MACS = {"src": "02:00:00:00:01:00", "dst": "02:00:00:00:00:99"}


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes frames, at milliseconds, to a pcap file."""

    def write(frames: list[bytes], at: list[float] | None = None, name: str = "given.pcap") -> Path:
        times = [round(one * MS) for one in (at or range(len(frames)))]
        with PcapWriter(tmp_path / name, 1) as writer:
            writer.write(FrameBatch.from_frames(frames, times))
        return tmp_path / name

    return write


def numbered(count: int) -> list[bytes]:
    return [HEAD + number.to_bytes(4) + bytes(46 + number % 900) for number in range(count)]


def test_every_frame_arrives_once_in_order(replay, written, seen):
    frames = numbered(20_000)
    with seen(len(frames)) as other:
        done = replay(written(frames), "--pps", "40000")
    assert other.frames == frames
    assert re.fullmatch(r"rawkit: 20000 frames \(\d+ bytes\) in .* on eth0\n", done.stderr)
    assert f"({sum(map(len, frames))} bytes)" in done.stderr


@pytest.mark.parametrize("kind", ["gzip", "pcapng", "stdin"])
def test_any_kind_of_file(replay, written, seen, tmp_path, kind):
    path = written(numbered(50))
    if kind == "gzip":
        path.with_suffix(".gz").write_bytes(gzip.compress(path.read_bytes()))
        path = path.with_suffix(".gz")
    if kind == "pcapng":
        with PcapngWriter(tmp_path / "x.pcapng", [Interface(1)]) as writer:
            writer.write(FrameBatch.from_frames(numbered(50)))
        path = tmp_path / "x.pcapng"
    with seen(50) as other, path.open("rb") as file:
        done = replay("-", "--top", stdin=file.fileno()) if kind == "stdin" else replay(path, "--top")
    assert (done.returncode, other.frames) == (0, numbered(50))


def kept(seen, count, call, wanted):
    """What is seen when the gaps are those; the machine may stall, so one of three tries is enough."""
    for _ in range(3):
        with seen(count) as other:
            call()
        if other.gaps == pytest.approx(wanted, abs=8):
            return other
    raise AssertionError(f"{other.gaps} where {wanted} were asked for")


@pytest.mark.alone
@pytest.mark.parametrize(("options", "factor"), [((), 1), (("--speed", "2"), 0.5), (("--speed", "0.5"), 2)])
def test_gaps_are_those_of_the_capture(replay, written, seen, options, factor):
    times = [0, 50, 60, 60, 55, 160]
    path = written(numbered(len(times)), times)
    kept(seen, len(times), lambda: replay(path, *options), [gap * factor for gap in (50, 10, 0, 0, 100)])


@pytest.mark.alone
def test_rounds_follow_each_other(replay, written, seen):
    path = written(numbered(2), [0, 40])
    other = kept(seen, 6, lambda: replay(path, "--loop", "3"), [40, 0, 40, 0, 40])
    assert other.frames == numbered(2) * 3


@pytest.mark.alone
@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ((), [40, 100, 40, 100, 40]),
        (("--speed", "2", "--max-gap", "0.01"), [10, 100, 10, 100, 10]),
        (("--pps", "25"), [40, 140, 40, 140, 40]),
        (("--top",), [0, 100, 0, 100, 0]),
    ],
)
def test_a_pause_between_rounds(replay, written, seen, options, wanted):
    path = written(numbered(2), [0, 40])
    other = kept(seen, 6, lambda: replay(path, "--loop", "3", "--loop-delay", "0.1", *options), wanted)
    assert other.frames == numbered(2) * 3


def test_no_pause_behind_the_last_frame_that_is_wanted(replay, written):
    """An hour would be noticed."""
    done = replay(written(numbered(2)), "--top", "--loop", "2", "--count", "2", "--loop-delay", "3600")
    assert (done.returncode, "2 frames" in done.stderr) == (0, True)


@pytest.mark.alone
@pytest.mark.parametrize(("options", "rate"), [(("--pps", "500"), 500), (("--mbps", "0.48"), 1000)])
def test_rates_are_true(replay, written, seen, options, rate):
    path = written([HEAD + bytes(46)] * 500)
    for _ in range(3):  # the machine may stall
        with seen(500) as other:
            done = replay(path, *options)
        if 499_000 / sum(other.gaps) == pytest.approx(rate, rel=0.03):
            break
    assert 499_000 / sum(other.gaps) == pytest.approx(rate, rel=0.03)
    assert float(re.findall(r": (\d+) frames/s", done.stderr)[0]) == pytest.approx(rate, rel=0.03)


def test_addresses_of_each_round_are_others(replay, written, seen):
    def packet(step):
        source, destination = (str(ip_address(one) + step) for one in ("198.51.100.10", "198.51.100.250"))
        return bytes(Ether(**MACS) / IP(src=source, dst=destination) / UDP(sport=4, dport=5) / b"x")

    with seen(3) as other:
        replay(written([packet(0)]), "--loop", "3", "--unique-ip", "--top")
    assert other.frames == [packet(0), packet(1), packet(2)]


def test_what_is_mapped_and_filtered(replay, written, seen):
    def packet(source, port, mac):
        return bytes(
            Ether(src="02:00:00:00:01:00", dst=mac) / IP(src=source, dst="192.0.2.20") / TCP(dport=port) / b"x"
        )

    path = written([packet("192.0.2.7", 80, "02:00:00:00:00:05"), packet("192.0.2.7", 81, "02:00:00:00:00:05")])
    maps = ["--map-ip", "192.0.2.7=203.0.113.9", "--map-port", "80=8080"]
    with seen(1) as other:
        done = replay(path, "--filter", "tcp port 80", *maps, "--map-mac", "02:00:00:00:00:05=02:00:00:00:00:99")
    assert other.frames == [packet("203.0.113.9", 8080, "02:00:00:00:00:99")]
    assert "rawkit: 1 frame " in done.stderr


def test_a_count_ends_it(replay, written, seen):
    with seen(7) as other:
        done = replay(written(numbered(3)), "--count", "7", "--loop", "0", "--top")
    assert other.frames == (numbered(3) * 3)[:7]
    assert (done.returncode, "7 frames" in done.stderr) == (0, True)


def test_frames_that_cannot_go_out_are_counted_and_said(replay, seen, tmp_path):
    tagged = bytes(Ether(**MACS) / Dot1Q(vlan=5)) + bytes(1500)
    frames = [HEAD + bytes(1501), HEAD + bytes(3000), b"short", HEAD + bytes(1500), tagged, HEAD + bytes(20)]
    whole = FrameBatch.from_frames(frames)
    batch = replace(whole, length=whole.captured + np.array([0, 0, 0, 0, 0, 56], np.int32))
    with PcapWriter(tmp_path / "x.pcap", 1) as writer:
        writer.write(batch)
    with seen(3) as other:
        done = replay(tmp_path / "x.pcap", "--top")
    assert [len(frame) for frame in other.frames] == [1514, 1518, 34]
    assert done.stderr.splitlines()[1:] == [
        "rawkit: 2 frames larger than the MTU of eth0 (1500) not sent",
        "rawkit: 1 frame without a whole link header not sent",
        "rawkit: 1 frame sent as short as the capture has them",
    ]


def test_frames_of_other_links_are_counted_and_said(replay, seen, tmp_path):
    first = FrameBatch.from_frames([bytes(IP(dst="192.0.2.20"))] * 2, link_type=101)
    second = FrameBatch.from_frames(numbered(1))
    second.interface[:] = 1
    with PcapngWriter(tmp_path / "two.pcapng", [Interface(101), Interface(1)]) as writer:
        writer.write(first)
        writer.write(second)
    with seen(1) as other:
        done = replay(tmp_path / "two.pcapng", "--top")
    assert other.frames == numbered(1)
    assert done.stderr.splitlines()[1:] == [
        "rawkit: frames of another link type than that of eth0 not sent: 2 RAW (see --to-link)"
    ]


def test_a_cut_file_is_sent_as_far_as_it_goes(replay, written, seen):
    path = written(numbered(5))
    path.write_bytes(path.read_bytes()[:-3])
    with seen(4) as other:
        done = replay(path, "--top")
    assert (done.returncode, other.frames) == (0, numbered(4))
    assert "cut short inside a packet" in done.stderr.splitlines()[-1]


def test_a_capture_longer_than_what_is_read_at_once(replay, written, seen):
    frames = [HEAD + number.to_bytes(4) + bytes(1400) for number in range(6000)]
    with seen(12_000) as other:
        done = replay(written(frames), "--pps", "20000", "--loop", "2", "--stats", "0.2")
    assert other.frames == frames * 2
    assert len(done.stderr.splitlines()) >= 3
    assert all(re.match(r"rawkit: \d+ frames .* frames/s, ", line) for line in done.stderr.splitlines())


FAR = 30 * 365 * 86_400 * 1000  # milliseconds


def test_a_pause_is_no_longer_than_asked(replay, written):
    """One time of thirty years on, and the next is back where it was."""
    path = written(numbered(4), [0, 1, FAR, 2])
    done = replay(path, "-i", "eth0", "--max-gap", "0.05")
    assert done.returncode == 0
    assert done.stderr.startswith("rawkit: 4 frames (")


def test_a_long_pause_is_said(lab, written):
    path = written(numbered(3), [0, 1, FAR])
    command = [*RAWKIT, "replay", str(path), "-i", "eth0"]
    with lab["client"].popen(command, stderr=subprocess.PIPE, text=True) as process:
        said = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    pause = "there is a pause of 10,950.0 days between two frames, as it was recorded"
    assert said == f"rawkit: {pause}: --max-gap makes pauses shorter\n"
    assert re.match(r"rawkit: [012] frames? ", rest)  # those before it, where they were faster than the signal


def test_ctrl_c_ends_with_the_summary(lab, written, seen):
    path = written(numbered(100), [number * 100 for number in range(100)])
    with seen(3), lab["client"].entered():
        process = subprocess.Popen([*RAWKIT, "replay", path, "-i", "eth0"], stderr=subprocess.PIPE, text=True)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 130
    assert re.fullmatch(r"rawkit: \d+ frames \(.*\) in .*\n", said)


def test_a_terminal_shows_how_far_it_is(lab, written):
    path = written(numbered(6), [number * 100 for number in range(6)])
    ours, theirs = os.openpty()
    with lab["client"].entered():
        process = subprocess.Popen([*RAWKIT, "replay", path, "-i", "eth0"], stderr=theirs)
    process.wait(PATIENCE)
    os.close(theirs)
    said = os.read(ours, 65536).decode()
    os.close(ours)
    assert re.fullmatch(r"(\r\d frames \(.*?\) in .*?\x1b\[K)+\r\x1b\[Krawkit: 6 frames .*\r\n", said)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["/nowhere"], "/nowhere: cannot read: no such file or directory"),
        (["{path}", "--filter", "tcp prt 80"], 'filter "tcp prt 80": syntax error near "prt": see pcap-filter(7)'),
        (["{path}", "--filter", "tcp port 80"], "{path}: the filter lets no frame through: give another"),
        (["{path}", "--map-ip", "192.0.2.1"], "'192.0.2.1' maps no addresses: write OLD=NEW"),
        (["{path}", "--top", "--pps", "5"], "--speed, --pps, --mbps and --top all say how fast: give one of them"),
        (
            ["{path}", "--max-gap", "1", "--pps", "5"],
            "--max-gap is for frames at their recorded times: leave out --pps",
        ),
        (["{path}", "--unique-ip"], "--unique-ip gives each round other addresses: it needs --loop"),
        (["{path}", "--loop-delay", "1"], "--loop-delay is between two rounds: it needs --loop"),
        (["-", "--loop", "2"], "- can be read once only: leave --loop out, or give a file"),
        (["{path}", "-i", "eth9"], "no interface 'eth9': name one that `ip link` lists"),
        (
            ["{root}/captures/linktype-sll.pcap"],
            "{root}/captures/linktype-sll.pcap: its frames are LINUX_SLL, and eth0",
        ),
        (["{root}/README.md"], "{root}/README.md: not a capture file: rawkit reads pcap and pcapng"),
    ],
)
def test_bad_input_is_one_line(replay, written, root, arguments, message):
    names = {"path": written(numbered(1)), "root": root}
    done = replay(*(word.format(**names) for word in arguments))
    assert done.returncode == 2
    assert done.stderr.startswith(f"rawkit: {message.format(**names)}")
    assert done.stderr.count("\n") == 1
