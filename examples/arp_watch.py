"""Tells which Ethernet address is behind each IPv4 address, and when that changes: somebody moved, or lies.

    python examples/arp_watch.py eth0

As root, or with CAP_NET_RAW. Ctrl-C ends it.
"""

import argparse
import sys
from collections.abc import Iterator

from scapy.layers.l2 import ARP

import rawkit

NOBODY = "0.0.0.0"
"""The sender of a probe, which asks whether an address is free (RFC 5227)."""


def changes(capture: rawkit.Capture) -> Iterator[str]:
    """A line for each address that is new or is somewhere else than before."""
    known: dict[str, str] = {}
    for packet in capture:
        arp = packet.to_scapy()[ARP]
        before = known.get(arp.psrc)
        if arp.psrc == NOBODY or before == arp.hwsrc:
            continue
        known[arp.psrc] = arp.hwsrc
        yield f"new {arp.psrc} {arp.hwsrc}" if before is None else f"changed {arp.psrc} {before} -> {arp.hwsrc}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Tells which Ethernet address is behind each IPv4 address.")
    parser.add_argument("interface")
    with rawkit.sniff(parser.parse_args().interface, "arp") as capture, capture.stopped_by_signals():
        for line in changes(capture):
            print(line, flush=True)


if __name__ == "__main__":
    try:
        main()
    except rawkit.RawkitError as error:
        sys.exit(str(error))
