"""Sends the IPv4 packets of a capture again, with other addresses, at the times at which they were recorded.

    python examples/replay_as.py captures/dns.pcap 192.0.2.10=203.0.113.7 198.51.100.20=192.0.2.20

They leave by the way to their new destination. As root, or with CAP_NET_RAW. `rawkit replay` does more, and faster.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Any

from scapy.layers.inet import IP, TCP, UDP

import rawkit


def mapping(text: str) -> tuple[str, str]:
    old, _, new = text.partition("=")
    return str(IPv4Address(old)), str(IPv4Address(new))


def changed(packet: rawkit.Packet, addresses: dict[str, str]) -> Any:
    """The packet with its new addresses; scapy computes the checksums again."""
    ip = packet.to_scapy()[IP]
    ip.src, ip.dst = addresses.get(ip.src, ip.src), addresses.get(ip.dst, ip.dst)
    for layer in (IP, TCP, UDP):
        if layer in ip:
            del ip[layer].chksum
    return ip


def in_time(capture: rawkit.Capture, addresses: dict[str, str]) -> Iterator[Any]:
    """The packets, each when it is due: what a generator gives is sent before it is asked for more."""
    late = None
    for packet in capture:
        late = time.time_ns() - packet.time_ns if late is None else late
        time.sleep(max(0, packet.time_ns + late - time.time_ns()) / 1e9)
        yield changed(packet, addresses)


def main() -> None:
    parser = argparse.ArgumentParser(description="Sends a capture's IPv4 packets again, with other addresses.")
    parser.add_argument("capture")
    parser.add_argument("addresses", nargs="+", type=mapping, metavar="OLD=NEW")
    asked = parser.parse_args()
    with rawkit.open(asked.capture, "ip and ip[6:2] & 0x3fff == 0") as capture:  # no fragments: they share a checksum
        sent = rawkit.send(in_time(capture, dict(asked.addresses)))
    print(f"{sent.frames} packets, {sent.bytes} bytes")


if __name__ == "__main__":
    try:
        main()
    except rawkit.RawkitError as error:
        sys.exit(str(error))
