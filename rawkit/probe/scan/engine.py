"""The SYN scan's engine: which probes to send now, and what answers and silence mean. No I/O, no clock.

`now` is nanoseconds since the epoch of a clock that never goes back. Who drives it sends what `due` gives and says so
with `sent`, hands over what comes with `receive`, calls `expire` at `deadline`, writes the verdicts of both and says so
with `written`, until `done`.

>>> from ipaddress import IPv4Address
>>> from rawkit.probe.targets import AddressRange
>>> space = Space([AddressRange(IPv4Address("192.0.2.1"), IPv4Address("192.0.2.4"))], [80, 443])
>>> engine = ScanEngine(space, Cookies.of(1, 61001), ScanPlan(seed=1), now=0)
>>> probes = engine.due(now=0)
>>> engine.sent(probes, np.zeros(len(probes), dtype=np.int64))
>>> len(probes), engine.deadline, engine.done
(8, 1000000000, False)
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.frames import Int64s
from rawkit.probe.scan.answers import CHALLENGE, RESET, SYN, SYN_ACK, Answers
from rawkit.probe.scan.cookie import Cookies
from rawkit.probe.scan.patience import MILLISECOND, USUAL, Patience
from rawkit.probe.scan.permutation import Permutation
from rawkit.probe.scan.space import Endpoints, Space
from rawkit.probe.scan.steady import Pace
from rawkit.probe.scan.turns import DECIDED, DONE, FRESH, LINGERING, QUEUED, SILENT, WAITING, Ledger, Turns
from rawkit.probe.scan.window import ScanRoundTrips, Window, tries_needed

OPEN: Final = 1
CLOSED: Final = 2
FILTERED: Final = 3
NO_RESPONSE: Final = 0
"""In place of an answer's kind: there was none."""

BATCH: Final = 2048
BACK_OFF: Final = 3
"""How often the time for an answer is doubled as a probe is sent again: Linux repeats a SYN-ACK twice a second at most
(tcp_invalid_ratelimit in ip-sysctl.rst)."""
LINGER: Final = 500 * MILLISECOND
"""The least time that is waited for late answers, when a probe will not be sent again."""

_NOTHING: Final = np.empty(0, dtype=np.int64)
_NEVER: Final = np.iinfo(np.int64).max
"""When a probe was sent of which it is not known: its round trip is negative, and counts for nothing."""


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """How a scan goes; times are nanoseconds.

    Attributes:
        seed: of the order; shards need the same.
        shard: which part, counted from 1, and of how many.
        rate: probes a second, retransmissions included; None for a window that answers open and losses close.
        retries: how often a probe is sent again at most.
        timeout: how long to wait for an answer; None to learn it from round trips.
        patience: between which limits.
        least, most: probes a second that the window neither falls below nor goes above; None for no such limit.
        at_once: how far the window opens.
    """

    seed: int
    shard: tuple[int, int] = (1, 1)
    rate: float | None = None
    retries: int = 10
    timeout: int | None = None
    patience: Patience = USUAL
    least: float | None = None
    most: float | None = None
    at_once: int = Window.MOST

    def turns(self, size: int) -> int:
        """How many of `size` probes are this shard's."""
        part, parts = self.shard
        return (size - part) // parts + 1 if size >= part else 0


@dataclass(frozen=True, slots=True, eq=False)
class Probes:
    """Probes to be sent: their turns, and the numbers of what they are sent to."""

    turns: Int64s
    numbers: Int64s

    def __len__(self) -> int:
        return len(self.turns)


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """What ports are, one entry each.

    Attributes:
        turns: of the probes.
        ends: address and port.
        state: `OPEN`, `CLOSED` or `FILTERED`.
        kind: of the answer (`rawkit.probe.scan.answers`), or `NO_RESPONSE`.
        ttl: of the answer; -1 without one.
        rtt: nanoseconds; -1 where it is not known, since the probe was sent again or not answered.
        at: when the answer came, or was given up.
        sender: who answered.
    """

    turns: Int64s
    ends: Endpoints
    state: Int64s
    kind: Int64s
    ttl: Int64s
    rtt: Int64s
    at: Int64s
    sender: Endpoints

    def __len__(self) -> int:
        return len(self.turns)

    def select(self, rows: NDArray[np.bool_] | Int64s) -> Verdicts:
        """The entries that a mask or indices name."""
        state, kind, ttl, rtt, at = (one[rows] for one in (self.state, self.kind, self.ttl, self.rtt, self.at))
        ends, sender = self.ends.select(rows), self.sender.select(rows)
        return Verdicts(self.turns[rows], ends, state, kind, ttl, rtt, at, sender)


@dataclass(slots=True)
class ScanCounts:
    """How far a scan is.

    Attributes:
        probes: how many there are, each counted once.
        sent: frames sent, each retransmission counted.
        found: verdicts by state.
    """

    probes: int
    sent: int = 0
    found: dict[int, int] = field(default_factory=lambda: {OPEN: 0, CLOSED: 0, FILTERED: 0})

    @property
    def decided(self) -> int:
        """How many probes have a verdict."""
        return sum(self.found.values())


class ScanEngine:
    """Scans a space by a plan.

    Args:
        space: what is scanned.
        cookies: of this scan.
        plan: how.
        now: when it begins.
        ledger: of a scan that can be taken up again. With a window, `BATCH` probes wait for an answer at most: so many
            are sent once more than they would have been if the scan is killed.
    """

    def __init__(self, space: Space, cookies: Cookies, plan: ScanPlan, now: int, ledger: Ledger | None = None) -> None:
        self._space, self._cookies, self._plan = space, cookies, plan
        self._order = Permutation(len(space), plan.seed)
        self._turns = Turns(plan.turns(len(space)), ledger)
        self.counts = ScanCounts(self._turns.total)
        self.window = Window(min(plan.at_once, BATCH) if ledger else plan.at_once)
        self._trips, self._pace = ScanRoundTrips(plan.patience), Pace(plan.rate, plan.least, plan.most, now)
        self._queue: deque[Int64s] = deque()
        self._timers: list[deque[tuple[int, Int64s]]] = [deque() for _ in range(BACK_OFF + 1)]
        self._lingers: deque[tuple[int, Int64s]] = deque()
        self._bare: dict[int, tuple[int, int]] = {}
        self._flying = self._answered = self._again = 0
        self._take_up(self._turns.unfinished(), now)

    @property
    def done(self) -> bool:
        """Whether every probe has its verdict, and it is written."""
        return self._turns.base == self._turns.total

    @property
    def timeout(self) -> int:
        """How long an answer may take before the probe is sent again, in nanoseconds."""
        return self._plan.timeout or self._trips.timeout

    @property
    def deadline(self) -> int | None:
        """When to call `due` and `expire` next; None where only an answer can change something."""
        times = [timers[0][0] + (self.timeout << level) for level, timers in enumerate(self._timers) if timers]
        times += [self._lingers[0][0] + self._linger] if self._lingers else []
        if self._queue or self._turns.room:
            times += self._pace.deadlines(self._free)
        return min(times, default=None)

    def due(self, now: int) -> Probes:
        """The probes to send now, at most `BATCH`; those that were not answered come first.

        From now on they count as under way.
        """
        count = min(self._pace.allowed(self._free, now), BATCH)
        if count <= 0:
            return Probes(_NOTHING, _NOTHING)
        again = self._unqueue(count)
        turns = np.concatenate([again, self._turns.begin(count - len(again))])
        self._flying += len(turns)
        self._pace.count(len(turns))
        part, parts = self._plan.shard
        return Probes(turns, self._order.forward(turns * parts + part - 1))

    def sent(self, probes: Probes, at: Int64s) -> None:
        """Says when each probe has left: before any answer to one of them is received."""
        turns, slots = probes.turns, self._turns.slots(probes.turns)
        # An answer to the try before may have come since they were due.
        open_ones = self._turns.known(turns) & (self._turns.state[slots] < DECIDED)
        self._flying -= int((~open_ones).sum())
        turns, slots, at = turns[open_ones], slots[open_ones], at[open_ones]
        self._turns.tries[slots] += 1
        self._turns.state[slots] = WAITING
        self._turns.last[slots] = at
        level = np.minimum(self._turns.tries[slots] - 1, BACK_OFF)
        for doublings in np.flatnonzero(np.bincount(level)).tolist():  # np.unique loads numpy.ma, 15 ms
            rows = level == doublings
            self._timers[doublings].append((int(at[rows].max()), turns[rows]))
        self.counts.sent += len(probes)

    def receive(self, answers: Answers, now: int) -> Verdicts:
        """What answers mean; those that are forged, late or said before mean nothing."""
        bare = answers.kind == SYN
        if bare.any():
            self._note(answers, np.flatnonzero(bare))
        rows, turns = self._under_way(answers, self._with_cookie(answers, np.flatnonzero(~bare)))
        slots, kind = self._turns.slots(turns), answers.kind[rows]
        self._send_again(turns[kind == CHALLENGE])
        rows, turns, slots, kind = (one[kind != CHALLENGE] for one in (rows, turns, slots, kind))
        rtt = answers.at[rows] - self._turns.last[slots]
        self._learn(slots, rtt, now)
        rtt = np.where((self._turns.tries[slots] == 1) & (rtt >= 0), rtt, -1)
        self._decide(slots)
        for turn in turns.tolist() if self._bare else ():
            self._bare.pop(turn, None)
        state = np.select([kind == SYN_ACK, kind == RESET], [OPEN, CLOSED], FILTERED)
        ends, sender = answers.ends.select(rows), answers.sender.select(rows)
        return self._counted(Verdicts(turns, ends, state, kind, answers.ttl[rows], rtt, answers.at[rows], sender))

    def expire(self, now: int) -> Verdicts:
        """The probes that are given up; others whose time is over are sent again by `due`."""
        for level, timers in enumerate(self._timers):
            while timers and timers[0][0] + (self.timeout << level) <= now:
                at, turns = timers.popleft()
                slots = self._turns.slots(turns)
                self._time_out(turns[(self._turns.state[slots] == WAITING) & (self._turns.last[slots] <= at)], now)
        silent = [_NOTHING]
        while self._lingers and self._lingers[0][0] + self._linger <= now:
            _, turns = self._lingers.popleft()
            turns = turns[self._turns.state[self._turns.slots(turns)] == LINGERING]
            self._send_again(turns[self._worth(turns)])
            silent.append(turns[~self._worth(turns)])
        return self._given_up(np.concatenate(silent), now)

    def written(self, verdicts: Verdicts) -> None:
        """Says that verdicts are where a crash cannot take them away."""
        self._turns.state[self._turns.slots(verdicts.turns)] = DONE
        self._turns.advance()

    def _take_up(self, unfinished: Int64s, now: int) -> None:
        """Goes on where a ledger ended: what waited for an answer is sent again, what was given up waits once more."""
        slots = self._turns.slots(unfinished)
        state = self._turns.state[slots]
        tries = self._turns.tries
        tries[slots[state == FRESH]] = 0
        unheard = slots[((state == WAITING) | (state == DECIDED)) & (tries[slots] > 0)]
        tries[unheard] -= 1  # else an answer to the next probe would mean that the last one was lost
        self._turns.last[slots] = _NEVER
        silent = (state == LINGERING) | (state == SILENT)
        self._turns.state[slots] = np.where(silent, LINGERING, QUEUED)
        self._queue.append(unfinished[~silent])
        self._lingers.append((now, unfinished[silent]))
        self.counts.probes -= self._turns.next - len(unfinished)
        self._turns.advance()

    @property
    def _linger(self) -> int:
        return self._plan.timeout or max(2 * self.timeout, LINGER)

    @property
    def _most(self) -> int:
        """How often a probe is sent, as things are."""
        return tries_needed(self._answered, self._again, self._plan.retries + 1)

    @property
    def _free(self) -> int:
        """How many more probes the window lets under way."""
        return int(self.window.size) - self._flying

    def _unqueue(self, count: int) -> Int64s:
        taken = [_NOTHING]
        while self._queue and count > 0:
            turns = self._queue.popleft()
            turns = turns[self._turns.state[self._turns.slots(turns)] == QUEUED]
            if len(turns) > count:
                self._queue.appendleft(turns[count:])
            taken.append(turns[:count])
            count -= len(taken[-1])
        return np.concatenate(taken)

    def _send_again(self, turns: Int64s) -> None:
        turns = turns[self._turns.state[self._turns.slots(turns)] != QUEUED]
        slots = self._turns.slots(turns)
        self._flying -= int((self._turns.state[slots] == WAITING).sum())
        self._turns.state[slots] = QUEUED
        if len(turns):
            self._queue.append(turns)

    def _with_cookie(self, answers: Answers, rows: Int64s) -> Int64s:
        """Those that know the cookie. A RST acknowledges the SYN or, of some hosts, what came before it."""
        token = answers.token[rows]
        wanted = tokens_of(self._cookies, answers.ends.select(rows), answers.own.select(rows))
        before = token + np.uint64(1) & np.uint64(0xFFFFFFFF)
        believed: Int64s = rows[(token == wanted) | ((answers.kind[rows] == RESET) & (before == wanted))]
        return believed

    def _under_way(self, answers: Answers, rows: Int64s) -> tuple[Int64s, Int64s]:
        """The first answer to each probe that waits for one, and the probes' turns."""
        numbers = self._space.numbers(answers.ends.select(rows))
        rows, numbers = rows[numbers >= 0], numbers[numbers >= 0]
        part, parts = self._plan.shard
        turns, other = np.divmod(self._order.inverse(numbers) - (part - 1), parts)
        known = (other == 0) & self._turns.known(turns)
        rows, turns = rows[known], turns[known]
        state = self._turns.state[self._turns.slots(turns)]
        asked = (state != FRESH) & (state < DECIDED) & (self._turns.tries[self._turns.slots(turns)] > 0)
        turns, first = np.unique(turns[asked], return_index=True)
        return rows[asked][first], turns

    def _note(self, answers: Answers, rows: Int64s) -> None:
        """A SYN in answer acknowledges nothing, so that anyone could have sent it: it counts if nothing else comes."""
        rows, turns = self._under_way(answers, rows)
        for row, turn in zip(rows.tolist(), turns.tolist(), strict=True):
            self._bare.setdefault(turn, (int(answers.ttl[row]), int(answers.at[row])))

    def _learn(self, slots: Int64s, rtt: Int64s, now: int) -> None:
        """Takes round trips of probes that were sent once (Karn), and losses of those that were sent again."""
        once = self._turns.tries[slots] == 1
        self._trips.add(rtt[once & (rtt >= 0)])
        lost = int((~once & (rtt >= (self._trips.smoothed or 0) / 2)).sum())
        self._answered += len(slots)
        self._again += lost
        self.window.answered(len(slots), lost, self._trips, now)

    def _decide(self, slots: Int64s) -> None:
        self._flying -= int((self._turns.state[slots] == WAITING).sum())
        self._turns.state[slots] = DECIDED

    def _worth(self, turns: Int64s) -> NDArray[np.bool_]:
        """Which of the turns are to be sent once more."""
        worth: NDArray[np.bool_] = self._turns.tries[self._turns.slots(turns)] < self._most
        return worth

    def _time_out(self, turns: Int64s, now: int) -> None:
        worth = self._worth(turns)
        self._send_again(turns[worth])
        silent = turns[~worth]
        self._flying -= len(silent)
        self._turns.state[self._turns.slots(silent)] = LINGERING
        if len(silent):
            self._lingers.append((now, silent))

    def _given_up(self, turns: Int64s, now: int) -> Verdicts:
        part, parts = self._plan.shard
        ends = self._space.endpoints(self._order.forward(turns * parts + part - 1))
        self._turns.state[self._turns.slots(turns)] = SILENT
        none, unknown = np.full(len(turns), NO_RESPONSE), np.full(len(turns), -1, dtype=np.int64)
        verdicts = Verdicts(
            turns, ends, np.full(len(turns), FILTERED), none, unknown, unknown.copy(), np.full(len(turns), now), ends
        )
        for row in [row for row, turn in enumerate(turns.tolist()) if turn in self._bare] if self._bare else ():
            verdicts.state[row], verdicts.kind[row] = OPEN, SYN
            verdicts.ttl[row], verdicts.at[row] = self._bare.pop(int(turns[row]))
        return self._counted(verdicts)

    def _counted(self, verdicts: Verdicts) -> Verdicts:
        for state in self.counts.found:
            self.counts.found[state] += int((verdicts.state == state).sum())
        return verdicts


def cookies_of(cookies: Cookies, ends: Endpoints) -> NDArray[np.uint64]:
    """The cookies of endpoints of both IP versions."""
    if not ends.is_ipv6.any():
        return cookies.ipv4(ends.low, ends.port)
    of_ipv6 = cookies.ipv6(ends.high, ends.low, ends.port)
    return np.where(ends.is_ipv6, of_ipv6, cookies.ipv4(ends.low, ends.port))


def tokens_of(cookies: Cookies, ends: Endpoints, own: Endpoints) -> NDArray[np.uint64]:
    """The sequence numbers of probes to `ends` from the addresses in `own`."""
    tokens = np.empty(len(ends), dtype=np.uint64)
    left = np.arange(len(ends))
    while len(left):
        source = own.address(int(left[0]))
        same = (own.low[left] == own.low[left[0]]) & (own.high[left] == own.high[left[0]])
        tokens[left[same]] = cookies_of(cookies.at(source), ends.select(left[same]))
        left = left[~same]
    return tokens & np.uint64(0xFFFFFFFF)
