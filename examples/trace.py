"""The way to a host: all hops at once, as traceroute finds them, by datagrams that die on their way.

    python examples/trace.py 198.51.100.20

As root, or with CAP_NET_RAW.
"""

import argparse
import sys
from collections.abc import Iterator

from scapy.layers.inet import ICMP, IP, UDP

import rawkit

PORT = 33434
"""Where traceroute begins: nobody listens there."""
TIME_EXCEEDED = 11


def hops(host: str, most: int) -> Iterator[str]:
    """A line for each hop, up to the host itself, or to who says that there is no way."""
    probes = [IP(dst=host, ttl=ttl, id=ttl) / UDP(sport=PORT, dport=PORT + ttl) for ttl in range(1, most + 1)]
    for ttl, one in enumerate(rawkit.ask(probes, timeout=1, retries=2), 1):
        if one.answer is None or one.rtt_ns is None:
            yield f"{ttl} *"
            continue
        answer = one.answer.to_scapy()
        yield f"{ttl} {answer[IP].src} {one.rtt_ns / 1e6:.3f} ms"
        if ICMP not in answer or answer[ICMP].type != TIME_EXCEEDED:
            if answer[IP].src != one.sent.to_scapy()[IP].dst:
                yield f"no way beyond {answer[IP].src}: {answer.sprintf('%ICMP.code%')}"
            return


def main() -> None:
    parser = argparse.ArgumentParser(description="Finds the hops on the way to a host.")
    parser.add_argument("host")
    parser.add_argument("--hops", type=int, default=30, help="the most (%(default)s)")
    asked = parser.parse_args()
    for line in hops(asked.host, asked.hops):
        print(line)


if __name__ == "__main__":
    try:
        main()
    except (rawkit.RawkitError, OSError, ValueError) as error:  # scapy looks names up when they are set
        sys.exit(str(error))
