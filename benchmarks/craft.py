"""Crafting speed: a TCP SYN template with three varying fields, beside scapy building the same frames, in one run.

    python benchmarks/craft.py [--frames 5000000]

Prints frames a second of both (the best of three rounds each) and the ratio; exits with 1 where less than a million a
second or less than 400 times scapy was reached. Nothing is sent.
"""

from __future__ import annotations

import argparse
import sys
import time
from itertools import islice

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from rawkit.craft import Template

TARGET_RATE, TARGET_RATIO = 1_000_000, 400
ROUNDS = 3
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
    """Measures both, alternating, and compares the best rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=5_000_000)
    frames = parser.parse_args().frames
    rounds = [(scapy_rate(), rawkit_rate(frames)) for _ in range(ROUNDS)]
    theirs, ours = max(one for one, _ in rounds), max(one for _, one in rounds)
    sys.stdout.write(f"scapy  {theirs:12,.0f} frames/s\nrawkit {ours:12,.0f} frames/s\nratio  {ours / theirs:12,.0f}\n")
    return int(ours < TARGET_RATE or ours < TARGET_RATIO * theirs)


if __name__ == "__main__":
    sys.exit(main())
