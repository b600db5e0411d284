"""Startup: what one waits for before anything happens, as whole processes, beside the tools' own.

Fair: every command prints to /dev/null and each is run by its own installed program, without a shell in front; the
capture has 100 packets of 5 connections, and each tool prints a line a packet (scapy its summary).

Physical limit: Python itself, doing nothing (`python -c pass`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks import captures, outputs
from benchmarks.contest import Contender, contest
from benchmarks.job import NOTHING, Settings, rows_of
from benchmarks.programs import libraries, rawkit, sniff
from benchmarks.rows import Row
from rawkit.cli.commands import COMMANDS

RUNS: Final = 4
"""Such short runs are done so many times as often."""
SUMMARY: Final = """
import sys
from scapy.layers.l2 import Ether
from scapy.utils import PcapReader
for packet in PcapReader(sys.argv[1]):
    print(packet.summary())
"""


def jobs(settings: Settings) -> Iterator[list[Row]]:
    """The rows, contest by contest."""
    runs = settings.rules.runs * (1 if settings.short else RUNS)
    settings = replace(settings, rules=replace(settings.rules, runs=runs))
    yield options_rows("--version", {"tcpdump": "--version", "nmap": "--version", "tshark": "--version"}, settings)
    yield options_rows("--help", {"tcpdump": "--help", "nmap": "--help", "tshark": "--help"}, settings)
    if "ping" in COMMANDS:
        yield ping_rows(settings)
    yield capture_rows(settings)


def fixed(name: str, *command: str) -> Contender:
    """A command that reads no capture; what it did is its exit code."""
    return Contender(name, lambda _: command, captures.empty(), lambda _: {}, {})


def nothing() -> Contender:
    """The fixed loop of starts: Python, that begins and ends."""
    return fixed(NOTHING, sys.executable, "-c", "pass")


def options_rows(option: str, peers: Mapping[str, str], settings: Settings) -> list[Row]:
    """An option that needs no work: at most three times Python's own start."""
    everyone = [
        fixed("rawkit", *rawkit(option)),
        nothing(),
        fixed("import scapy.all", str(libraries()), "-c", "import scapy.all"),
        *(fixed(f"{name} {given}", name, given) for name, given in peers.items()),
    ]
    outcome = contest(f"rawkit {option}", everyone, settings.rules)
    return rows_of(f"rawkit {option}", outcome, everyone, {NOTHING: 1 / 3})


def ping_rows(settings: Settings) -> list[Row]:
    """One echo of the loopback address, as a whole process: at most 0.15 s."""
    arguments = ("-c", "1", "127.0.0.1")
    everyone = [fixed("rawkit", *rawkit("ping", *arguments)), fixed("iputils ping", "ping", *arguments), nothing()]
    outcome = contest("ping -c 1 127.0.0.1", everyone, settings.rules)
    rows = rows_of("ping -c 1 127.0.0.1", outcome, everyone, {})
    return [
        *rows,
        replace(
            rows[0], peer="at most", theirs=0.15, theirs_range=None, target=1.0, note="", kind="limit", cpu_ratio=None
        ),
    ]


def capture_rows(settings: Settings) -> list[Row]:
    """A capture of 100 packets, a line each."""
    path, counts = captures.few(100, 5).path, captures.few(100, 5).counts("packets", "payload")
    packets = {"packets": counts["packets"]}
    everyone = [
        Contender("rawkit sniff -r", sniff("-n"), path, outputs.text_lines, counts),
        Contender("scapy, summaries", lambda it: (str(libraries()), "-c", SUMMARY, str(it)), path, lines, packets),
        Contender("tcpdump -nn -r", lambda it: ("tcpdump", "-nn", "-r", str(it)), path, outputs.text_lines, counts),
        Contender("tshark -n -r", lambda it: ("tshark", "-n", "-r", str(it)), path, lines, packets),
        nothing(),
    ]
    outcome = contest("a capture of 100 packets", everyone, settings.rules)
    return rows_of("a capture of 100 packets", outcome, everyone, {})


def lines(path: Path) -> Mapping[str, int]:
    """A line a packet."""
    return {"packets": path.read_bytes().count(b"\n")}
