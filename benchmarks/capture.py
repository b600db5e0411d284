"""Frames lost, and CPU time taken, when trafgen floods a veth: rawkit beside tcpdump, in one run.

    python -m benchmarks.capture [--frames 2000000] [--runs 5] [--only NAME]...

Needs root (or user namespaces), trafgen (netsniff-ng) and tcpdump. Each receiver is a process of its own in a lab's
host, with its default settings; they take turns, and the rows are medians. Its CPU time is that of the process from
start to end, without the kernel's work for the interface. The kernels are compiled before, as the set-up does.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.measure import environment
from rawkit.frames import FrameBatch
from rawkit.lab import Host, Lab  # loaded when first used, so that a receiver does not pay for it

IDLE = 1.0
"""Seconds without a frame after which a receiver has had them all."""
PATIENCE = 120

# A UDP datagram to a MAC address that nobody has: seen by promiscuous receivers, answered by none.
FRAME = (
    "{ eth(da=02:00:00:00:00:99, sa=02:00:00:00:01:00), ipv4(saddr=192.0.2.10, daddr=192.0.2.20), "
    "udp(sport=drnd(), dport=9), fill('a', 18) }"
)


@dataclass(frozen=True)
class Receiver:
    """A program that captures on eth0.

    Attributes:
        command: makes it, given a file to write to.
        ready: what its standard error says when it captures.
        counts: finds frames received and frames dropped in its standard error.
    """

    command: Callable[[Path], list[str]]
    ready: str
    counts: Callable[[str], tuple[int, int]]


@dataclass(frozen=True)
class Result:
    """What one receiver had at the end."""

    name: str
    sent: int
    received: int
    dropped: int
    interface_dropped: int
    cpu: float
    rate: float

    @property
    def lost(self) -> int:
        """Frames that were sent and nobody can tell of."""
        return self.sent - self.received - self.interface_dropped


def ours(mode: str) -> Receiver:
    """This file as a receiver."""

    def counts(text: str) -> tuple[int, int]:
        (last,) = re.findall(r"received=(\d+), dropped=(\d+)", text)
        return int(last[0]), int(last[1])

    return Receiver(lambda path: [sys.executable, __file__, "--receive", mode, "--file", str(path)], "ready", counts)


def tcpdump_counts(text: str) -> tuple[int, int]:
    """Frames written and dropped, as tcpdump says at its end."""
    captured = re.search(r"(\d+) packets? captured", text)
    dropped = re.search(r"(\d+) packets? dropped by kernel", text)
    assert captured is not None
    assert dropped is not None
    return int(captured[1]), int(dropped[1])


def sniff_counts(text: str) -> tuple[int, int]:
    """Frames captured and dropped, as `rawkit sniff` says at its end."""
    captured = re.search(r"(\d+) frames captured", text)
    dropped = re.search(r"(\d+) dropped by the kernel", text)
    assert captured is not None, text
    assert dropped is not None, text
    return int(captured[1]), int(dropped[1])


def sniff(*options: str) -> Receiver:
    """`rawkit sniff`; a `-w` at the end gets the file."""

    def command(path: Path) -> list[str]:
        return [sys.executable, "-m", "rawkit", "sniff", "-i", "eth0", *options, *([str(path)] * (options[-1] == "-w"))]

    return Receiver(command, "listening on", sniff_counts)


def tcpdump(*options: str) -> Receiver:
    """tcpdump; a `-w` at the end gets the file."""

    def command(path: Path) -> list[str]:
        return ["tcpdump", "-i", "eth0", *options, *([str(path)] * (options[-1] == "-w"))]

    return Receiver(command, "listening on", tcpdump_counts)


RECEIVERS = {
    "ring, discarded": ours("discard"),
    "ring, written": ours("write"),
    "tcpdump -w": tcpdump("-w"),
    "rawkit -w": sniff("-w"),
    "rawkit flows": sniff("--view", "flows", "--format", "json"),
    "tcpdump -nn": tcpdump("-nn"),
    "rawkit -n": sniff("-n"),
}


def receive(mode: str, path: Path) -> None:
    """Captures on eth0 until SIGINT."""
    from rawkit.files import PcapWriter
    from rawkit.sockets.receive.ring import ReceiveRing

    stop: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: stop.append(number))
    with ReceiveRing("eth0") as ring, PcapWriter(path, ring.link_type) as writer:
        take = writer.write if mode == "write" else discard
        print("ready", file=sys.stderr, flush=True)
        while not stop:
            take(ring.read(0.2) or FrameBatch.from_frames(()))
    print(ring.statistics(), file=sys.stderr)


def discard(batch: FrameBatch) -> None:
    """Takes no notice."""


def run(name: str, lab: Lab, frames: int, folder: Path, rate: int | None = None) -> Result:
    """Starts a receiver, floods it (at so many frames a second, if any), and waits until it has had all."""
    receiver = RECEIVERS[name]
    with lab["server"].entered():
        command = receiver.command(folder / "capture.pcap")
        with (folder / "printed").open("wb") as printed:
            process = subprocess.Popen(command, stdout=printed, stderr=subprocess.PIPE, text=True, env=plain())
    assert process.stderr is not None
    while receiver.ready not in process.stderr.readline():
        pass
    before = interface_drops(lab["server"])
    begin = time.monotonic()
    sent = flood(lab["client"], frames, rate)
    seconds = time.monotonic() - begin
    wait_until_idle(process.pid)
    process.send_signal(signal.SIGINT)
    text = process.stderr.read()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    lost = interface_drops(lab["server"]) - before
    return Result(name, sent, *receiver.counts(text), lost, usage.ru_utime + usage.ru_stime, sent / seconds)


def plain() -> dict[str, str]:
    """The environment as users have it, in which this file finds the others of its folder."""
    return {**environment(), "PYTHONPATH": str(Path(__file__).parents[1])}


def flood(host: Host, frames: int, rate: int | None = None) -> int:
    """Sends that many frames, at a rate or as fast as trafgen can; returns how many it says it sent."""
    command = ["trafgen", "--dev", "eth0", "--conf", "-", "--num", str(frames), "--cpus", "1", "--no-sock-mem"]
    command += [] if rate is None else ["--rate", f"{rate}pps"]
    text = host.run(command, input=FRAME, timeout=PATIENCE).stdout
    found = re.search(r"(\d+) packets outgoing", text)
    assert found is not None, text
    return int(found[1])


def interface_drops(host: Host) -> int:
    """Frames that never came to a socket of the host."""
    rows = host.run(["cat", "/proc/net/dev"]).stdout.splitlines()
    (row,) = (line.split(":")[1].split() for line in rows if line.strip().startswith("eth0:"))
    return int(row[3]) + int(row[4])


def wait_until_idle(pid: int) -> None:
    """Returns when a process has taken next to no CPU time for a while."""
    while True:
        before = cpu_ticks(pid)
        time.sleep(IDLE)
        if cpu_ticks(pid) - before <= os.sysconf("SC_CLK_TCK") // 20:
            return


def cpu_ticks(pid: int) -> int:
    """CPU time of a process so far, in clock ticks (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def show(results: Sequence[Result]) -> None:
    """One row of the table: medians of a receiver's runs, and the spread of frames dropped and of CPU time."""
    name, sent = results[0].name, results[0].sent
    rate, received, dropped, interface, lost, cpu = (
        median(values) for values in zip(*((one.rate, *counts(one), one.lost, one.cpu) for one in results), strict=True)
    )
    drops, seconds = sorted(one.dropped for one in results), sorted(one.cpu for one in results)
    print(
        f"{name:18}{sent:10,}{rate:12,.0f}{received:12,.0f}{dropped:10,.0f}{interface:12,.0f}{lost:8,.0f}{cpu:9.2f}"
        f"  ({drops[0]} to {drops[-1]}, {seconds[0]:.2f} to {seconds[-1]:.2f})"
    )


def counts(one: Result) -> tuple[int, int, int]:
    """Frames received, dropped by the socket, and dropped before it."""
    return one.received, one.dropped, one.interface_dropped


def main() -> None:
    """Prints a row for each receiver."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", action="append", choices=RECEIVERS)
    parser.add_argument("--receive", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.receive:
        receive(arguments.receive, arguments.file)
        return
    print(f"{'':18}{'sent':>10}{'frames/s':>12}{'received':>12}{'dropped':>10}{'interface':>12}{'lost':>8}{'CPU s':>9}")
    subprocess.run([sys.executable, "-m", "rawkit.api.compile_all"], env=plain(), check=True)
    with Lab.from_spec("pair") as lab, tempfile.TemporaryDirectory() as folder:
        names = arguments.only or list(RECEIVERS)
        turns = [[run(name, lab, arguments.frames, Path(folder)) for name in names] for _ in range(arguments.runs)]
        for results in zip(*turns, strict=True):
            show(results)


if __name__ == "__main__":
    main()
