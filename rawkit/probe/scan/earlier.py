"""Verdicts of a scan's first part, out of a file: whether they can be this scan's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rawkit.frames import Int64s
from rawkit.probe.scan.kinds import ASK_AGAIN, ICMP, NO_RESPONSE
from rawkit.probe.scan.permutation import Permutation
from rawkit.probe.scan.space import Space
from rawkit.probe.scan.values import ScanPlan, Verdicts


def can_be(verdicts: Verdicts, space: Space, plan: ScanPlan) -> bool:
    """Whether each is of a turn that the scan has, of what is asked at that turn, and one that such a scan gives.

    >>> from ipaddress import IPv4Address
    >>> from rawkit.probe.scan.kinds import CLOSED, OPEN
    >>> from rawkit.probe.targets import AddressRange
    >>> space, plan = Space([AddressRange(IPv4Address("192.0.2.1"), IPv4Address("192.0.2.4"))], [80]), ScanPlan(seed=7)
    >>> turns, none = np.arange(4), np.zeros(4, dtype=np.int64)
    >>> ends = space.endpoints(Permutation(4, 7).forward(turns))
    >>> true = Verdicts(turns, ends, np.array([OPEN, CLOSED, CLOSED, OPEN]), none, none, none, none, ends)
    >>> can_be(true, space, plan), can_be(true.select(turns[::-1]), space, plan)
    (True, True)
    >>> can_be(Verdicts(turns[::-1], ends, true.state, none, none, none, none, ends), space, plan)
    False
    """
    turns, kind = verdicts.turns, verdicts.kind
    answers = [NO_RESPONSE, *(kind for kind, state in plan.scan.answers.items() if state != ASK_AGAIN)]
    known = (turns >= 0) & (turns < plan.turns(len(space)))
    known &= _one_of(verdicts.state, plan.scan.states) & (_one_of(kind, answers) | (kind >= ICMP))
    if not known.all():
        return False
    numbers = Permutation(len(space), plan.seed).forward(plan.places(turns))
    return bool((space.numbers(verdicts.ends) == numbers).all())


def _one_of(values: Int64s, known: Sequence[int]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (values[:, None] == np.array(known)).any(1)
    return found
