"""What the command line of `rawkit ping` says: what is asked of the network, and how it is to be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import click

from rawkit.api.ping import LIMITS, PATTERN_MAX, PingRequest
from rawkit.errors import RawkitError
from rawkit.values import dataclass, field_names

if TYPE_CHECKING:
    from rawkit.view.columns import Screen


@dataclass(frozen=True, slots=True)
class PingOutput:
    """How a ping is shown, and what its exit code is about; the options by their names, and the terminal for text."""

    count: int | None
    deadline: float | None
    through: tuple[str, ...]
    quiet: bool
    flood: bool
    times: bool
    outstanding: bool
    bell: bool
    alive: bool
    unreachable: bool
    table: int | None
    format: str
    screen: Screen | None

    @property
    def lists(self) -> bool:
        """Whether it is about which targets answer, and not about how fast."""
        return self.alive or self.unreachable

    @property
    def has_lines(self) -> bool:
        """Whether each answer is shown, with who gave it."""
        return self.format != "text" or not (self.lists or self.quiet or self.flood or self.table is not None)

    @property
    def wanted(self) -> int:
        """Answers that each target has to give: with -c and -w all of them, as in iputils."""
        return self.count if self.count and self.deadline else 1


def split(options: dict[str, Any]) -> tuple[PingRequest, PingOutput]:
    """The options as what is asked and what is shown; RawkitError for ways to show it that do not go together."""
    shown = PingOutput(**{name: options[name] for name in field_names(PingOutput)})
    if shown.table is not None and (shown.lists or shown.format != "text"):
        raise RawkitError("-C is a table of times: use it without --alive, --unreachable and --format")
    asked = {name: options[name] for name in field_names(PingRequest) if name in options}
    asked |= _through(shown.through)
    if options["timestamps"] == "tsprespec":
        *hosts, target = options["targets"] or ("",)
        asked |= {"timestamp_hosts": tuple(hosts), "targets": (target,) if target else ()}
    asked |= {"alive": shown.lists, "count": shown.table or shown.count, "pattern": options["pattern"] or b""}
    return PingRequest(**asked), shown


def _through(texts: Iterable[str]) -> dict[str, str]:
    """What -I names, each time: an address of this host, or else an interface; or both, as in 192.0.2.10%eth0.

    >>> _through(["eth1", "192.0.2.10"]) == _through(["192.0.2.10%eth1"])
    True
    """
    found: dict[str, str] = {}
    for text in texts:
        address, _, interface = text.partition("%")
        try:
            found["source"] = str(ip_address(address))
        except ValueError:
            address, interface = "", text
        if interface:
            found["interface"] = interface
    return found


def seconds(text: str) -> float:
    """Seconds with decimals."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not LIMITS["interval"].takes(number):
        raise click.BadParameter(f"{text!r} is no number of seconds")
    return number


def number(name: str) -> Callable[[str], int]:
    """Reads what the limit of that name allows: an integer, decimal or as 0x1f.

    >>> number("tos")("0x10")
    16
    """

    def read(text: str) -> int:
        try:
            value = int(text, 0)
        except ValueError:
            value = -1
        if not LIMITS[name].takes(value):
            raise click.BadParameter(f"{text!r} is no number {LIMITS[name].words()}")
        return value

    return read


def pattern(text: str) -> bytes:
    """Up to 16 bytes in hexadecimal."""
    try:
        found = bytes.fromhex(text if len(text) % 2 == 0 else f"0{text}")
    except ValueError:
        found = b""
    if not 0 < len(found) <= PATTERN_MAX:
        raise click.BadParameter(f"{text!r} is no pattern of up to {PATTERN_MAX} bytes in hexadecimal")
    return found
