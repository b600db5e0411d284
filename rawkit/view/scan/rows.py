"""A scan's verdicts one by one, for writers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

import numpy as np

from rawkit.probe.scan.kinds import STATES
from rawkit.probe.scan.space import Endpoints
from rawkit.probe.scan.values import Verdicts
from rawkit.view.scan.words import is_icmp, reason


class PortVerdict(NamedTuple):
    """One verdict in words.

    Attributes:
        host: the address that was probed.
        port: the port.
        state: nmap's word: `open`, `closed`, `filtered`, `unfiltered` or `open|filtered`.
        reason: nmap's word.
        reason_ttl: TTL or hop limit of the answer, None without one.
        reason_ip: who sent the ICMP error, if not the host itself.
        rtt_ns: nanoseconds, None where it is not known.
        time_ns: nanoseconds since the epoch.
        name: by which the address was given, if it was.
        protocol: `tcp` or `udp`.
    """

    host: str
    port: int
    state: str
    reason: str
    reason_ttl: int | None
    reason_ip: str | None
    rtt_ns: int | None
    time_ns: int
    name: str | None = None
    protocol: str = "tcp"

    def why(self) -> str:
        """The reason as nmap prints it.

        >>> PortVerdict("192.0.2.20", 80, "open", "syn-ack", 64, None, 1000, 0).why()
        'syn-ack ttl 64'
        """
        by = f" from {self.reason_ip}" if self.reason_ip else ""
        return f"{self.reason}{by}" + ("" if self.reason_ttl is None else f" ttl {self.reason_ttl}")


def rows(verdicts: Verdicts, names: Mapping[str, str], protocol: str = "tcp") -> Iterator[PortVerdict]:
    """The verdicts in words, in their order; with the names that addresses were given by, and the ports' protocol."""
    columns = (verdicts.ends.port, verdicts.state, verdicts.kind, verdicts.ttl, verdicts.rtt, verdicts.at)
    hosts, senders = addresses(verdicts.ends), addresses(verdicts.sender)
    lists = (column.tolist() for column in columns)
    for host, sender, port, state, kind, ttl, rtt, at in zip(hosts, senders, *lists, strict=True):
        other = sender if is_icmp(kind) and sender != host else None
        known = (None if ttl < 0 else ttl, other, None if rtt < 0 else rtt)
        yield PortVerdict(host, port, STATES[state], reason(kind), *known, at, names.get(host), protocol)


def addresses(ends: Endpoints) -> list[str]:
    """The addresses as texts, link-local ones with their link (RFC 4007 section 11)."""
    columns = (ends.high.tolist(), ends.low.tolist(), ends.is_ipv6.tolist())
    found = [_text(*one) for one in zip(*columns, strict=True)]
    for row in np.flatnonzero(ends.zone).tolist():
        found[row] += f"%{ends.link(int(ends.zone[row]))}"
    return found


@lru_cache(maxsize=4096)
def _text(high: int, low: int, is_ipv6: bool) -> str:
    return str(IPv6Address(high << 64 | low)) if is_ipv6 else str(IPv4Address(low))
