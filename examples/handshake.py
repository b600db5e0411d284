"""Opens a TCP connection by hand, asks a web server for a page, and closes it: no socket, and no RST of the kernel's.

    python examples/handshake.py 198.51.100.20 80 /index.html

As root: it takes CAP_NET_RAW, and CAP_NET_ADMIN to keep the kernel quiet.
"""

import random
import sys
from typing import Any

from scapy.layers.inet import IP, TCP

import rawkit


def fetch(host: str, port: int, path: str) -> bytes:
    """What the server sends within a second: at most the 8 kB of the window, as nothing acknowledges them."""
    here, first = random.randrange(32768, 61000), random.randrange(2**32)

    def segment(flags: str, seq: int, ack: int = 0, data: bytes = b"") -> Any:
        return IP(dst=host) / TCP(sport=here, dport=port, flags=flags, seq=seq % 2**32, ack=ack % 2**32) / data

    syn = segment("S", first)
    with rawkit.no_kernel_rst(syn):
        answer = rawkit.ask(syn, retries=3)[0].answer
        if answer is None or answer.to_scapy()[TCP].flags != "SA":
            raise rawkit.RawkitError(f"{host} port {port}: no SYN-ACK")
        there = answer.to_scapy()[TCP].seq + 1
        rawkit.send(segment("A", first + 1, there))
        request = f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode()
        [said] = rawkit.ask(segment("PA", first + 1, there, request), answers=0, timeout=1)
        page, there = in_order([one.to_scapy()[IP] for one in said.answers], there)
        rawkit.send(segment("RA", first + 1 + len(request), there))
    return page


def in_order(segments: list[Any], begin: int) -> tuple[bytes, int]:
    """The bytes of the stream that came without a gap, and the number of the next one."""
    page = b""
    for one in sorted(segments, key=lambda one: (one[TCP].seq - begin) % 2**32):
        data = bytes(one[TCP].payload)[: one.len - one.ihl * 4 - one[TCP].dataofs * 4]  # without Ethernet's padding
        at = (one[TCP].seq - begin) % 2**32
        if at <= len(page) < at + len(data):
            page += data[len(page) - at :]
    return page, begin + len(page)


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit(f"usage: {sys.argv[0]} HOST PORT PATH")
    sys.stdout.buffer.write(fetch(sys.argv[1], int(sys.argv[2]), sys.argv[3]))


if __name__ == "__main__":
    try:
        main()
    except (rawkit.RawkitError, OSError, ValueError) as error:  # scapy looks names up when they are set
        sys.exit(str(error))
