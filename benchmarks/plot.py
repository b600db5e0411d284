"""Draws the growth plots: `python plot.py results.json FOLDER` writes growth-packets.png and growth-flows.png.

Run by the bench's own Python, which has matplotlib; it imports nothing of rawkit.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.ticker import EngFormatter

COLOURS = {
    "rawkit": "#c0392b",
    "tcptrace": "#2471a3",
    "argus + ra": "#1e8449",
    "libtins, bare decode": "#7d3c98",
    "NFStream": "#b9770e",
    "dpkt, counting SYNs": "#5d6d7e",
    "C walk over record headers": "#aab7b8",
}
TITLES = {
    "packets": "50 flows, more and more packets",
    "flows": "12 packets a flow, more and more flows",
}


def series(rows: Iterable[dict[str, Any]], quantity: str) -> dict[str, dict[int, float]]:
    """Points (size, packets a second) by program."""
    found: dict[str, dict[int, float]] = {}
    for row in (row for row in rows if row["growth"] == quantity):
        for name, seconds in (("rawkit", row["ours"]), (row["peer"], row["theirs"])):
            if seconds:
                found.setdefault(name, {})[row[quantity]] = row["packets"] / seconds
    return found


def draw(rows: Iterable[dict[str, Any]], quantity: str, path: Path) -> None:
    """One plot: both axes logarithmic."""
    figure, axes = pyplot.subplots(figsize=(8, 4.8), dpi=120)
    for name, points in series(rows, quantity).items():
        ours = name == "rawkit"
        axes.plot(
            *zip(*sorted(points.items()), strict=True),
            label=name,
            color=COLOURS[name],
            linewidth=3 if ours else 1.5,
            linestyle="--" if name.startswith("C walk") else "-",
            marker="o",
            markersize=6 if ours else 4,
            zorder=3 if ours else 2,
        )
    axes.set(xscale="log", yscale="log", xlabel=quantity, ylabel="packets a second", title=TITLES[quantity])
    axes.xaxis.set_major_formatter(EngFormatter())
    axes.yaxis.set_major_formatter(EngFormatter())
    axes.grid(which="major", color="#e5e8e8")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    figure.savefig(path, bbox_inches="tight")


def main(results: str, folder: str) -> None:
    """Both plots, where there are figures for them."""
    rows = json.loads(Path(results).read_text())["jobs"]["growth"]["rows"]
    for quantity in TITLES:
        if any(row["growth"] == quantity for row in rows):
            draw(rows, quantity, Path(folder) / f"growth-{quantity}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
