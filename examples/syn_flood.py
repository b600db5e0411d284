"""Tells which servers get more SYNs in a second than handshakes that anybody finishes: a SYN flood.

    python examples/syn_flood.py eth0 --more 100

Of a file in place of an interface it tells what was there. As root, or with CAP_NET_RAW. Ctrl-C ends it.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import rawkit

SECOND = 10**9
FIELDS = ["frame.time_epoch", "tcp.flags", "ip.dst", "ipv6.dst", "tcp.dstport"]
SYN, ACK = 0x02, 0x10


def floods(capture: rawkit.Capture, more: int) -> Iterator[str]:
    """A line for each server and second (of the packets' own clock) with so many SYNs more than handshakes."""
    begin, open_ones = 0, Counter[str]()
    for step in capture.steps(rawkit.Handshake):
        table = step.packet_table(FIELDS)
        for number in np.flatnonzero(table["tcp.flags"] & (SYN | ACK) == SYN).tolist():
            row = table[number]
            if row["frame.time_epoch"] - begin >= SECOND:
                yield from told(open_ones, more)
                begin, open_ones = row["frame.time_epoch"], Counter()
            open_ones[f"{row['ip.dst'] or row['ipv6.dst']} port {row['tcp.dstport']}"] += 1
        for event in step.events():
            if isinstance(event, rawkit.Handshake) and event.outcome == "established":
                open_ones[f"{event.server.address} port {event.server.port}"] -= 1
    yield from told(open_ones, more)


def told(open_ones: Counter[str], more: int) -> list[str]:
    return [f"{server}: {count} SYNs unfinished" for server, count in open_ones.most_common() if count > more]


def main() -> None:
    parser = argparse.ArgumentParser(description="Tells which servers get SYNs that nobody finishes.")
    parser.add_argument("source", help="an interface, or a capture file")
    parser.add_argument("--more", type=int, default=100, help="SYNs a second that are no flood yet (%(default)s)")
    asked = parser.parse_args()
    capture = (rawkit.open if Path(asked.source).is_file() else rawkit.sniff)(asked.source, "tcp")
    with capture, capture.stopped_by_signals():
        for line in floods(capture, asked.more):
            print(line, flush=True)


if __name__ == "__main__":
    try:
        main()
    except rawkit.RawkitError as error:
        sys.exit(str(error))
