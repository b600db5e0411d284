"""This host's own link-local addresses: what it sends to itself comes by the loopback interface, whatever the link.

The kernel counts such a packet as one of the link that it was sent on (`ip6_rcv_core` in net/ipv6/ip6_input.c), but
shows it to a packet socket as one of lo.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rawkit.probe.scan.answers import Answers
from rawkit.probe.scan.space import Endpoints, Space
from rawkit.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class Home:
    """A range of own link-local addresses.

    Attributes:
        of: which range of the scan's.
        loopback: the index of the interface by which answers come.
    """

    of: int
    loopback: int


def at_home(answers: Answers, space: Space, homes: Sequence[Home]) -> Answers:
    """The answers, those of own addresses as if they had come by the link that each address is on.

    Where two links have the same one, an answer may be of either: there it stands for each. Its cookie tells.
    """
    found, rest = [], np.ones(len(answers), dtype=np.bool_)
    for home in homes:
        one, zone = space.ranges[home.of], int(space.zone[home.of])
        begin, size = space.addresses(*[space.begin[home.of : home.of + 1]] * 2), np.uint64(len(one))
        ends = answers.ends
        rows = (ends.zone == home.loopback) & (ends.high == begin.high) & (ends.low - begin.low < size)
        found.append(_moved(answers.select(rows), zone))
        rest &= ~rows
    if rest.all():
        return answers
    moved = answers.select(rest)
    for some in found:
        moved = moved.joined(some)
    return moved


def _moved(answers: Answers, zone: int) -> Answers:
    """The same, of another link."""
    return replace(answers, ends=_in_zone(answers.ends, zone), sender=_in_zone(answers.sender, zone))


def _in_zone(ends: Endpoints, zone: int) -> Endpoints:
    return replace(ends, zone=np.where(ends.zone > 0, zone, 0))
