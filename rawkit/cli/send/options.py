"""What `rawkit send` was asked for, and the options that it shares with `rawkit replay`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rawkit.errors import RawkitError

if TYPE_CHECKING:
    from rawkit.run.pace import Pace


@dataclass(frozen=True, slots=True)
class Options:
    """The options, named as the command's."""

    expression: str | None
    template: str | None
    interface: str | None
    count: int | None
    loop: bool
    rate: float | None
    mbps: float | None
    reply: bool
    timeout: float
    write: str | None
    hex_dump: bool
    dry_run: bool
    no_kernel_rst: bool
    qdisc_bypass: bool


def check(options: Options) -> None:
    """RawkitError for options that do not go together."""
    if (options.expression is None) == (options.template is None):
        raise RawkitError("what to send is an expression or --template: give one of the two")
    if options.rate and options.mbps:
        raise RawkitError("--rate and --mbps both say how fast: leave one out")
    if options.reply and options.qdisc_bypass:
        raise RawkitError("--qdisc-bypass hides from --reply when frames went out: leave one out")
    if options.dry_run and (options.reply or options.no_kernel_rst):
        raise RawkitError("--dry-run sends nothing that could be answered: leave --reply and --no-kernel-rst out")


def pace_of(frames: float | None, megabits: float | None) -> Pace | None:
    """The pace of --rate (or --pps) and --mbps; None for as fast as it goes."""
    from rawkit.run.pace import BitRate, PacketRate

    if megabits:
        return BitRate(megabits)
    return PacketRate(frames) if frames else None
