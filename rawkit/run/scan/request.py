"""What a scan is asked to do, in the words of `rawkit synscan`; no I/O, and nothing that takes long to load."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Literal

from rawkit.errors import RawkitError
from rawkit.probe.scan.kinds import KINDS, SYN_SCAN
from rawkit.run.limits import Limit, check_limits
from rawkit.run.scan.timing import NORMAL, timing_of
from rawkit.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

MOST_SHARDS: Final = 1_000_000
RATE: Final = Limit("--rate", 0, 10**9, above=True)
TIMEOUT: Final = Limit("--timeout", 0, 999_999, above=True)
LIMITS: Final = {
    "min_rate": Limit("--min-rate", 0, RATE.high, above=True),
    "max_rate": Limit("--max-rate", 0, RATE.high, above=True),
    "retries": Limit("--retries", 0, 20),
    "source_port": Limit("--source-port", 0, 65535),
    "seed": Limit("--seed", 0, (1 << 64) - 1),
}
"""What the numbers of a request may be."""


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What is to be scanned, and how; the names are those of the command's options, and so are the defaults.

    Attributes:
        targets: names, addresses, networks (192.0.2.0/24) and ranges (192.0.2.1-50).
        ports: as in `22,80-90,http`; `-` is all of them. None for `top_ports`.
        top_ports: in place of `ports`, so many of those that are open most often, by nmap's list; 1,000 where neither
            is said.
        target_file: a file with more targets, one a line; `-` is standard input.
        exclude: targets that are not scanned, with commas between them.
        exclude_file: a file with more of those.
        version: 4 or 6, for addresses of that IP version alone; None for both.
        resolve_all: scan all addresses of a name, not the first alone.
        yes_really: scan more than 65,536 public addresses.
        rate: probes a second; `auto` for what the network takes.
        min_rate, max_rate: with `auto`, probes a second between which it stays; None for no such limit.
        timing: nmap's template, its number or name: what `retries`, time-outs and rate are where nothing else is said.
        retries: how often a probe is sent again at most; None for as often as `timing` has it.
        timeout: seconds for an answer; None to learn it from round trips.
        interface: send through this interface.
        source_ip: send from this address.
        source_port: send from this port; 0 for any.
        seed: of the order; None for a random one. Shards need the same.
        shard: which part, and of how many, as in `1/3`.
        resume: the file in which the state is kept, and from which a scan that was ended goes on.
        whole_hosts: with `resume`, keep the verdicts in a second file too, and tell those of before again: for who
            needs all ports of a host together.
        skip_discovery: scan hosts behind routers also if they answer no ping (-Pn).
        kind: of scan: `syn`, `udp`, `ack` … (`rawkit.probe.scan.kinds`).

    >>> ScanRequest(("192.0.2.20",), "22,80", shard="4/3").check()
    Traceback (most recent call last):
    rawkit.errors.RawkitError: --shard 4/3: give it as in 1/3, the first of three; 1000000 at most
    """

    targets: tuple[str, ...] = ()
    ports: str | None = None
    top_ports: int | None = None
    target_file: str | None = None
    exclude: str | None = None
    exclude_file: str | None = None
    version: Literal[4, 6] | None = None
    resolve_all: bool = False
    yes_really: bool = False
    rate: float | str = "auto"
    min_rate: float | None = None
    max_rate: float | None = None
    timing: str = NORMAL
    retries: int | None = None
    timeout: float | None = None
    interface: str | None = None
    source_ip: str | None = None
    source_port: int = 0
    seed: int | None = None
    shard: str = "1/1"
    resume: Path | None = None
    whole_hosts: bool = False
    skip_discovery: bool = False
    kind: str = SYN_SCAN.name

    def check(self) -> None:
        """RawkitError for what cannot be."""
        if self.kind not in KINDS:
            raise RawkitError(f"kind {self.kind!r}: give one of {', '.join(KINDS)}")
        if self.timeout is not None and not TIMEOUT.takes(self.timeout):
            raise RawkitError(f"--timeout {self.timeout}: give a number of seconds over 0")
        shard_of(self.shard)
        timing_of(self.timing)
        check_limits(self, LIMITS)
        if rate_of(self.rate) is not None and (self.min_rate is not None or self.max_rate is not None):
            raise RawkitError(f"--rate {self.rate} holds one rate: leave --min-rate and --max-rate out")
        fastest = self.fastest()
        if self.min_rate is not None and fastest is not None and self.min_rate > fastest:
            raise RawkitError(
                f"--min-rate {self.min_rate:g} is over the {fastest:g} a second at most: give a lower one"
            )

    def fastest(self) -> float | None:
        """Frames a second at most: a fixed rate, or the limits that are set; None where there is none."""
        fixed = rate_of(self.rate)
        if fixed is not None:
            return fixed
        limits = (self.max_rate, timing_of(self.timing).rate)
        return min((one for one in limits if one is not None), default=None)

    def seed_or_any(self) -> int:
        """The seed of the order: as asked, or random."""
        return int.from_bytes(os.urandom(8), "big") if self.seed is None else self.seed


def rate_of(asked: float | str) -> float | None:
    """Probes a second, None for `auto`; RawkitError for what is no rate.

    >>> rate_of("auto"), rate_of("1e3")
    (None, 1000.0)
    """
    if asked == "auto":
        return None
    try:
        rate = float(asked)
    except ValueError:
        rate = 0.0
    if not RATE.takes(rate):
        raise RawkitError(f"--rate {asked}: give a number of probes a second, or auto")
    return rate


def shard_of(text: str) -> tuple[int, int]:
    """Which part, and of how many; RawkitError for what is none.

    >>> shard_of("1/3")
    (1, 3)
    """
    part, _, parts = text.partition("/")
    if part.isdecimal() and parts.isdecimal() and 0 < int(part) <= int(parts) <= MOST_SHARDS:
        return int(part), int(parts)
    raise RawkitError(f"--shard {text}: give it as in 1/3, the first of three; {MOST_SHARDS} at most")
