"""Sending and replaying side by side over a veth in the lab: rates, and how exactly recorded gaps are kept.

    python -m benchmarks.send [--seconds 2] [--runs 5] [--only send|cost|replay|gaps|rate]

Needs root (or user namespaces), and for the peers trafgen (netsniff-ng), masscan, hping3, tcpreplay; tcpdump for the
gaps. Every sender runs on one CPU, the first: trafgen takes that one wherever it was put. Rates are those of the
interface's own counter while a sender runs, its start left out. All frames go to a MAC address that nobody has, so that
what is measured is sending.

What a frame costs (`--only cost`) is CPU time, which is as good on a busy machine: of a million frames, by each way of
ours alone, beside trafgen and C, and of the whole process.

Physical limit: a frame that is made once and sent in bursts by C (c/burst.c), the veth's own rate; through AF_XDP
(c/xdp.c).
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.programs import built
from rawkit.files import PcapWriter, open_capture
from rawkit.frames import FrameBatch
from rawkit.lab import Host, Lab

NOBODY = "02:00:00:00:00:99"
OWN = "02:00:00:00:01:00"
TARGETS = "198.18.0.0/16"
ONE_CPU = ("taskset", "-c", "0")
PATIENCE = 30
WARM = 5000
"""Frames after which a sender is taken to be at its speed."""
SIZES = (60, 60, 60, 60, 60, 60, 60, 576, 576, 576, 576, 1514)
"""IMIX: seven small frames, four middle ones, a full one."""
HEADERS = f'Ether(src="{OWN}", dst="{NOBODY}")/IP(src="192.0.2.10", dst="192.0.2.20")'
ONE = f'{HEADERS}/TCP(sport=40000, dport=80, flags="S")'
VARIED = (
    f'Ether(src="{OWN}", dst="{NOBODY}")/IP(src="192.0.2.10", dst="{TARGETS}")'
    '/TCP(sport=40000, dport=(1, 60000), seq=Random(0, 4294967295), flags="S")'
)
TRAFGEN = f"{{ eth(da={NOBODY}, sa={OWN}), ipv4(saddr=192.0.2.10, daddr=192.0.2.20), tcp(sport=40000, dport=80, syn) }}"
MILLION = 1_000_000
WAYS = """
import resource, sys
import numpy as np
from rawkit.frames import FrameBatch
from rawkit.sockets.send.sender import FrameSender
frame, after, count = bytes.fromhex(sys.argv[1]), eval(sys.argv[2]), int(sys.argv[3])
batch = FrameBatch.from_frames([frame]).select(np.zeros(65536, np.intp))
with FrameSender("eth0", qdisc_bypass=True, **after) as sender:
    sender.send(batch)
    before, sent = resource.getrusage(resource.RUSAGE_SELF), sender.sent
    while sender.sent - sent < count:
        sender.send(batch)
    after, sent = resource.getrusage(resource.RUSAGE_SELF), sender.sent - sent
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    print(spent / sent * 1e9, *sender.by, sender.without_xdp)
"""
"""Prints nanoseconds of CPU time for a frame by one way alone, and which it was."""
NEVER = 1 << 62
FRAME = "020000000099020000000100080045000028000100004006f6b0c000020ac00002149c4000500000000000000000500220006f330000"
SCAPY = f"""
from scapy.all import *
packet = {ONE}
opened = conf.L2socket(iface="eth0")
sendp(packet, socket=opened, count=10**7, verbose=0)
"""


def rawkit(*arguments: str) -> list[str]:
    """The command line of this checkout."""
    return [sys.executable, "-P", "-m", "rawkit", *arguments]


def senders(folder: Path) -> dict[str, list[str]]:
    """Programs that send TCP SYNs as fast as they can; the first sends the same packet as trafgen, scapy and C."""
    (folder / "trafgen.cfg").write_text(TRAFGEN)
    scan = ["-p1-60000", TARGETS, "--rate", "100000000", "--router-mac", NOBODY.replace(":", "-"), "-e", "eth0"]
    own = ["--adapter-ip", "192.0.2.10", "--adapter-mac", OWN.replace(":", "-"), "--wait", "0"]
    return {
        "rawkit send, one packet": rawkit("send", ONE, "--loop", "-i", "eth0", "--qdisc-bypass"),
        "rawkit send, 3 fields vary": rawkit("send", VARIED, "--loop", "-i", "eth0", "--qdisc-bypass"),
        "trafgen, one packet": ["trafgen", "--dev", "eth0", "--conf", str(folder / "trafgen.cfg"), "--cpus", "1"],
        "masscan": ["masscan", *scan, *own],
        "hping3 --flood": ["hping3", "--flood", "-S", "-p", "80", "-q", "192.0.2.20"],
        "scapy sendp, open socket": [sys.executable, "-c", SCAPY],
        "C burst, the veth's own rate": list(built("burst")(Path("eth0"))),
    }


def costs(folder: Path) -> dict[str, list[str]]:
    """Programs that send a million frames past the queue; those of `WAYS` print what a frame costs themselves."""
    (folder / "trafgen.cfg").write_text(TRAFGEN)
    ways = {
        "AF_XDP": {"xdp_after": 0},
        "PACKET_TX_RING": {"ring_after": 0},
        "sendmmsg": {"ring_after": NEVER},
    }
    python = {
        f"rawkit, {name}": [sys.executable, "-P", "-c", WAYS, FRAME, repr(after), str(MILLION)]
        for name, after in ways.items()
    }
    whole = rawkit("send", ONE, "--count", str(MILLION), "-i", "eth0", "--qdisc-bypass")
    trafgen = ["trafgen", "--dev", "eth0", "--conf", str(folder / "trafgen.cfg"), "--cpus", "1", "-n", str(MILLION)]
    limit = [*built("xdp")(Path("eth0")), str(MILLION)]
    return {**python, "C, AF_XDP": limit, "trafgen, whole process": trafgen, "rawkit send, whole process": whole}


def cost(command: Sequence[str]) -> float:
    """Nanoseconds of CPU time for a frame: what the program prints of itself, or of its whole process."""
    with quiet_lab() as lab:
        process = lab["client"].popen([*ONE_CPU, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        said = process.stdout.read().decode()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)[:200]}: ended with {process.returncode}")
    return float(said.split()[0]) if WAYS in command else (used.ru_utime + used.ru_stime) / MILLION * 1e9


def compare_costs(folder: Path, runs: int) -> None:
    """Runs all in turn, and prints the median of each."""
    there = {name: command for name, command in costs(folder).items() if shutil.which(command[0])}
    found: dict[str, list[float]] = {name: [] for name in there}
    for _ in range(runs):
        for name, command in there.items():
            found[name].append(cost(command))
    print(f"{'CPU time of a frame, ns':30}{'median':>12}{'lowest':>12}{'highest':>12}")
    for name, spent in found.items():
        print(f"{name:30}{median(spent):12,.0f}{min(spent):12,.0f}{max(spent):12,.0f}")
    print()


def replayers(capture: Path) -> dict[str, list[str]]:
    """Programs that replay a capture as fast as they can."""
    return {
        "rawkit replay --top": rawkit("replay", str(capture), "-i", "eth0", "--top", "--loop", "0", "--qdisc-bypass"),
        "tcpreplay --topspeed": ["tcpreplay", "--topspeed", "-i", "eth0", "--loop", "100000", str(capture)],
    }


def sent_so_far(host: Host) -> int:
    """The frames that the host's eth0 has sent (its own counter)."""
    with host.entered():
        rows = Path("/proc/thread-self/net/dev").read_text().splitlines()
    (row,) = (line.split(":")[1].split() for line in rows if line.strip().startswith("eth0:"))
    return int(row[9])


def rate(command: Sequence[str], seconds: float) -> float:
    """Frames a second, over that many seconds once it is at its speed.

    Each has a lab of its own, whose end is the end of all that a program has started.
    """
    with quiet_lab() as lab:
        host, quiet = lab["client"], subprocess.DEVNULL
        begin, end = sent_so_far(host), time.monotonic() + PATIENCE
        process = host.popen([*ONE_CPU, *command], stdin=quiet, stdout=quiet, stderr=quiet)
        while sent_so_far(host) - begin < WARM and time.monotonic() < end:
            if process.poll() is not None:
                raise RuntimeError(f"{' '.join(command)[:200]}: ended with {process.returncode}")
            time.sleep(0.01)
        first, since = sent_so_far(host), time.monotonic()
        time.sleep(seconds)
        return (sent_so_far(host) - first) / (time.monotonic() - since)


@contextmanager
def quiet_lab() -> Iterator[Lab]:
    """A lab whose client takes the server for one with a MAC address that nobody has."""
    with Lab.from_spec("pair") as lab:
        entry = ["192.0.2.20", "lladdr", NOBODY, "nud", "permanent", "dev", "eth0"]
        lab["client"].run(["ip", "neigh", "replace", *entry], check=True)
        yield lab


def compare(title: str, programs: dict[str, list[str]], seconds: float, runs: int) -> None:
    """Runs all in turn, and prints the median of each and how many times as fast the first ones are."""
    there = {name: command for name, command in programs.items() if shutil.which(command[0])}
    rates: dict[str, list[float]] = {name: [] for name in there}
    for _ in range(runs):
        for name, command in there.items():
            rates[name].append(rate(command, seconds))
    ours = [name for name in there if name.startswith("rawkit")]
    print(f"{title:30}{'frames/s':>12}{'lowest':>12}{'highest':>12}" + "".join(f"{name:>30}" for name in ours))
    for name, found in rates.items():
        ratios = "".join(f"{median(rates[one]) / median(found):>28.2f} x" for one in ours)
        print(f"{name:30}{median(found):12,.0f}{min(found):12,.0f}{max(found):12,.0f}{ratios}")
    print()


def mixed(path: Path, frames: int = 120_000) -> Path:
    """A capture of UDP datagrams of mixed sizes to nobody."""
    draw = random.Random(1)  # noqa: S311
    head = bytes.fromhex(NOBODY.replace(":", "") + OWN.replace(":", "") + "0800")
    packets = [head + bytes.fromhex("4500") + (size - 14).to_bytes(2, "big") + bytes(size - 18) for size in SIZES]
    chosen = [packets[draw.randrange(len(packets))] for _ in range(frames)]
    return written(path, FrameBatch.from_frames(chosen, timestamps=[at * 1000 for at in range(frames)]))


def paced(path: Path, frames: int = 3000) -> Path:
    """A capture whose gaps are 20 us to 3 ms."""
    draw = random.Random(2)  # noqa: S311
    times = np.cumsum([draw.choice((20, 50, 100, 300, 1000, 3000)) * 1000 for _ in range(frames)])
    head = bytes.fromhex(NOBODY.replace(":", "") + OWN.replace(":", "") + "88b5")
    return written(path, FrameBatch.from_frames([head + bytes(46)] * frames, timestamps=times.tolist()))


def written(path: Path, batch: FrameBatch) -> Path:
    """The file that a batch was written to."""
    with PcapWriter(path, 1, nanoseconds=True) as writer:
        writer.write(batch)
    return path


def gap_errors(command: Sequence[str], wanted: Path, folder: Path) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """By how many nanoseconds each gap differs from the recorded one, as tcpdump sees it at the other end."""
    seen, count = folder / "seen.pcap", len(times_of(wanted))
    dump = [
        "tcpdump",
        "-i",
        "eth0",
        "--time-stamp-precision=nano",
        "-c",
        str(count),
        "-w",
        str(seen),
        "ether proto 0x88b5",
    ]
    with quiet_lab() as lab:
        tcpdump = lab["server"].popen(dump, stderr=subprocess.PIPE, text=True)
        assert tcpdump.stderr is not None
        while "listening on" not in tcpdump.stderr.readline():
            pass
        lab["client"].run(list(command), timeout=120, check=True)
        tcpdump.communicate(timeout=PATIENCE)
    return np.abs(np.diff(times_of(seen)) - np.diff(times_of(wanted)))


def times_of(path: Path) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The timestamps of a capture."""
    with open_capture(path) as capture:
        return np.concatenate([batch.timestamp for batch in capture])


def gaps(folder: Path, runs: int) -> None:
    """Prints how exactly the gaps of a capture are kept."""
    capture = paced(folder / "paced.pcap")
    programs = {
        "rawkit replay": rawkit("replay", str(capture), "-i", "eth0"),
        "tcpreplay": ["tcpreplay", "-i", "eth0", str(capture)],
    }
    print(f"{'error of gaps, us':30}{'median':>12}{'90 %':>12}{'99 %':>12}{'largest':>12}")
    for name, command in programs.items():
        if shutil.which(command[0]):
            found = np.concatenate([gap_errors(command, capture, folder) for _ in range(runs)]) / 1000
            print(f"{name:30}" + "".join(f"{np.percentile(found, share):12.1f}" for share in (50, 90, 99, 100)))
    print()


def asked(frames_a_second: int = 50_000, seconds: int = 5) -> None:
    """Prints what a rate that was asked for comes to."""
    frames = frames_a_second * seconds
    command = rawkit("send", ONE, "-i", "eth0", "--rate", str(frames_a_second), "--count", str(frames))
    with quiet_lab() as lab:
        begin = sent_so_far(lab["client"])
        said = lab["client"].run(command, timeout=60, check=True).stderr.strip()
        frames = sent_so_far(lab["client"]) - begin
    print(f"asked {frames_a_second} frames/s for {seconds} s: {frames} on the interface; it says: {said}\n")


def main() -> None:
    """Prints a table for each kind of work."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", action="append", choices=("send", "cost", "replay", "gaps", "rate"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        work: dict[str, Callable[[], None]] = {
            "send": lambda: compare("sending", senders(folder), arguments.seconds, arguments.runs),
            "cost": lambda: compare_costs(folder, arguments.runs),
            "replay": lambda: compare(
                "replaying", replayers(mixed(folder / "mixed.pcap")), arguments.seconds, arguments.runs
            ),
            "gaps": lambda: gaps(folder, arguments.runs),
            "rate": asked,
        }
        for name in arguments.only or work:
            work[name]()


if __name__ == "__main__":
    main()
