"""Crafting speed: a TCP SYN template with three varying fields, beside scapy building the same frames, in one run.

    python benchmarks/craft.py [--frames 5000000] [--runs 5]

Prints frames a second of both (the medians, with the least and greatest) and the ratio; exits with 1 where less than a
million a second or less than 400 times scapy was reached. Nothing is sent.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from itertools import islice
from statistics import median

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from rawkit.craft import Template

TARGET_RATE, TARGET_RATIO = 1_000_000, 400
SCAPY_FRAMES = 2000


def syn() -> Ether:
    """A SYN with a source port, a destination address and a sequence number that vary; headers as on Ethernet."""
    link = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    return (
        link / IP(src="192.0.2.1", dst="198.18.0.0/16") / TCP(sport=(1024, 65535), dport=80, seq=(1, 1000), flags="S")
    )


def scapy_rate() -> float:
    """Frames a second of scapy's own expansion and building."""
    began = time.perf_counter()
    built = sum(1 for _ in map(bytes, islice(syn(), SCAPY_FRAMES)))
    return built / (time.perf_counter() - began)


def rawkit_rate(frames: int) -> float:
    """Frames a second of a template, its analysis included."""
    began = time.perf_counter()
    crafted = sum(map(len, Template(syn()).batches(count=frames)))
    return crafted / (time.perf_counter() - began)


def main() -> int:
    """Measures both, alternating, and compares the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    _warm_up = scapy_rate(), rawkit_rate(arguments.frames)
    rounds = [(scapy_rate(), rawkit_rate(arguments.frames)) for _ in range(arguments.runs)]
    theirs, ours = [one for one, _ in rounds], [one for _, one in rounds]
    ratio = median(ours) / median(theirs)
    sys.stdout.write(f"{line('scapy', theirs)}\n{line('rawkit', ours)}\nratio  {ratio:12,.0f}\n")
    return int(median(ours) < TARGET_RATE or ratio < TARGET_RATIO)


def line(name: str, rates: Sequence[float]) -> str:
    """What the rounds came to.

    >>> line("scapy", [6000.0, 5000.0, 7000.0])
    'scapy         6,000 frames/s (5,000 to 7,000)'
    """
    return f"{name:6} {median(rates):12,.0f} frames/s ({min(rates):,.0f} to {max(rates):,.0f})"


if __name__ == "__main__":
    sys.exit(main())
