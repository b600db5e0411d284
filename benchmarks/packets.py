"""Packets: a Python program that goes through a capture packet by packet and reads three fields of each.

The fields are the sender's address as text, the destination port and the flags; SYNs are counted, which shows that
all read the same. Each is a whole process. dpkt and scapy get a part of the packets, and their time above that for no
packets is multiplied. What is unequal: rawkit also follows the flows, for `tcp.stream` and `tcp.analysis`; a line of
its own says how long it takes without.

Physical limit: a C program that walks the record headers (c/walk.c).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from benchmarks import captures, outputs
from benchmarks.captures import Capture
from benchmarks.contest import Contender, contest
from benchmarks.decode import about, python_loop, walk
from benchmarks.job import Settings, rows_of
from benchmarks.programs import HERE
from benchmarks.rows import Row

PACKETS: Final = 2_000_000
TARGETS: Final = {"dpkt": 10.0, "scapy, PcapReader": 50.0}
LEAST: Final = 300_000
"""Packets a second."""
LOOP: Final = str(HERE / "loops" / "rawkit_fields.py")


def jobs(settings: Settings) -> Iterator[list[Row]]:
    """The rows, capture by capture."""
    for make in (captures.many, captures.few):
        yield field_rows(make(PACKETS // 4 if settings.short else PACKETS), settings)


def field_rows(capture: Capture, settings: Settings) -> list[Row]:
    """Three fields of each packet."""
    counts, work = capture.counts("packets", "syns"), f"packets in Python, 3 fields: {about(capture)}"
    parts = (20_000, 5_000) if settings.short else (200_000, 20_000)
    plain = Contender(
        "rawkit, flows not followed", lambda path: (sys.executable, LOOP, str(path), "--plain"), capture.path,
        outputs.named, counts,
    )  # fmt: skip
    everyone = [
        Contender("rawkit", lambda path: (sys.executable, LOOP, str(path)), capture.path, outputs.named, counts),
        plain,
        python_loop("dpkt", "dpkt_fields", "syns", capture, parts[0]),
        python_loop("scapy, PcapReader", "scapy_fields", "syns", capture, parts[1]),
        walk(capture),
    ]
    outcome = contest(work, everyone, settings.rules)
    rows = rows_of(work, outcome, everyone, TARGETS)
    limit = replace(
        rows[0], peer=f"at least {LEAST:,} packets/s", theirs=capture.packets / LEAST, theirs_range=None, target=1.0,
        note="", kind="limit", cpu_ratio=None,
    )  # fmt: skip
    return [*rows, limit]
