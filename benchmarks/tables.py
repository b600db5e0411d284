"""The tables that the lab jobs print, read into rows with their targets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from benchmarks.rows import Row

SEEN: Final = "tcpdump saw"
WHOLE: Final = r"(-?\d{1,3}(?:,\d{3})*)"
CAPTURE: Final = re.compile(rf"^(\S.*?){(' +' + WHOLE) * 5} *{WHOLE} +(\d+\.\d+)$", re.MULTILINE)
"""A line of benchmarks/capture.py; a million of lost frames fills its column and touches the one before."""
LOSSLESS: Final = ("ring, written", "rawkit -w", "rawkit flows")
SEND: Final = re.compile(r"^(\S(?: ?\S)*?)  +([\d.,]+(?: +[\d.,]+){2,3})(?: |$)", re.MULTILINE)
"""A line of benchmarks/send.py: a name, and at least three figures, of which the first is the median."""
ONE: Final = "rawkit send, one packet"
VARIED: Final = "rawkit send, 3 fields vary"
RATES: Final = (
    (ONE, "trafgen, one packet", 1.0),
    (ONE, "scapy sendp, open socket", 100.0),
    (VARIED, "masscan", 1.3),
    (VARIED, "hping3 --flood", 1.8),
    ("rawkit replay --top", "tcpreplay --topspeed", 1.0),
)
"""Ours, a peer that sends as many different packets, and the least ratio."""


def rows(job: str, text: str) -> list[Row]:
    """The rows that the table of a job tells of; none where nobody reads that job's table."""
    return READERS[job](text) if job in READERS else []


def craft(text: str) -> list[Row]:
    """benchmarks/craft.py: frames a second of both.

    >>> [(row.peer, row.ratio, row.met) for row in craft("scapy   4,000 frames/s\\nrawkit  1,200,000 frames/s\\n")]
    [('scapy', 300.0, False), ('at least', 1.2, True)]
    """
    rates = {name: number(rate) for name, rate in re.findall(r"(\w+) +([\d,]+) frames/s", text)}
    work, ours = "crafting a TCP SYN, three fields varied", rates["rawkit"]
    return [
        Row(work, "scapy", "frames/s", ours, rates["scapy"], 400.0, more_is_better=True),
        Row(work, "at least", "frames/s", ours, 1e6, 1.0, more_is_better=True, kind="limit"),
    ]


def capture(text: str) -> list[Row]:
    """benchmarks/capture.py: frames lost and CPU seconds, ours beside tcpdump's."""
    columns = ("sent", "rate", "received", "dropped", "interface", "lost", "cpu")
    told = {name: dict(zip(columns, map(number, values), strict=True)) for name, *values in CAPTURE.findall(text)}
    made = [row for name in LOSSLESS if name in told for row in _lossless(name, told[name], told["tcpdump -w"])]
    if "rawkit -n" in told and "tcpdump -nn" in told:
        ours, theirs = told["rawkit -n"]["dropped"], told["tcpdump -nn"]["dropped"]
        made.append(Row("capture as text: frames dropped", "tcpdump -nn", "frames", ours, theirs, 5.0))
    return made


def _lossless(name: str, ours: Mapping[str, float], tcpdump: Mapping[str, float]) -> list[Row]:
    """What may lose nothing, and take no more CPU time than tcpdump -w, which decodes nothing."""
    work = f"capture of {ours['sent']:,.0f} frames at full speed, {name}"
    return [
        Row(f"{work}: frames dropped", "at most", "frames", ours["dropped"], 0.0, 1.0, kind="limit"),
        Row(f"{work}: frames dropped", "tcpdump -w", "frames", ours["dropped"], tcpdump["dropped"]),
        Row(f"{work}: CPU time", "tcpdump -w", "s", ours["cpu"], tcpdump["cpu"], 1.0),
    ]


def ping(text: str) -> list[Row]:
    """benchmarks/ping.py: round trips, the start, a /20 and a hundred targets."""
    return [row for title, lines in blocks(text).items() for row in _ping_rows(title, lines)]


def _ping_rows(title: str, lines: Mapping[str, str]) -> list[Row]:
    """The rows of one block; what a peer that is not installed would have is left out."""
    ours, theirs = lines["rawkit"], {name: line for name, line in lines.items() if name != "rawkit"}
    if title.startswith("median round trip"):
        targets = {"iputils": 2.0, "fping": 4.0}
        times = {name: number(line) for name, line in theirs.items()}
        return [Row("ping: median round trip", name, "µs", number(ours), times[name], targets[name]) for name in times]
    if title.startswith("one echo"):
        last = number(ours.split()[-1])
        return [Row("ping -c 1, whole process", "at most", "s", last, 0.15, 1.0, kind="limit")]
    if title.startswith("100 targets"):
        work = "ping: 100 targets, 10 a second each"
        return [
            Row(f"{work}: CPU", "at most", "% of a core", number(ours), 25.0, 1.0, kind="limit"),
            Row(f"{work}: answers", SEEN, "answers", *_answers(ours), 1.0, more_is_better=True),
        ]
    work = f"ping: {title.partition(',')[0]}, half silent,{title.rpartition(',')[2]}"
    return [Row(work, "fping", "s", number(ours), number(theirs["fping"]), 1.0)] if "fping" in theirs else []


def _answers(line: str) -> tuple[float, float]:
    """Answers that a tool had, and that tcpdump saw."""
    had, seen = re.findall(r"([\d,]+) (?:answers|seen)", line)
    return number(had), number(seen)


def send(text: str) -> list[Row]:
    """benchmarks/send.py: frames a second sent and replayed, and how exactly gaps are kept."""
    told = {name: tuple(map(number, figures.split())) for name, figures in SEND.findall(text)}
    rates = [
        Row(f"{mine}: rate", name, "frames/s", told[mine][0], told[name][0], target, more_is_better=True)
        for mine, name, target in RATES
        if mine in told and name in told
    ]
    gaps = ("rawkit replay", "tcpreplay")
    if not all(name in told for name in gaps):
        return rates
    mine, theirs = (told[name][0] for name in gaps)
    return [*rates, Row("replay at recorded times: median error of a gap", "tcpreplay", "µs", mine, theirs, 1.0)]


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
    "send": send,
}
