"""Knocks at ports of a host one after the other, and says whether the door behind has opened.

    python examples/knock.py 192.0.2.20 7000 8000/udp 9000 --door 22

As root, or with CAP_NET_RAW. The exit code is 1 where the door is not open.
"""

import argparse
import sys
import time
from typing import Any

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6

import rawkit


def knocks(host: str, ports: list[str]) -> list[Any]:
    """A SYN to each port, or a datagram where it ends in /udp."""
    network = IPv6(dst=host) if ":" in host else IP(dst=host)
    parts = [port.partition("/") for port in ports]
    return [network / (UDP(dport=int(port)) if kind == "udp" else TCP(dport=int(port))) for port, _, kind in parts]


def is_open(host: str, door: int) -> bool:
    """Whether a SYN to the door is answered by a SYN-ACK."""
    return any(verdict.state == "open" for verdict in rawkit.scan(host, [door]))


def main() -> None:
    parser = argparse.ArgumentParser(description="Knocks at ports, and says whether the door behind has opened.")
    parser.add_argument("host")
    parser.add_argument("ports", nargs="+", help="in the order of the knocks: 7000, or 8000/udp")
    parser.add_argument("--door", type=int, required=True, help="the TCP port that is to open")
    parser.add_argument("--pause", type=float, default=0.1, help="seconds between two knocks (%(default)s)")
    asked = parser.parse_args()
    for knock in knocks(asked.host, asked.ports):
        rawkit.send(knock)
        time.sleep(asked.pause)
    opened = is_open(asked.host, asked.door)
    print(f"{asked.host} port {asked.door}: {'open' if opened else 'not open'}")
    sys.exit(not opened)


if __name__ == "__main__":
    try:
        main()
    except (rawkit.RawkitError, OSError, ValueError) as error:  # scapy looks names up when they are set
        sys.exit(str(error))
