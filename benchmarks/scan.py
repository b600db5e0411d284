"""SYN scans beside nmap, masscan and zmap, in labs, in turn: whole processes by the clock, sending by the receiver.

    python -m benchmarks.scan [--runs 5] [--only ports|sending|loss|memory]...

Needs root (or user namespaces), nmap, masscan, zmap and tcpdump; a peer that is not there is left out. The sending rate
is the number of SYNs over the time from the first to the last, as tcpdump has them on the other end of the link. What
each found is printed beside its time: fewer open ports, or fewer SYNs at the receiver, are other work. Each runs once
before it is measured, but for the lossy lines, where nothing is left in memory that a wait of 20 ms would not hide, and
but for who takes over 10 s, who runs once.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Interface
from pathlib import Path

import numpy as np

from benchmarks.measure import STOPWATCH
from benchmarks.send import sent_so_far
from rawkit.files import open_capture
from rawkit.lab import EndSpec, Faults, Host, HostSpec, Lab, LabSpec, LinkSpec, ServiceSpec

Found = tuple[float, int]
Run = Callable[[Sequence[str]], Found | None]
"""Gives what was measured, and how much was found; None where there is no result."""
Commands = Mapping[str, Sequence[str]]
OPEN = tuple(range(2000, 2020))
LOSSES = (0.05, 0.2)
PATIENCE = 60
"""Seconds for one run; a peer that takes longer has no result."""
ENDED = 6
"""Seconds after which a sender has sent all, and is ended where it has not ended itself."""
SLOW = 10
"""Seconds for one run above which a peer runs once."""
EIGHT = ["--yes-really", "--dry-run", "--count-only", "198.0.0.0/8"]
"""Prints what a scan of so many addresses would be, and sends nothing."""
MILLION = ["-Pn", "-p", "81-88", "--rate", "10000000", "--open", "198.18.0.0/15"]
"""Sends 1,048,576 probes to the addresses that are for benchmarks."""


def rawkit(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "rawkit", "synscan", *arguments]


def timed(host: Host, command: Sequence[str]) -> tuple[float, int] | None:
    """Seconds that a program takes, and how often its output says `open`; None where it does not end well."""
    began = time.perf_counter()
    try:
        done = host.run(command, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return None
    took = time.perf_counter() - began
    return (
        (took, sum("/tcp" in line and " open" in line for line in done.stdout.splitlines()))
        if not done.returncode
        else None
    )


def installed(commands: Commands) -> Commands:
    return {name: command for name, command in commands.items() if shutil.which(command[0])}


def contest(title: str, runs: int, commands: Commands, run: Run, *, warm: bool = True) -> None:
    """Runs all in turn; prints the median of each, the spread, and what was found in each run."""
    there = installed(commands)
    for command in there.values() if warm else ():
        run(command)
    found: dict[str, list[Found | None]] = {name: [] for name in there}
    seconds = dict.fromkeys(there, 0.0)
    for _ in range(runs):
        for name, command in there.items():
            if name == "rawkit" or seconds[name] < SLOW:
                began = time.perf_counter()
                found[name].append(run(command))
                seconds[name] = time.perf_counter() - began
    print(f"\n{title}")
    for name, results in found.items():
        print(line(name, results))


def line(name: str, results: Sequence[Found | None]) -> str:
    """What a program's runs came to, one that has no result included.

    >>> line("nmap", [(2.0, 20), None, (4.0, 19)])
    '  nmap            3.000  (2.000 to 4.000, 2 of 3 runs)  found [19, 20]'
    """
    values = [result[0] for result in results if result] or [float("nan")]
    counts = sorted({result[1] for result in results if result})
    spread = f"{min(values):.3f} to {max(values):.3f}"
    runs = f"{len([result for result in results if result])} of {len(results)} runs"
    return f"  {name:8} {statistics.median(values):12.3f}  ({spread}, {runs})  found {counts}"


def all_ports(runs: int) -> None:
    with Lab.from_spec("pair") as lab:
        client, server = lab["client"], lab["server"]
        server.serve(*(ServiceSpec("tcp-echo", port) for port in OPEN))
        target = str(server.ipv4)
        commands = {
            "rawkit": rawkit("-p", "1-", "--open", target),
            "nmap": ["nmap", "-sS", "-n", "-Pn", "-p-", "-T5", "--open", target],
        }
        contest("65,535 ports of one host, 20 open: seconds", runs, commands, lambda one: timed(client, one))


def sending(runs: int) -> None:
    with Lab.from_spec("pair") as lab:
        client, server = lab["client"], lab["server"]
        server.run(["ip", "route", "add", "local", "198.18.0.0/16", "dev", "lo"], check=True)
        client.run(["ip", "route", "add", "198.18.0.0/16", "via", str(server.ipv4)], check=True)
        link, router, source = client.interfaces[0].name, server.interfaces[0].mac, str(client.ipv4)
        common = ["--adapter", link, "--adapter-ip", source, "--adapter-port", "61000", "--router-mac", router]
        zmaps = ["-b", "/dev/null", "-G", router, "-i", link, "-S", source, "-o", "/dev/null", "-q"]
        commands = {
            "rawkit": rawkit("-Pn", "-p", "81", "--rate", "10000000", "--open", "198.18.0.0/16"),
            "masscan": ["masscan", "-p81", "198.18.0.0/16", "--rate", "10000000", "--wait", "1", *common],
            "zmap": ["zmap", "-p", "81", "198.18.0.0/16", "-r", "0", "-c", "1", "-T", "1", *zmaps],
        }
        title = "65,536 hosts, one closed port: SYNs a second at the receiver; `found` is SYNs received"
        contest(title, runs, commands, lambda one: rate(client, server, one))


def rate(client: Host, server: Host, command: Sequence[str]) -> tuple[float, int] | None:
    """SYNs a second of a program, and how many there were."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "syns.pcap"
        watch = ["tcpdump", "-i", server.interfaces[0].name, "-w", str(path), "-s", "60", "-B", "65536", "-U"]
        tcpdump = server.popen([*watch, "tcp[tcpflags] == tcp-syn"], stderr=subprocess.PIPE, text=True)
        assert tcpdump.stderr is not None
        tcpdump.stderr.readline()
        try:
            client.run(command, timeout=ENDED)
        except subprocess.TimeoutExpired:
            pass  # masscan often does not end; its SYNs are sent all the same
        wait_until_written(path)
        tcpdump.terminate()
        tcpdump.communicate()
        return syns(path)


def wait_until_written(path: Path) -> None:
    """tcpdump throws away what it has not read yet when it is ended, and does not say when it has read all."""
    size = -1
    while size != (size := path.stat().st_size):
        time.sleep(0.5)


def syns(path: Path) -> tuple[float, int] | None:
    """SYNs a second in a capture, and how many."""
    with open_capture(path) as capture:
        parts = []
        while (batch := capture.read()) is not None:
            parts.append(batch.timestamp.copy())
    times = np.concatenate(parts) if parts else np.empty(0)
    return (len(times) / (int(times[-1] - times[0]) / 1e9), len(times)) if len(times) > 1 else None


def lossy(runs: int, loss: float) -> None:
    with Lab.from_spec(bad_line(loss)) as lab:
        client, server = lab["client"], lab["server"]
        server.serve(*(ServiceSpec("tcp-echo", port) for port in range(100, 1000, 45)))
        targets = "198.18.0.1-16"
        commands = {
            "rawkit": rawkit("-p", "1-1000", "--open", targets),
            "nmap": ["nmap", "-sS", "-n", "-Pn", "-T4", "-p1-1000", "--open", targets],
        }
        title = f"1,000 ports of 16 hosts, 320 open, {loss:.0%} loss each way, 20 ms: seconds"
        contest(title, runs, commands, lambda one: timed(client, one), warm=False)


def memory(_runs: int) -> None:
    """Peak memory of a scan of 16,777,216 addresses that is only counted, and of a million probes that are sent."""
    with Lab.from_spec("pair") as lab:
        client, server = lab["client"], lab["server"]
        server.run(["ip", "route", "add", "blackhole", "198.18.0.0/15"], check=True)
        client.run(["ip", "route", "add", "198.18.0.0/15", "via", str(server.ipv4)], check=True)
        quick = ["--retries", "0", "--timeout", "0.2"]
        before = sent_so_far(client)
        counted, sent = peak(client, rawkit("-p", "80", *EIGHT)), peak(client, rawkit(*quick, *MILLION))
        print(f"\npeak memory: MB, and packets sent\n  counted {counted:.1f}\n  sent    {sent:.1f}")
        print(f"  packets {sent_so_far(client) - before}")


def peak(host: Host, command: Sequence[str]) -> float:
    """The megabytes that a program has at its peak."""
    with tempfile.NamedTemporaryFile() as result:
        host.run([sys.executable, "-SE", STOPWATCH, result.name, *command], timeout=PATIENCE, check=True)
        taken: float = json.load(result)["peak"] / 1e6
        return taken


def bad_line(loss: float) -> LabSpec:
    server = tuple(IPv4Interface(f"198.18.0.{last}/24") for last in range(1, 17))
    ends = (EndSpec("client", (IPv4Interface("198.18.0.100/24"),)), EndSpec("server", server))
    faults = Faults(delay=0.02, loss=loss, seed=5)
    return LabSpec(hosts=(HostSpec("client"), HostSpec("server")), links=(LinkSpec(ends=ends, faults=faults),))


def losses(runs: int) -> None:
    for loss in LOSSES:
        lossy(runs, loss)


WORK: Mapping[str, Callable[[int], None]] = {
    "ports": all_ports,
    "sending": sending,
    "loss": losses,
    "memory": memory,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", action="append", choices=WORK)
    arguments = parser.parse_args()
    for name in arguments.only or WORK:
        WORK[name](arguments.runs)


if __name__ == "__main__":
    main()
