"""The captures that the jobs read, made once into a folder outside the checkout, and what is in them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import traffic

SMALL: Final = 10_000
CONNECTIONS: Final = 50


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture file and what its maker put in.

    Attributes:
        path: where it is.
        packets: packets in it.
        flows: TCP connections in it, each with one SYN of the client.
        payload: bytes of TCP payload in it.
    """

    path: Path
    packets: int
    flows: int
    payload: int

    def counts(self, *names: str) -> Mapping[str, int]:
        """Some of its numbers, as programs are to find them.

        >>> Capture(Path("x"), packets=12, flows=1, payload=1600).counts("packets", "syns")
        {'packets': 12, 'syns': 1}
        """
        known = {"packets": self.packets, "flows": self.flows, "syns": self.flows, "payload": self.payload}
        return {name: known[name] for name in names}


def folder() -> Path:
    """Where captures and compiled programs are kept: RAWKIT_BENCH_CACHE, else rawkit-bench in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    place = Path(os.environ.get("RAWKIT_BENCH_CACHE") or cache / "rawkit-bench")
    place.mkdir(parents=True, exist_ok=True)
    return place


def many(packets: int) -> Capture:
    """A connection every 12 packets, a thousand under way at once."""
    flows = packets // len(traffic.CONNECTION)
    path = folder() / f"many-{packets}.pcap"
    traffic.write(path, traffic.many_flows(flows))
    payload = sum(size for _, _, size in traffic.CONNECTION)
    return Capture(path, flows * len(traffic.CONNECTION), flows, flows * payload)


def few(packets: int, connections: int = CONNECTIONS) -> Capture:
    """Some connections that carry data all the time."""
    path = folder() / f"few-{packets}-{connections}.pcap"
    traffic.write(path, traffic.few_flows(packets, connections))
    rounds = packets // connections - 7
    talk = [size for _, _, size in traffic.CONNECTION[3:8]]
    payload = connections * (rounds // 5 * sum(talk) + sum(talk[: rounds % 5]))
    return Capture(path, packets // connections * connections, connections, payload)


def empty() -> Path:
    """A capture of no packets."""
    path = folder() / "empty.pcap"
    path.write_bytes(traffic.PCAP_HEADER)
    return path
