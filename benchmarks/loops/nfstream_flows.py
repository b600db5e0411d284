"""Flows of a capture by NFStream, without dissection and statistics: the least that it can do."""

import sys

from nfstream import NFStreamer

if __name__ == "__main__":
    packets = flows = 0
    for flow in NFStreamer(source=sys.argv[1], n_dissections=0, statistical_analysis=False, splt_analysis=0):
        flows += 1
        packets += flow.bidirectional_packets
    print(f"{packets=} {flows=}")  # noqa: T201
