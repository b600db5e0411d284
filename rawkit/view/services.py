"""Names of ports, as services(5) has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

SERVICES: Final = Path("/etc/services")


def services(lines: Iterable[str]) -> Iterator[tuple[str, int, str]]:
    """Protocol, port and name of the services that lines in the form of services(5) name.

    >>> list(services(["http 80/tcp www # web", "# nothing", "bad 80"]))
    [('tcp', 80, 'http')]
    """
    for line in lines:
        words = line.partition("#")[0].split()
        port, _, protocol = words[1].partition("/") if len(words) > 1 else ("", "", "")
        if protocol and port.isdecimal() and int(port) < 65536:
            yield protocol, int(port), words[0]


def read_services(path: Path = SERVICES) -> list[tuple[str, int, str]]:
    """The services that the system knows; none where it has no such file."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return list(services(file))
    except OSError:
        return []
