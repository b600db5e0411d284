"""Growth: how the time goes on with ten and a hundred times the packets, and with a thousand times the flows.

The same contest as in decode, at three sizes each way. Programs that would
take minutes at a size are left out there. The figures are seconds; the plots in docs/ show packets a second. Then scans
and captures on live links, in rising.py.

Physical limit: the walk over the record headers, as in decode.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks import captures, outputs, rising
from benchmarks.captures import Capture
from benchmarks.contest import Contender, contest
from benchmarks.decode import FLOWS, about, flow_peer
from benchmarks.job import PHYSICAL, Settings, rows_of
from benchmarks.programs import HERE, ROOT, built, libraries, loop, sniff
from benchmarks.rows import Row

PACKETS: Final = (100_000, 1_000_000, 10_000_000)
FLOW_COUNTS: Final = (1_000, 100_000, 1_000_000)
PATIENCE: Final = 1_500_000
"""Packets above which loops in Python are left out."""


def jobs(settings: Settings) -> Iterator[list[Row]]:
    """The rows, size by size."""
    for packets in PACKETS[: 2 if settings.short else None]:
        yield growth_rows("packets", captures.few, packets, settings)
    for flows in FLOW_COUNTS[: 2 if settings.short else None]:
        yield growth_rows("flows", captures.many, flows * 12, settings)
    yield from rising.hosts_rows(settings)
    yield from rising.rates_rows(settings)


def growth_rows(quantity: str, make: Callable[[int], Capture], packets: int, settings: Settings) -> list[Row]:
    """One size: ours beside those that can be waited for."""
    capture = make(packets)
    everyone = contenders(capture)
    outcome = contest(f"growth, {about(capture)}", everyone, settings.rules)
    rows = rows_of(f"flows, JSON: {about(capture)}", outcome, everyone, {})
    return [replace(row, growth=quantity, packets=capture.packets, flows=capture.flows) for row in rows]


def contenders(capture: Capture) -> list[Contender]:
    """All that work on this many packets; ours first."""
    path, packets = capture.path, capture.counts("packets")
    found = [
        Contender("rawkit", sniff(*FLOWS), path, outputs.flows_json, capture.counts("packets", "flows", "syns")),
        flow_peer("tcptrace", capture),
        flow_peer("argus + ra", capture),
        Contender("libtins, bare decode", built("tins"), path, outputs.named, packets),
        Contender(PHYSICAL, built("walk"), path, outputs.named, packets),
    ]
    if capture.packets <= PATIENCE:
        flows, syns = capture.counts("packets", "flows"), capture.counts("packets", "syns")
        found.append(Contender("NFStream", loop("nfstream_flows"), path, outputs.named, flows))
        found.append(Contender("dpkt, counting SYNs", loop("dpkt_syns"), path, outputs.named, syns))
    return [replace(one, small=captures.many(captures.SMALL).path) for one in found]


def finish(results: Path) -> None:
    """Draws the plots, in docs/ or beside results.json where that is elsewhere; by the Python that has matplotlib."""
    folder = ROOT / "docs" if results.parent == HERE else results.parent
    subprocess.run([str(libraries()), str(HERE / "plot.py"), str(results), str(folder)], check=False)
