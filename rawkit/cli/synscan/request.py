"""What the command line of `rawkit synscan` asks for, and all that can be wrong with it before anything is sent."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from rawkit.errors import RawkitError, TargetError

if TYPE_CHECKING:
    from rawkit.probe.targets import AddressRange

HOST_BY_HOST: Final = ("xml", "grepable")
"""Formats in which a host's ports stand together."""
MOST_SHARDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """The options and arguments, each under its name."""

    targets: tuple[str, ...]
    ports: str | None
    top_ports: int | None
    target_file: str | None
    exclude: str | None
    exclude_file: str | None
    yes_really: bool
    rate: str
    retries: int
    timeout: float | None
    interface: str | None
    source_ip: str | None
    source_port: int
    seed: int | None
    shard: str
    resume: Path | None
    skip_discovery: bool
    only_open: bool
    reason: bool
    dry_run: bool
    count_only: bool
    format: str
    output: Path | None
    user: str | None


def what(request: Request) -> tuple[tuple[int, ...], tuple[AddressRange, ...], dict[str, str]]:
    """Ports, addresses, and the names of those that were given by name; RawkitError for all that is wrong with them."""
    from rawkit.cli.target_list import listed
    from rawkit.probe.scan.targets import PUBLIC_MAX, find_ranges, public_count

    _check(request)
    ports = _ports(request)
    texts = [*request.targets, *listed(request.target_file)]
    if not texts:
        raise click.UsageError("no target: name one")
    excluded = [*(request.exclude or "").replace(",", " ").split(), *listed(request.exclude_file)]
    ranges, names = find_ranges(texts, excluded, _resolve)
    public = public_count(ranges)
    if public > PUBLIC_MAX and not request.exclude_file and not request.yes_really:
        raise TargetError(f"{public} public addresses: give --exclude-file with those to spare, or --yes-really")
    return ports, ranges, names


def seed_of(request: Request) -> int:
    """The seed of the order: as given, or random."""
    return int.from_bytes(os.urandom(8), "big") if request.seed is None else request.seed


def rate_of(text: str) -> float | None:
    """Probes a second, None for `auto`; RawkitError for another text.

    >>> rate_of("auto"), rate_of("1e3")
    (None, 1000.0)
    """
    if text == "auto":
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 1e9:
        raise RawkitError(f"--rate {text}: give a number of probes a second, or auto")
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


def _resolve(name: str) -> Any:
    """The target of a name; most scans have none to look up."""
    from rawkit.run.names import resolver

    return resolver()(name)


def _check(request: Request) -> None:
    if request.count_only and not request.dry_run:
        raise RawkitError("--count-only counts what --dry-run prints: use both")
    if request.timeout is not None and not 0 < request.timeout < 1e6:
        raise RawkitError(f"--timeout {request.timeout}: give a number of seconds over 0")
    if request.output is not None and request.resume is not None and request.output == request.resume:
        raise RawkitError(f"-o and --resume both name {request.output}: give two files")
    rate_of(request.rate)
    shard_of(request.shard)


def _ports(request: Request) -> tuple[int, ...]:
    from rawkit.probe.ports import nmap_services, parse_ports, top_ports

    if (request.ports is None) == (request.top_ports is None):
        raise click.UsageError("which ports? Give -p or --top-ports")
    if request.ports is not None:
        return parse_ports(request.ports)
    path = nmap_services(os.environ)
    try:
        with open(path, encoding="utf-8") as services:
            return top_ports(request.top_ports or 0, services)
    except OSError as error:
        raise TargetError(f"--top-ports: {path}: {error.strerror}: install nmap, or give -p") from None
