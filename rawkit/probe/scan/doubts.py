"""Silence that proves nothing: a host sends few ICMP errors a second, so that a port may be silent for others' sake.

RFC 1812 section 4.3.2.8 and RFC 4443 section 2.4 (f) want such a limit. Linux sends six at once and then one a second
to each address (icmp_ratelimit in ip-sysctl.rst), BSD 200 a second to all.

So the silent ports of a host that has sent errors are asked together with *witnesses*: ports that it has answered with
an error before, one of each sender. They are the last of a group. Where they are answered the host was not at its
limit, and what is silent then is silent for itself. Where nothing is answered nothing is known: the host is given more
time, and asked again. Groups grow where a host is within its limit, and become small where it is not: there each error
that it may send is to be one of a port that is not known yet.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from rawkit.probe.scan.patience import MILLISECOND, SECOND
from rawkit.values import dataclass, field

FIRST_GROUP: Final = 8
LARGEST_GROUP: Final = 64
LIMITED: Final = 3
"""Groups without an answer from all witnesses after which a host is said to limit its errors: one may be lost."""
WITNESSES: Final = 4
"""Senders of errors that are told apart for one host."""
SHORTEST_PAUSE: Final = 10 * MILLISECOND
LONGEST_PAUSE: Final = 2 * SECOND
_LONGER, _SHORTER = 1.3, 0.9
"""How the pause between two groups changes where nothing is answered, and where something is."""
_SOONER: Final = 4
"""Where nothing is answered the next group is asked after so small a part of the pause: it was almost long enough."""

Sender = tuple[int, int]
"""An address as its two halves."""


@dataclass(slots=True)
class _Host:
    """A host that has sent errors.

    Attributes:
        witnesses: a turn that was answered with an error, by who sent it.
        waiting: turns in doubt.
        group: those that are being asked.
        unheard: witnesses that were asked with them, and have not answered.
        asked: when; None where nobody is being asked.
        next: when the next group may be asked.
        is_timed: whether there is a timer.
        pause, size: between two groups, and how many turns one may have.
        known: when something was learned last; None before the first group.
        misses: groups whose witnesses were not all answered.
    """

    witnesses: dict[Sender, int] = field(default_factory=dict)
    waiting: deque[int] = field(default_factory=deque)
    group: list[int] = field(default_factory=list)
    unheard: set[int] = field(default_factory=set)
    asked: int | None = None
    next: int = 0
    is_timed: bool = False
    pause: float = SHORTEST_PAUSE
    size: int = FIRST_GROUP
    known: int | None = None
    misses: int = 0

    def begin(self, now: int, most: int) -> list[int]:
        """The turns to send, at most so many, but one and the witnesses at least; these come last, so that they get
        what the others have left."""
        self.known = now if self.known is None else self.known
        size = max(min(self.size, len(self.waiting), most - len(self.witnesses)), 1)
        self.group = [self.waiting.popleft() for _ in range(size)]
        self.unheard, self.asked = set(self.witnesses.values()), now
        return self.group + list(self.unheard)

    def end(self, left: list[int]) -> bool:
        """Ends a group, of which some are left; whether these are silent for themselves."""
        asked, self.asked = self.asked or 0, None
        is_conclusive, answered = not self.unheard, len(self.group) - len(left)
        if is_conclusive:
            self.size = min(2 * self.size, LARGEST_GROUP)
        elif answered:
            self.size = max(self.size // 2, 1)
        if is_conclusive or answered:
            self.known, self.pause = asked, max(self.pause * _SHORTER, SHORTEST_PAUSE)
            self.next = asked + round(self.pause)
        else:
            self.pause = min(self.pause * _LONGER, LONGEST_PAUSE)
            self.next = asked + round(self.pause / _SOONER)
        return is_conclusive


@dataclass(frozen=True, slots=True)
class Silent:
    """Turns of a host that were not answered, though the host was not at its limit.

    Attributes:
        host: theirs.
        turns: which.
        is_gone: whether nothing is answered any more, so that there is nothing to ask again.
    """

    host: int
    turns: list[int]
    is_gone: bool = False


class Doubts:
    """The turns whose silence proves nothing yet, by host. Times are nanoseconds.

    Args:
        patience: how long nothing may be learned of a host before it is believed to be gone.

    Attributes:
        limited: hosts that answer less often than they are asked.

    >>> doubts = Doubts(patience=10**10)
    >>> doubts.heard(host=7, turn=1, sender=(0, 99), at=0)
    >>> doubts.add(7, [2, 3], now=10)
    >>> doubts.due(now=10, timeout=100, most=128)
    [2, 3, 1]
    >>> doubts.heard(host=7, turn=1, sender=(0, 99), at=15)
    >>> list(doubts.judged(now=110, is_open=lambda turn: turn != 2))
    [Silent(host=7, turns=[3], is_gone=False)]
    """

    def __init__(self, patience: int) -> None:
        self._patience, self.limited = patience, set[int]()
        self._hosts: dict[int, _Host] = {}
        self._timers: list[tuple[int, int]] = []

    def __contains__(self, host: int) -> bool:
        """Whether the silence of a host's ports is to be doubted."""
        return host in self._hosts

    def __len__(self) -> int:
        """How many hosts there are whose silence is to be doubted."""
        return len(self._hosts)

    @property
    def deadline(self) -> int | None:
        """When to call `due` and `judged` next; None where nothing is in doubt."""
        return self._timers[0][0] if self._timers else None

    def heard(self, host: int, turn: int, sender: Sender, at: int) -> None:
        """Says that a host's port was answered with an error."""
        entry = self._hosts.setdefault(host, _Host())
        if sender in entry.witnesses or len(entry.witnesses) < WITNESSES:
            entry.witnesses[sender] = turn
        if entry.asked is not None and at >= entry.asked:
            entry.unheard.discard(turn)

    def add(self, host: int, turns: Iterable[int], now: int) -> None:
        """Doubts the silence of some of a host's ports."""
        entry = self._hosts[host]
        entry.waiting.extend(turns)
        if entry.waiting and not entry.is_timed:
            entry.is_timed = True
            heapq.heappush(self._timers, (max(now, entry.next), host))

    def due(self, now: int, timeout: int, most: int) -> list[int]:
        """The turns to send now, in this order, witnesses among them; they are judged after `timeout`."""
        turns: list[int] = []
        while self._timers and self._timers[0][0] <= now:
            host = self._timers[0][1]
            entry = self._hosts[host]
            if entry.asked is not None or (turns and len(turns) + entry.size + WITNESSES > most):
                break
            turns += entry.begin(now, most - len(turns))
            heapq.heapreplace(self._timers, (now + timeout, host))
        return turns

    def judged(self, now: int, is_open: Callable[[int], bool]) -> Iterator[Silent]:
        """What came of the groups whose time is over; what it came to nothing of is asked again.

        Args:
            now: the time.
            is_open: whether a turn was not answered.
        """
        while self._timers and self._timers[0][0] <= now:
            host = self._timers[0][1]
            entry = self._hosts[host]
            if entry.asked is None:
                return
            heapq.heappop(self._timers)
            entry.is_timed = False
            left = [turn for turn in entry.group if is_open(turn)]
            if entry.end(left):
                yield Silent(host, left)
                self.add(host, (), now)
            elif now - (entry.known or now) > self._patience:
                del self._hosts[host]
                yield Silent(host, [*left, *entry.waiting], is_gone=True)
            else:
                entry.misses += 1
                self.limited.update([host] if entry.misses >= LIMITED else [])
                self.add(host, left, now)
