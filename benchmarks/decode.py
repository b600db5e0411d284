"""Decode: a capture file to flows, to text and to JSON, as whole processes, beside the tools that do the same.

Every program reads the same file, warm in memory, and its output goes to /dev/null; in the warm-up it goes to a file
and what it says is compared with what the capture holds. Where a peer needs minutes (scapy, tshark -T ek) it gets a
part of the packets, and its time above that for no packets is multiplied. argus writes a file and ra reads it.
What is unequal: rawkit writes a record a flow with states, history and Community ID, libtins only counts packets;
tshark -T ek writes every field of a packet, rawkit the 20 to 30 that its packets view knows.

Physical limit: a C program that walks the record headers (c/walk.c), since every byte must come out of the file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks import captures, outputs
from benchmarks.captures import Capture
from benchmarks.contest import Contender, Outcome, Rules, contest, warm_up
from benchmarks.job import PHYSICAL, Settings, rows_of, versus
from benchmarks.measure import RunError, measure
from benchmarks.programs import built, loop, sniff
from benchmarks.rows import Row

FLOWS: Final = ("--view", "flows", "--format", "json")
TARGETS: Final = {
    "tcptrace": 5.0,
    "argus + ra": 3.0,
    "NFStream": 15.0,
    "dpkt, counting SYNs": 20.0,
    "scapy, counting SYNs": 400.0,
    "libtins, bare decode": 1.0,
    PHYSICAL: 0.25,
}
PACKETS: Final = 2_000_000
LISTED: Final = 480_000
"""Packets with 40,000 flows: tcpdump looks connections up in a list, and with more it would take minutes a run."""
MEGABYTE: Final = 1e6


def jobs(settings: Settings) -> Iterator[list[Row]]:
    """The rows, contest by contest."""
    for capture in (captures.many(PACKETS), captures.few(PACKETS)):
        yield flows_rows(capture, settings)
    yield text_rows(captures.few(PACKETS), settings)
    if not settings.short:
        yield text_rows(captures.many(LISTED), settings)
    yield json_rows(captures.few(PACKETS), settings)
    yield memory_rows(settings)
    yield small_rows(settings)


def about(capture: Capture) -> str:
    """The capture in words.

    >>> from pathlib import Path
    >>> about(Capture(Path("x"), 2_000_000, 50, 0))
    '2,000,000 packets, 50 flows'
    """
    return f"{capture.packets:,} packets, {capture.flows:,} flows"


def contenders(capture: Capture, settings: Settings) -> list[Contender]:
    """All that make flows of a capture, count its SYNs, or at least decode it; ours first.

    The short form leaves out what takes minutes to install or to run.
    """
    counts, path, short = capture.counts("packets", "flows", "syns"), capture.path, settings.short
    found = [
        Contender("rawkit", sniff(*FLOWS), path, outputs.flows_json, counts),
        flow_peer("tcptrace", capture),
        python_loop("dpkt, counting SYNs", "dpkt_syns", "syns", capture, 50_000 if short else 500_000),
        python_loop("scapy, counting SYNs", "scapy_syns", "syns", capture, 5_000 if short else 20_000),
        walk(capture),
    ]
    if not short:
        found.append(flow_peer("argus + ra", capture))
        found.append(Contender("libtins, bare decode", built("tins"), path, outputs.named, capture.counts("packets")))
        found.append(python_loop("NFStream", "nfstream_flows", "flows", capture, capture.packets))
        found.append(python_loop("pypacker, counting SYNs", "pypacker_syns", "syns", capture, 200_000))
    return [replace(one, small=captures.many(captures.SMALL).path) for one in found]


def walk(capture: Capture) -> Contender:
    """The fixed loop of captures, and the physical limit."""
    return Contender(PHYSICAL, built("walk"), capture.path, outputs.named, capture.counts("packets"))


def flow_peer(name: str, capture: Capture) -> Contender:
    """tcptrace, or argus with ra behind it."""
    commands = {
        "tcptrace": (lambda path: ("tcptrace", "-n", str(path)), outputs.tcptrace),
        "argus + ra": (argus, outputs.ra),
    }
    command, did = commands[name]
    return Contender(name, command, capture.path, did, capture.counts("packets", "flows"))


def argus(path: Path) -> tuple[str, ...]:
    """argus to a file and ra from it, a record a flow; in a pipe argus drops most records when ra falls behind."""
    records = captures.folder() / "argus.records"
    shown = "proto pkts saddr sport daddr dport state"
    return ("sh", "-c", f"argus -S 86400 -r {path} -w {records} && ra -n -r {records} -s {shown} && rm {records}")


def python_loop(name: str, script: str, counted: str, capture: Capture, packets: int) -> Contender:
    """A loop over a Python library; on the beginning of the capture where the whole would take minutes."""
    make = captures.few if capture.flows == captures.CONNECTIONS else captures.many
    part = capture if packets >= capture.packets else make(packets)
    one = Contender(name, loop(script), part.path, outputs.named, part.counts("packets", counted))
    return one if part is capture else scaled(one, capture, part)


def scaled(one: Contender, whole: Capture, part: Capture) -> Contender:
    """The contender, working on a part of the packets."""
    return replace(one, factor=whole.packets / part.packets, idle=captures.empty())


def flows_rows(capture: Capture, settings: Settings) -> list[Row]:
    """Flows as JSON, beside all of `contenders`."""
    everyone = contenders(capture, settings)
    outcome = contest(f"flows of {about(capture)}", everyone, settings.rules)
    return rows_of(f"flows, JSON: {about(capture)}", outcome, everyone, TARGETS)


def text_rows(capture: Capture, settings: Settings) -> list[Row]:
    """Packets as text, beside tcpdump."""
    counts, path = capture.counts("packets", "payload"), capture.path
    everyone = [
        Contender("rawkit", sniff("-n"), path, outputs.text_lines, counts),
        Contender("tcpdump -nn", lambda it: ("tcpdump", "-nn", "-r", str(it)), path, outputs.text_lines, counts),
        walk(capture),
    ]
    outcome = contest(f"text of {about(capture)}", everyone, settings.rules)
    target = 1.0 if capture.flows == captures.CONNECTIONS else 20.0
    return rows_of(f"packets, text: {about(capture)}", outcome, everyone, {"tcpdump -nn": target})


def json_rows(capture: Capture, settings: Settings) -> list[Row]:
    """Packets as JSON, beside tshark -T ek."""
    part = captures.few(5_000 if settings.short else 20_000)
    ek = Contender(
        "tshark -T ek",
        lambda path: ("tshark", "-n", "-r", str(path), "-T", "ek"),
        part.path,
        outputs.tshark_ek,
        part.counts("packets", "payload"),
    )
    counts = capture.counts("packets", "payload")
    ours = Contender("rawkit", sniff("-n", "--format", "json"), capture.path, outputs.packets_json, counts)
    everyone = [ours, scaled(ek, capture, part), walk(capture)]
    outcome = contest(f"JSON of {about(capture)}", everyone, settings.rules)
    return rows_of(f"packets, JSON: {about(capture)}", outcome, everyone, {"tshark -T ek": 50.0})


def memory_rows(settings: Settings) -> list[Row]:
    """Peak memory at two sizes: at most 300 MB, and no more for four times the packets."""
    sizes = (500_000, 2_000_000) if settings.short else (2_000_000, 8_000_000)
    peaks = []
    for capture in map(captures.few, sizes):
        settings.rules.progress.step(f"memory: {about(capture)}")
        ours = Contender("rawkit", sniff(*FLOWS), capture.path, outputs.flows_json, capture.counts("packets", "flows"))
        peaks.append(warm_up(ours, settings.rules).peak / MEGABYTE)
    return [
        Row(f"peak memory, flows: {sizes[0]:,} packets", "at most", "MB", peaks[0], 300.0, 1.0, kind="limit"),
        Row(f"peak memory, flows: {sizes[1]:,} packets", "at most", "MB", peaks[1], 300.0, 1.0, kind="limit"),
        Row(f"peak memory: {sizes[1]:,} packets", f"rawkit itself, {sizes[0]:,}", "MB", peaks[1], peaks[0], 0.95),
    ]


def small_rows(settings: Settings) -> list[Row]:
    """A capture of 1,000 packets: 0.3 s as a whole process, and numba is not loaded."""
    capture = captures.few(1_000, 10)
    ours = Contender("rawkit", sniff(*FLOWS), capture.path, outputs.flows_json, capture.counts("packets", "flows"))
    outcome = contest("1,000 packets", [ours], settings.rules)
    modules = numba_modules(ours, settings.rules)
    return [
        *versus_limit("flows, JSON: 1,000 packets, whole process", outcome, 0.3),
        Row("modules of numba loaded for 1,000 packets", "at most", "modules", modules, 0.0, 1.0, kind="limit"),
    ]


def versus_limit(work: str, outcome: Outcome, seconds: float) -> list[Row]:
    """A time beside the most that it may be."""
    return [replace(versus(work, outcome, "rawkit"), peer="at most", theirs=seconds, target=1.0, kind="limit")]


def numba_modules(one: Contender, rules: Rules) -> float:
    """How many modules of numba and llvmlite the program imports, as Python's own -X importtime tells."""
    _, *rest = one.command(one.capture)
    log = rules.folder / "imports"
    script = 'out=$1; shift; "$@" 2>"$out" >/dev/null'
    measure(
        ("sh", "-c", script, "sh", str(log), sys.executable, "-X", "importtime", *rest), rules.folder / "output", 60
    )
    names = [
        line.rpartition("|")[2].strip() for line in log.read_text().splitlines() if line.startswith("import time:")
    ]
    if not any(name == "rawkit" for name in names):
        raise RunError("python -X importtime names no module of rawkit")
    return float(sum(name.partition(".")[0] in ("numba", "llvmlite") for name in names))
