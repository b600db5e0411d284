"""The IPv4 options that probes may carry: record route and timestamps (RFC 791), as iputils' ping sets them."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import Final

from rawkit.facts import ipv4, ipv4_options
from rawkit.wire.ipv4_options import Route, Timestamps
from rawkit.wire.options import Nop, pack_options

_ROOM: Final = ipv4.HEADER_LEN_MAX - ipv4.HEADER_LEN
_NOWHERE: Final = IPv4Address(0)
_FLAGS: Final = {
    "tsonly": ipv4_options.TIMES_ALONE,
    "tsandaddr": ipv4_options.TIMES_AND_ADDRESSES,
    "tsprespec": ipv4_options.TIMES_OF_THESE,
}
"""By what ping(8) calls them."""


def record_route() -> bytes:
    """An option with room for nine addresses, which is what a header holds.

    >>> len(record_route()), record_route()[:5].hex()
    (40, '0107270400')
    """
    slots = (_ROOM - ipv4_options.ROUTE) // ipv4_options.ADDRESS_LEN
    return pack_options((Nop(), Route(ipv4_options.RECORD_ROUTE, (_NOWHERE,) * slots)))


def timestamps(kind: str, hosts: Sequence[IPv4Address] = ()) -> bytes:
    """An option for times: nine alone, four with addresses, or those of up to four hosts (`tsprespec`).

    >>> [len(timestamps(kind)) for kind in ("tsonly", "tsandaddr")]
    [40, 36]
    >>> timestamps("tsprespec", [IPv4Address("192.0.2.1")]).hex()
    '440c0503c000020100000000'
    """
    room = _ROOM - ipv4_options.TIMES
    if kind == "tsonly":
        return Timestamps(_FLAGS[kind], ((None, 0),) * (room // ipv4_options.TIME_LEN)).pack()
    slots = room // (ipv4_options.ADDRESS_LEN + ipv4_options.TIME_LEN)
    named = hosts if kind == "tsprespec" else (_NOWHERE,) * slots
    return Timestamps(_FLAGS[kind], tuple((host, 0) for host in named)).pack()
