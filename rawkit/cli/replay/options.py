"""What `rawkit replay` was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rawkit.cli.send.options import pace_of
from rawkit.errors import RawkitError

if TYPE_CHECKING:
    from rawkit.run.pace import Pace
    from rawkit.run.replay.rewrite import Rewrite


@dataclass(frozen=True, slots=True)
class Options:
    """The options, named as the command's."""

    path: str
    interface: str
    speed: float | None
    pps: float | None
    mbps: float | None
    top: bool
    loops: int
    count: int | None
    filter: str | None
    map_ip: tuple[str, ...]
    map_mac: tuple[str, ...]
    map_port: tuple[str, ...]
    unique_ip: bool
    stats: float | None
    qdisc_bypass: bool


def check(options: Options) -> None:
    """RawkitError for options that do not go together."""
    if sum(map(bool, (options.speed, options.pps, options.mbps, options.top))) > 1:
        raise RawkitError("--speed, --pps, --mbps and --top all say how fast: give one of them")
    if options.unique_ip and options.loops == 1:
        raise RawkitError("--unique-ip gives each round other addresses: it needs --loop")


def pace(options: Options) -> Pace | None:
    """When frames are due; as they were recorded where nothing else is asked."""
    from rawkit.run.pace import RecordedPace

    if options.top or options.pps or options.mbps:
        return pace_of(options.pps, options.mbps)
    return RecordedPace(options.speed or 1.0)


def rewrite(options: Options) -> Rewrite:
    """What --map-ip, --map-mac and --map-port ask for; TargetError where one cannot be read."""
    from rawkit.run.replay.rewrite import Rewrite, ip_mapping, mac_mapping, port_mapping

    return Rewrite(
        tuple(map(ip_mapping, options.map_ip)),
        tuple(map(mac_mapping, options.map_mac)),
        tuple(map(port_mapping, options.map_port)),
    )
