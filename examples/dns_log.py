"""Logs what is asked of DNS over UDP: who asked, for what, what the answer was and how long it took.

    python examples/dns_log.py eth0
    python examples/dns_log.py captures/dns.pcap

As root, or with CAP_NET_RAW, for an interface. Ctrl-C ends it, and names the questions without an answer.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scapy.layers.dns import DNS, dnsqtypes

import rawkit


def lines(capture: rawkit.Capture) -> Iterator[str]:
    """A line for each answer as it comes, and at the end one for each question that has none."""
    asked: dict[tuple[object, ...], tuple[int, str]] = {}
    for packet in capture:
        dns = packet.to_scapy().getlayer(DNS)
        if dns is None or not dns.qd:
            continue
        here, there = (packet.get(f"ip.{side}", packet.get(f"ipv6.{side}")) for side in ("src", "dst"))
        question = f"{dnsqtypes.get(dns.qd[0].qtype, dns.qd[0].qtype)} {dns.qd[0].qname.decode(errors='replace')!r}"
        if not dns.qr:
            asked[here, packet["udp.srcport"], there, dns.id, question] = (packet.time_ns, f"{here} {question}")
            continue
        found = asked.pop((there, packet["udp.dstport"], here, dns.id, question), None)
        if found is not None:
            yield f"{found[1]} {answer(dns)} after {(packet.time_ns - found[0]) / 1e6:.3f} ms"
    yield from (f"{text} no answer" for _, text in asked.values())


def answer(dns: Any) -> str:
    """The data of the records that came, or why there are none."""
    return ", ".join(str(record.rdata) for record in dns.an if hasattr(record, "rdata")) or dns.sprintf("%rcode%")


def main() -> None:
    parser = argparse.ArgumentParser(description="Logs what is asked of DNS over UDP.")
    parser.add_argument("source", help="an interface, or a capture file")
    source = parser.parse_args().source
    capture = (rawkit.open if Path(source).is_file() else rawkit.sniff)(source, "udp port 53")
    with capture, capture.stopped_by_signals():
        for line in lines(capture):
            print(line, flush=True)


if __name__ == "__main__":
    try:
        main()
    except rawkit.RawkitError as error:
        sys.exit(str(error))
