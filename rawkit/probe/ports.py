"""Ports as people write them: `22,80-90,http`, `-` for all, or the most used ones."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rawkit.errors import TargetError

LAST: Final = 65535
NMAP_FOLDERS: Final = ("/usr/share/nmap", "/usr/local/share/nmap")
"""Where nmap keeps its file of which ports are open most often. Its licence does not let us bring it along."""

_RANGE: Final = re.compile(r"(\d*)-(\d*)")
_SERVICE: Final = re.compile(r"\S+\s+(\d+)/(tcp|udp)\s+([0-9.]+)")


def parse_ports(text: str, transport: str = "tcp") -> tuple[int, ...]:
    """The ports that a text stands for, each once, in the order of their numbers.

    A part is a number, a range whose ends may be left out (`-` alone is 1-65535), or a service's name (services(5)).

    Raises TargetError, which says which part is wrong.

    >>> parse_ports("443,80-82,80"), len(parse_ports("-")), parse_ports("65534-")
    ((80, 81, 82, 443), 65535, (65534, 65535))
    >>> parse_ports("80,90-70")
    Traceback (most recent call last):
    rawkit.errors.TargetError: port 2 of '80,90-70': '90-70' runs backwards: give the lower port first
    """
    found: set[int] = set()
    for place, part in enumerate(text.split(","), 1):
        try:
            found.update(_part(part.strip(), transport))
        except TargetError as error:
            raise TargetError(f"port {place} of {text!r}: {error}") from None
    return tuple(sorted(found))


def top_ports(count: int, services: Iterable[str], transport: str = "tcp") -> tuple[int, ...]:
    """The ports that are open most often, by the lines of an nmap-services file.

    >>> lines = ["ssh 22/tcp 0.18", "http 80/tcp 0.48", "domain 53/udp 0.9"]
    >>> top_ports(1, lines), top_ports(1, lines, "udp")
    ((80,), (53,))
    """
    ranked = sorted(_counted(services, transport), key=lambda entry: (-entry[1], entry[0]))
    if not 0 < count <= len(ranked):
        raise TargetError(f"--top-ports {count}: {len(ranked)} ports are known: give 1 to that many")
    return tuple(sorted(port for port, _ in ranked[:count]))


def nmap_services(environ: Mapping[str, str]) -> str:
    """The path of nmap's own counts: in $NMAPDIR, or where nmap is usually installed.

    >>> nmap_services({"NMAPDIR": "/nowhere"})
    '/nowhere/nmap-services'
    """
    folders = [environ["NMAPDIR"]] if environ.get("NMAPDIR") else NMAP_FOLDERS
    paths = [f"{folder}/nmap-services" for folder in folders]
    return next((path for path in paths if os.path.exists(path)), paths[0])


def _counted(services: Iterable[str], transport: str) -> Iterator[tuple[int, float]]:
    for line in services:
        if (found := _SERVICE.match(line)) and found[2] == transport:
            yield int(found[1]), float(found[3])


def _part(part: str, transport: str) -> Iterable[int]:
    if found := _RANGE.fullmatch(part):
        return _range(part, _number(found[1] or "1"), _number(found[2] or str(LAST)))
    if part.isdecimal():
        return (_number(part),)
    try:
        return (socket.getservbyname(part, transport),)
    except (OSError, UnicodeError):
        raise TargetError(f"{part!r} is no port: give a number, a range or a name in /etc/services") from None


def _range(part: str, first: int, last: int) -> range:
    if first > last:
        raise TargetError(f"{part!r} runs backwards: give the lower port first")
    return range(first, last + 1)


def _number(text: str) -> int:
    number = int(text)
    if number > LAST:
        raise TargetError(f"port {number} is over {LAST}: give a smaller one")
    return number
