"""The tables that the lab jobs print, read into rows with their targets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from benchmarks.rows import Row

CRAFTED: Final = re.compile(r"(\w+) +([\d,]+) frames/s \(([\d,]+) to ([\d,]+)\)")
SEEN: Final = "tcpdump saw"
WHOLE: Final = r"(-?\d{1,3}(?:,\d{3})*)"
CAPTURE: Final = re.compile(
    rf"^(\S.*?){(' +' + WHOLE) * 5} *{WHOLE} +(\d+\.\d+)"
    r"  \((\d+) to (\d+), ([\d.]+) to ([\d.]+)\)$",
    re.MULTILINE,
)
"""A line of benchmarks/capture.py; a million of lost frames fills its column and touches the one before."""
LOSSLESS: Final = ("ring, written", "rawkit -w", "rawkit flows")
SEND: Final = re.compile(r"^(\S(?: ?\S)*?)  +([\d.,]+(?: +[\d.,]+){2,3})(?: |$)", re.MULTILINE)
"""A line of benchmarks/send.py: a name, and at least three figures, of which the first is the median."""
ONE: Final = "rawkit send, one packet"
VARIED: Final = "rawkit send, 3 fields vary"
BURST: Final = "C burst, the veth's own rate"
RATES: Final = (
    (ONE, BURST, None),
    (ONE, "trafgen, one packet", 1.0),
    (ONE, "scapy sendp, open socket", 100.0),
    (VARIED, "masscan", 1.3),
    (VARIED, "hping3 --flood", 1.8),
    ("rawkit replay --top", "tcpreplay --topspeed", 1.0),
)
"""Ours, a peer that sends as many different packets, and the least ratio."""

LIMITS: Final = {"spinning": "C at the same interval", "limit": "C without a pause"}
"""Lines of benchmarks/ping.py that are no pinger's."""

SCANNED: Final = re.compile(
    r"(?P<figure>[\d.]+|nan) +\((?P<low>\S+) to (?P<high>\S+), (?P<runs>\d+ of \d+) runs\)"
    r"  found \[(?P<found>[\d, ]*)\]"
)
"""A line of benchmarks/scan.py behind its name."""
RATE_TARGETS: Final = {"masscan": 1.3, "zmap": 1.2}


def rows(job: str, text: str) -> list[Row]:
    """The rows that the table of a job tells of; none where nobody reads that job's table."""
    return READERS[job](text) if job in READERS else []


def craft(text: str) -> list[Row]:
    """benchmarks/craft.py: frames a second of both.

    >>> text = "scapy   4,000 frames/s (3,000 to 5,000)\\nrawkit  1,200,000 frames/s (1,000,000 to 1,300,000)\\n"
    >>> [(row.peer, row.ratio, row.met, row.theirs_range) for row in craft(text)]
    [('scapy', 300.0, False, (3000.0, 5000.0)), ('at least', 1.2, True, None)]
    """
    told = {name: tuple(map(number, rates)) for name, *rates in CRAFTED.findall(text)}
    (ours, *spread), (theirs, *other) = told["rawkit"], told["scapy"]
    work, mine = "crafting a TCP SYN, three fields varied", (spread[0], spread[1])
    return [
        Row(work, "scapy", "frames/s", ours, theirs, 400.0, True, mine, (other[0], other[1])),
        Row(work, "at least", "frames/s", ours, 1e6, 1.0, True, mine, kind="limit"),
    ]


def capture(text: str) -> list[Row]:
    """benchmarks/capture.py: frames lost and CPU seconds, ours beside tcpdump's."""
    spreads = ("fewest", "most", "least cpu", "most cpu")
    columns = ("sent", "rate", "received", "dropped", "interface", "lost", "cpu", *spreads)
    told = {name: dict(zip(columns, map(number, values), strict=True)) for name, *values in CAPTURE.findall(text)}
    made = [row for name in LOSSLESS if name in told for row in _lossless(name, told[name], told["tcpdump -w"])]
    if "rawkit -n" in told and "tcpdump -nn" in told:
        made.append(
            _drops("capture as text: frames dropped", "tcpdump -nn", told["rawkit -n"], told["tcpdump -nn"], 5.0)
        )
    return made


def _lossless(name: str, ours: Mapping[str, float], tcpdump: Mapping[str, float]) -> list[Row]:
    """What may lose nothing, and take no more CPU time than tcpdump -w, which decodes nothing."""
    work = f"capture of {ours['sent']:,.0f} frames at full speed, {name}"
    return [
        Row(f"{work}: most frames dropped in a run", "at most", "frames", ours["most"], 0.0, 1.0, kind="limit"),
        _drops(f"{work}: frames dropped", "tcpdump -w", ours, tcpdump),
        Row(f"{work}: CPU time", "tcpdump -w", "s", ours["cpu"], tcpdump["cpu"], 1.0, False, *_cpu(ours, tcpdump)),
    ]


def _drops(
    work: str, peer: str, ours: Mapping[str, float], theirs: Mapping[str, float], target: float | None = None
) -> Row:
    """Frames dropped, the median and the spread."""
    ranges = [(one["fewest"], one["most"]) for one in (ours, theirs)]
    return Row(work, peer, "frames", ours["dropped"], theirs["dropped"], target, False, *ranges)


def _cpu(*receivers: Mapping[str, float]) -> list[tuple[float, float]]:
    return [(one["least cpu"], one["most cpu"]) for one in receivers]


def ping(text: str) -> list[Row]:
    """benchmarks/ping.py: round trips, the start, a /20 and a hundred targets."""
    return [row for title, lines in blocks(text).items() for row in _ping_rows(title, lines)]


def _ping_rows(title: str, lines: Mapping[str, str]) -> list[Row]:
    """The rows of one block; what a peer that is not installed would have is left out."""
    ours, theirs = lines["rawkit"], {name: line for name, line in lines.items() if name in ("iputils", "fping")}
    if title.startswith("median round trip"):
        work, targets = "ping: median round trip", {"iputils": 2.0, "fping": 4.0}
        found = [_times(work, name, "µs", ours, theirs[name], targets[name]) for name in theirs]
        bounds = [_times(work, LIMITS[name], "µs", ours, line) for name, line in lines.items() if name in LIMITS]
        return found + [replace(row, kind="physical") for row in bounds]
    if title.startswith("one echo"):
        last, spread = number(ours), _spread(ours)
        return [Row("ping -c 1, whole process", "at most", "s", last, 0.15, 1.0, ours_range=spread, kind="limit")]
    if title.startswith("100 targets"):
        work = "ping: 100 targets, 10 a second each"
        return [
            Row(f"{work}: CPU", "at most", "% of a core", number(ours), 25.0, 1.0, kind="limit"),
            Row(f"{work}: answers", SEEN, "answers", *_answers(ours), 1.0, more_is_better=True),
        ]
    work = f"ping: {title.partition(',')[0]}, half silent,{title.rpartition(',')[2]}"
    if "fping" not in theirs:
        return []
    alive = [number(line.split()[-2]) for line in (ours, theirs["fping"])]
    return [
        _times(work, "fping", "s", ours, theirs["fping"], 1.0),
        Row(f"{work}: hosts alive", "fping", "hosts", *alive, 1.0, more_is_better=True),
    ]


def _times(work: str, name: str, unit: str, ours: str, theirs: str, target: float | None = None) -> Row:
    """Two medians with their spread."""
    return Row(work, name, unit, number(ours), number(theirs), target, False, _spread(ours), _spread(theirs))


def _spread(line: str) -> tuple[float, float]:
    """The least and greatest of the figure that a line begins with.

    >>> _spread("2.5 (2.0 to 3.0) s")
    (2.0, 3.0)
    """
    low, high = re.findall(r"\((\S+) to (\S+)\)", line)[0]
    return number(low), number(high)


def _answers(line: str) -> tuple[float, float]:
    """Answers that a tool had, and that tcpdump saw."""
    had, seen = re.findall(r"([\d,]+) (?:answers|seen)", line)
    return number(had), number(seen)


def send(text: str) -> list[Row]:
    """benchmarks/send.py: frames a second sent and replayed, and how exactly gaps are kept."""
    told = {name: tuple(map(number, figures.split())) for name, figures in SEND.findall(text)}
    rates = [_rate(mine, name, target, told) for mine, name, target in RATES if mine in told and name in told]
    gaps = ("rawkit replay", "tcpreplay")
    if not all(name in told for name in gaps):
        return rates
    mine, theirs = (told[name][0] for name in gaps)
    return [*rates, Row("replay at recorded times: median error of a gap", "tcpreplay", "µs", mine, theirs, 1.0)]


def scan(text: str) -> list[Row]:
    """benchmarks/scan.py: whole scans, rates at the receiver, open ports found, peak memory."""
    return [row for title, lines in blocks(text).items() for row in _scan_rows(title, lines)]


def _scan_rows(title: str, lines: Mapping[str, str]) -> list[Row]:
    """The rows of one block: figures, and the least that any run of each program found."""
    if title.startswith("peak memory"):
        return _scan_memory(lines)
    ours, *peers = ((name, found) for name, line in lines.items() if (found := SCANNED.match(line)))
    rates = ": SYNs" in title
    return [row for name, theirs in peers for row in _scan_pair(title.partition(": ")[0], name, ours[1], theirs, rates)]


def _scan_pair(work: str, name: str, ours: re.Match[str], theirs: re.Match[str], rates: bool) -> list[Row]:
    """Ours beside a peer's; what has no result has no figure, and the note says so."""
    unit, target, what = ("SYNs/s", RATE_TARGETS[name], "SYNs received") if rates else ("s", 1.0, "open ports")
    both, note = (ours, theirs), f"with a result: rawkit {ours['runs']} runs, {name} {theirs['runs']}"
    figures = [number(one["figure"]) if one["found"] else None for one in both]
    spreads = [(number(one["low"]), number(one["high"])) if one["found"] else None for one in both]
    least = [float(min(map(int, one["found"].split(", ")))) if one["found"] else None for one in both]
    return [
        Row(f"scan: {work}", name, unit, *figures, target, rates, *spreads, note=note),
        Row(f"scan: {work}: least {what} in a run", name, what, *least, 1.0, more_is_better=True, note=note),
    ]


def _scan_memory(lines: Mapping[str, str]) -> list[Row]:
    """Peak memory, at most 200 MB."""
    names = {"counted": "counting a /8", "sent": f"{number(lines['packets']):,.0f} probes sent"}
    return [
        Row(f"scan: peak memory, {name}", "at most", "MB", number(lines[key]), 200.0, 1.0, kind="limit")
        for key, name in names.items()
    ]


def _rate(mine: str, name: str, target: float | None, told: Mapping[str, tuple[float, ...]]) -> Row:
    """Two rates: each its median, lowest and highest."""
    (ours, *spread), (theirs, *other) = told[mine], told[name]
    kind = "physical" if name == BURST else "peer"
    ranges = (spread[0], spread[1]), (other[0], other[1])
    return Row(f"{mine}: rate", name, "frames/s", ours, theirs, target, True, *ranges, kind=kind)


def blocks(text: str) -> dict[str, dict[str, str]]:
    """Titles, and under each its indented lines by their first word.

    >>> blocks("a title\\n  rawkit  1.5 s\\n  fping   2.5 s\\n")
    {'a title': {'rawkit': '1.5 s', 'fping': '2.5 s'}}
    """
    found: dict[str, dict[str, str]] = {}
    title = ""
    for line in text.splitlines():
        if not line.startswith(" "):
            title = line
            continue
        name, _, rest = line.strip().partition(" ")
        found.setdefault(title, {})[name] = rest.strip()
    return found


def number(text: str) -> float:
    """The number that a text begins with.

    >>> number("1,200.5 s"), number("12.3% of a core")
    (1200.5, 12.3)
    """
    found = re.match(r"-?[\d,]*\.?\d+", text)
    assert found is not None, text
    return float(found[0].replace(",", ""))


READERS: Final[Mapping[str, Callable[[str], list[Row]]]] = {
    "craft": craft,
    "capture": capture,
    "ping": ping,
    "scan": scan,
    "send": send,
}
