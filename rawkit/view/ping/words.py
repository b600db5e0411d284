"""ICMP errors in the words of iputils' ping, which people know."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from typing import Final

from rawkit.probe.ping.results import Problem
from rawkit.wire import names

_IPV4: Final[Mapping[tuple[int, int], str]] = {
    (3, 0): "Destination Net Unreachable",
    (3, 1): "Destination Host Unreachable",
    (3, 2): "Destination Protocol Unreachable",
    (3, 3): "Destination Port Unreachable",
    (3, 4): "Frag needed and DF set",
    (3, 5): "Source Route Failed",
    (3, 6): "Destination Net Unknown",
    (3, 7): "Destination Host Unknown",
    (3, 8): "Source Host Isolated",
    (3, 9): "Destination Net Prohibited",
    (3, 10): "Destination Host Prohibited",
    (3, 11): "Destination Net Unreachable for Type of Service",
    (3, 12): "Destination Host Unreachable for Type of Service",
    (3, 13): "Packet filtered",
    (3, 14): "Precedence Violation",
    (3, 15): "Precedence Cutoff",
    (11, 0): "Time to live exceeded",
    (11, 1): "Frag reassembly time exceeded",
}
_IPV6: Final[Mapping[tuple[int, int], str]] = {
    (1, 0): "Destination unreachable: No route",
    (1, 1): "Destination unreachable: Administratively prohibited",
    (1, 2): "Destination unreachable: Beyond scope of source address",
    (1, 3): "Destination unreachable: Address unreachable",
    (1, 4): "Destination unreachable: Port unreachable",
    (2, 0): "Packet too big",
    (3, 0): "Time exceeded: Hop limit",
    (3, 1): "Time exceeded: Defragmentation failure",
}


def reason(problem: Problem) -> str:
    """Why a probe got no answer, with the MTU where the error tells one.

    >>> reason(Problem(3, 4, 4, mtu=1400)), reason(Problem(3, 0, 6)), reason(Problem(12, 2, 4))
    ('Frag needed and DF set (mtu = 1400)', 'Time exceeded: Hop limit', 'Parameter problem (Bad length)')
    >>> reason(Problem(None, None, 4, mtu=1500, errno=90))
    'local error: message too long, mtu=1500'
    """
    if problem.type is None or problem.code is None:
        return _local(problem)
    known = _IPV4 if problem.version == 4 else _IPV6
    name = names.icmp if problem.version == 4 else names.icmpv6
    words = known.get((problem.type, problem.code)) or name(problem.type, problem.code)
    if problem.mtu is None:
        return words
    return f"{words}: mtu={problem.mtu}" if problem.version == 6 else f"{words} (mtu = {problem.mtu})"


def _local(problem: Problem) -> str:
    words = os.strerror(problem.errno or 0).lower()
    if problem.errno == errno.EACCES:
        words += " (a broadcast address needs -b)"
    mtu = f", mtu={problem.mtu}" if problem.mtu is not None else ""
    return f"local error: {words}{mtu}"
