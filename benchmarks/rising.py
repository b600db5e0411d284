"""Growth on live links: whole scans of more and more hosts, and captures at rising rates until frames are lost.

Scans: one port that is open on every host, of 1, 256 and 65,536 addresses that one machine has; how many each found is
in the note. zmap waits a second at the end, as it is told; masscan, which often does not end, is left out. Captures:
two seconds of frames at each rate, then as fast as trafgen goes on one CPU (a second CPU makes it no faster over a
veth); a run each, since what grows is to be seen, and not the last per cent.

Physical limit of the captures: trafgen's own rate, at which the last row stands.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import capture
from benchmarks.job import Settings
from benchmarks.rows import Row
from benchmarks.scan import Found, installed, rawkit
from rawkit.lab import Host, Lab, ServiceSpec

NETWORKS: Final = {1: "198.18.0.1/32", 256: "198.18.0.0/24", 65_536: "198.18.0.0/16"}
PORT: Final = 2000
PATIENCE: Final = 60.0
"""Seconds for one scan; a peer that takes longer has no result."""
RATES: Final = (50_000, 100_000, 200_000, 400_000, 800_000, None)
"""Frames a second that trafgen is asked for; the last is as many as it can send."""
SECONDS: Final = 2
MOST: Final = 1_000_000
"""Frames where the rate is not known before."""
PAIRS: Final = {"rawkit -w": "tcpdump -w", "rawkit -n": "tcpdump -nn"}


def hosts_rows(settings: Settings) -> Iterator[list[Row]]:
    """Seconds of whole scans, size by size."""
    with network() as (client, server):
        for hosts, addresses in NETWORKS.items():
            commands = installed(scanners(client, server, addresses))
            turns = []
            for turn in range(settings.rules.runs + 1):
                settings.rules.progress.step(f"growth, scan of {hosts:,} hosts: run {turn} of {settings.rules.runs}")
                turns.append({name: scan(client, command) for name, command in commands.items()})
            yield [host_row(hosts, name, turns[1:]) for name in commands if name != "rawkit"]


@contextmanager
def network() -> Iterator[tuple[Host, Host]]:
    """A client, and a server that has all addresses of 198.18.0.0/16, and the port open."""
    with Lab.from_spec("pair") as lab:
        client, server = lab["client"], lab["server"]
        server.run(["ip", "route", "add", "local", "198.18.0.0/16", "dev", "lo"], check=True)
        client.run(["ip", "route", "add", "198.18.0.0/16", "via", str(server.ipv4)], check=True)
        server.serve(ServiceSpec("tcp-echo", PORT))
        yield client, server


def scanners(client: Host, server: Host, addresses: str) -> Mapping[str, Sequence[str]]:
    """Programs that print the hosts with the port open."""
    link, router = client.interfaces[0].name, server.interfaces[0].mac
    zmap = ["-p", str(PORT), addresses, "-r", "0", "-c", "1", "-T", "1", "-b", "/dev/null", "-o", "-", "-q"]
    return {
        "rawkit": rawkit("-Pn", "-p", str(PORT), "--open", "--format", "csv", addresses),
        "nmap": ["nmap", "-sS", "-n", "-Pn", "-T5", f"-p{PORT}", "--open", "-oG", "-", addresses],
        "zmap": ["zmap", *zmap, "-G", router, "-i", link, "-S", str(client.ipv4)],
    }


def scan(host: Host, command: Sequence[str]) -> Found | None:
    """Seconds that a scan takes, and how many addresses it prints; None where it does not end well."""
    begin = time.perf_counter()
    try:
        done = host.run(command, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return None
    taken = time.perf_counter() - begin
    lines = (line for line in done.stdout.splitlines() if not line.startswith("#"))
    found = {address for line in lines for address in re.findall(r"^(?:Host: )?(198\.18\.\d+\.\d+)", line)}
    return None if done.returncode else (taken, len(found))


def host_row(hosts: int, name: str, turns: Sequence[Mapping[str, Found | None]]) -> Row:
    """Ours beside a peer's, and the least that each found.

    >>> row = host_row(256, "zmap", [{"rawkit": (0.5, 256), "zmap": (1.0, 250)}])
    >>> row.ratio, row.note
    (2.0, 'found at least 256 and 250')
    """
    both = [[found for turn in turns if (found := turn[one])] for one in ("rawkit", name)]
    figures = [median(taken for taken, _ in runs) if runs else None for runs in both]
    ranges = [(min(runs)[0], max(runs)[0]) if runs else None for runs in both]
    least = " and ".join(f"{min(count for _, count in runs):,}" if runs else "no result" for runs in both)
    work = f"scan: {hosts:,} host{'s' if hosts > 1 else ''}, one open port"
    row = Row(work, name, "s", *figures, None, False, *ranges, note=f"found at least {least}")
    return replace(row, growth="hosts", size=hosts)


def rates_rows(settings: Settings) -> Iterator[list[Row]]:
    """Frames lost at rising rates, ours beside tcpdump's; the loss is in percent of what was sent."""
    with Lab.from_spec("pair") as lab, tempfile.TemporaryDirectory() as folder:
        for rate in RATES:
            settings.rules.progress.step(
                f"growth, capture at {f'{rate:,} frames/s' if rate else 'full speed'}: trafgen"
            )
            frames = rate * SECONDS if rate else MOST
            names = [name for pair in PAIRS.items() for name in pair]
            had = {name: capture.run(name, lab, frames, Path(folder), rate) for name in names}
            yield [rate_row(had[ours], had[theirs], rate) for ours, theirs in PAIRS.items()]


def rate_row(ours: capture.Result, theirs: capture.Result, rate: int | None) -> Row:
    """Two receivers of the same number of frames; the rate that trafgen reached is the mean of both times."""
    work = f"capture at {f'{rate:,} frames/s' if rate else 'full speed'}, lost: {ours.name}"
    lost = [100 * max(0, one.lost) / one.sent for one in (ours, theirs)]
    reached = f"trafgen reached {ours.rate:,.0f} and {theirs.rate:,.0f} frames/s"
    note = f"of {ours.sent:,} frames; {reached}; CPU {ours.cpu:.2f} and {theirs.cpu:.2f} s"
    return Row(work, theirs.name, "%", *lost, note=note, growth="rate", size=round((ours.rate + theirs.rate) / 2))
