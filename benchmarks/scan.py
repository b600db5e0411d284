"""SYN scans beside nmap, masscan and zmap, in labs, in turn: whole processes by the clock, sending by the receiver.

    python -m benchmarks.scan [--runs 5]

Needs root (or user namespaces), nmap, masscan, zmap and tcpdump; a peer that is not there is left out. The sending rate
is the number of SYNs over the time from the first to the last, as tcpdump has them on the other end of the link.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
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

from rawkit.files import open_capture
from rawkit.lab import EndSpec, Faults, Host, HostSpec, Lab, LabSpec, LinkSpec, ServiceSpec

Run = Callable[[Sequence[str]], tuple[float, int] | None]
"""Gives what was measured, and how much was found; None where there is no result."""
Commands = Mapping[str, Sequence[str]]
OPEN = tuple(range(2000, 2020))
LOSSES = (0.05, 0.2)
PATIENCE = 60
"""Seconds for one run; a peer that takes longer has no result."""


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


def contest(
    title: str, runs: int, commands: Commands, run: Callable[[Sequence[str]], tuple[float, int] | None]
) -> None:
    """Runs all in turn; prints the median of each, the spread, and what was found in each run."""
    results: dict[str, list[tuple[float, int]]] = {name: [] for name in installed(commands)}
    for _ in range(runs):
        for name, found in results.items():
            found += [one] if (one := run(commands[name])) else []
    print(f"\n{title}")
    for name, found in results.items():
        values = [value for value, _ in found] or [float("nan")]
        counts = sorted({count for _, count in found})
        spread = f"{min(values):.3f} to {max(values):.3f}"
        print(f"  {name:8} {statistics.median(values):12.3f}  ({spread}, {len(found)} of {runs} runs)  found {counts}")


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
            client.run(command, timeout=PATIENCE / 3)
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
        contest(title, runs, commands, lambda one: timed(client, one))


def bad_line(loss: float) -> LabSpec:
    server = tuple(IPv4Interface(f"198.18.0.{last}/24") for last in range(1, 17))
    ends = (EndSpec("client", (IPv4Interface("198.18.0.100/24"),)), EndSpec("server", server))
    faults = Faults(delay=0.02, loss=loss, seed=5)
    return LabSpec(hosts=(HostSpec("client"), HostSpec("server")), links=(LinkSpec(ends=ends, faults=faults),))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    all_ports(runs)
    sending(runs)
    for loss in LOSSES:
        lossy(runs, loss)


if __name__ == "__main__":
    main()
