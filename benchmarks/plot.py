"""Draws the growth plots: `python plot.py results.json FOLDER` writes growth-packets.png, -flows, -hosts and -rate.

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
    "nmap": "#2471a3",
    "zmap": "#1e8449",
    "rawkit -w": "#c0392b",
    "rawkit -n": "#e59866",
    "tcpdump -w": "#2471a3",
    "tcpdump -nn": "#85c1e9",
}
TITLES = {
    "packets": "50 flows, more and more packets",
    "flows": "12 packets a flow, more and more flows",
    "hosts": "one open port, more and more hosts: whole scans",
    "rate": "capture at rising rates: frames lost",
}
AXES = {"packets": "packets a second", "flows": "packets a second", "hosts": "seconds", "rate": "% of the frames"}
LABELS = {"rate": "frames a second"}


def series(rows: Iterable[dict[str, Any]], quantity: str) -> dict[str, dict[int, float]]:
    """Points by program: packets a second where packets are read, else the figure itself."""
    found: dict[str, dict[int, float]] = {}
    for row in (row for row in rows if row["growth"] == quantity):
        ours = row["work"].rpartition(": ")[2] if quantity == "rate" else "rawkit"
        for name, figure in ((ours, row["ours"]), (row["peer"], row["theirs"])):
            if figure is not None:
                point = row["packets"] / figure if row["packets"] else figure
                found.setdefault(name, {})[row[quantity if row["packets"] else "size"]] = point
    return found


def draw(rows: Iterable[dict[str, Any]], quantity: str, path: Path) -> None:
    """One plot: both axes logarithmic, but for the losses, which may be 0."""
    figure, axes = pyplot.subplots(figsize=(8, 4.8), dpi=120)
    for name, points in series(rows, quantity).items():
        ours = name.startswith("rawkit")
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
    scale = "linear" if quantity == "rate" else "log"
    axes.set(xscale=scale, yscale=scale, xlabel=LABELS.get(quantity, quantity), ylabel=AXES[quantity])
    axes.set_title(TITLES[quantity])
    axes.xaxis.set_major_formatter(EngFormatter())
    axes.yaxis.set_major_formatter(EngFormatter())
    axes.grid(which="major", color="#e5e8e8")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    figure.savefig(path, bbox_inches="tight")


def main(results: str, folder: str) -> None:
    """All plots, where there are figures for them."""
    rows = json.loads(Path(results).read_text())["jobs"]["growth"]["rows"]
    for quantity in TITLES:
        if any(row["growth"] == quantity for row in rows):
            draw(rows, quantity, Path(folder) / f"growth-{quantity}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
