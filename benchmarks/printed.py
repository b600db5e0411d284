"""Jobs that measure in the lab and print a table of their own: run as the scripts that they are, and their rows read.

Such a script ends with 0, or with 1 where a target was missed; what it printed stands in results.md in either case.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Final

from benchmarks.measure import RunError
from benchmarks.programs import HERE, ROOT
from benchmarks.rows import Row

MISSED: Final = 1


def printed(name: str) -> str:
    """What `python benchmarks/NAME.py` prints; RunError where it fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    script = [sys.executable, str(HERE / f"{name}.py")]
    done = subprocess.run(script, stdout=subprocess.PIPE, text=True, check=False, cwd=ROOT, env=environment)
    if done.returncode not in (0, MISSED) or not done.stdout:
        raise RunError(f"benchmarks/{name}.py ended with {done.returncode}")
    return done.stdout


def rows(name: str, text: str) -> list[Row]:
    """The rows with a target that the table of a job tells of; none where nobody reads that job's table."""
    return READERS[name](text) if name in READERS else []


def craft(text: str) -> list[Row]:
    """benchmarks/craft.py: frames a second of both.

    >>> [(row.peer, row.ratio, row.met) for row in craft("scapy   4,000 frames/s\\nrawkit  1,200,000 frames/s\\n")]
    [('scapy', 300.0, False), ('at least', 1.2, True)]
    """
    rates = {name: float(rate.replace(",", "")) for name, rate in re.findall(r"(\w+) +([\d,]+) frames/s", text)}
    work, ours = "crafting a TCP SYN, three fields varied", rates["rawkit"]
    return [
        Row(work, "scapy", "frames/s", ours, rates["scapy"], 400.0, more_is_better=True),
        Row(work, "at least", "frames/s", ours, 1e6, 1.0, more_is_better=True, kind="limit"),
    ]


def capture(text: str) -> list[Row]:
    """benchmarks/capture.py: frames lost and CPU seconds, ours beside tcpdump -w."""
    columns = ("sent", "rate", "received", "dropped", "interface", "lost", "cpu")
    found = re.findall(r"^(\S.*?)" + r" +(-?[\d.,]+)" * len(columns) + "$", text, re.MULTILINE)
    told = {
        name: dict(zip(columns, (float(value.replace(",", "")) for value in values), strict=True))
        for name, *values in found
    }
    ours, theirs = told["ring, written"], told["tcpdump -w"]
    work = f"capture of {ours['sent']:,.0f} frames at full speed, written"
    return [
        Row(f"{work}: frames dropped", "at most", "frames", ours["dropped"], 0.0, 1.0, kind="limit"),
        Row(f"{work}: frames dropped", "tcpdump -w", "frames", ours["dropped"], theirs["dropped"]),
        Row(f"{work}: CPU time", "tcpdump -w", "s", ours["cpu"], theirs["cpu"], 1.0),
    ]


READERS: Final[Mapping[str, Callable[[str], list[Row]]]] = {"craft": craft, "capture": capture}
