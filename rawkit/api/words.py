"""Targets and ports as Python has them, in the words of a request."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

One = str | IPv4Address | IPv6Address | IPv4Network | IPv6Network
Targets = One | Iterable[One]
"""Names, addresses, networks and ranges as the command line has them, or values of `ipaddress`; one or several."""
Texts = str | Iterable[str]
"""One or several."""
Ports = str | int | Iterable[int]
"""As in `22,80-90,http`, or numbers."""

_ONE: Final = (str, IPv4Address, IPv6Address, IPv4Network, IPv6Network)


def target_texts(given: Targets) -> tuple[str, ...]:
    """The targets of a request.

    >>> target_texts("192.0.2.0/24"), target_texts([IPv6Address("fe80::1%eth0"), "server.example"])
    (('192.0.2.0/24',), ('fe80::1%eth0', 'server.example'))
    """
    return (str(given),) if isinstance(given, _ONE) else tuple(str(one) for one in given)


def texts(given: Texts) -> tuple[str, ...]:
    """The same of words that may be one or several.

    >>> texts("53=5353"), texts(["80=8080", "443=8443"])
    (('53=5353',), ('80=8080', '443=8443'))
    """
    return (given,) if isinstance(given, str) else tuple(given)


def port_text(given: Ports | None) -> str | None:
    """The ports of a request.

    >>> port_text("22,http"), port_text(range(80, 83)), port_text(443), port_text(None)
    ('22,http', '80,81,82', '443', None)
    """
    if given is None or isinstance(given, str):
        return given
    return str(given) if isinstance(given, int) else ",".join(str(one) for one in given)
