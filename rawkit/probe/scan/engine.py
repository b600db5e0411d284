"""The scan's engine, of all kinds: which probes to send now, and what answers and silence mean. No I/O, no clock.

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
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from rawkit.frames import Int64s
from rawkit.probe.scan.answers import Answers
from rawkit.probe.scan.cookie import SEQUENCE, Cookies
from rawkit.probe.scan.kinds import (
    ASK_AGAIN,
    DATAGRAM,
    FILTERED,
    ICMP,
    NO_RESPONSE,
    OPEN,
    REFUSALS,
    RESET,
    SYN,
)
from rawkit.probe.scan.patience import MILLISECOND, SECOND
from rawkit.probe.scan.permutation import Permutation
from rawkit.probe.scan.space import Endpoints, Space
from rawkit.probe.scan.steady import Pace
from rawkit.probe.scan.turns import (
    DECIDED,
    DONE,
    DOUBTED,
    FRESH,
    LINGERING,
    QUEUED,
    SILENT,
    WAITING,
    Ledger,
    Turns,
)
from rawkit.probe.scan.values import Probes, ScanCounts, ScanPlan, Verdicts
from rawkit.probe.scan.window import ScanRoundTrips, Window, tries_needed

if TYPE_CHECKING:
    from rawkit.probe.scan.doubts import Doubts

BATCH: Final = 2048
BACK_OFF: Final = 3
"""How often the time for an answer is doubled as a probe is sent again: Linux repeats a SYN-ACK twice a second at most
(tcp_invalid_ratelimit in ip-sysctl.rst)."""
LINGER: Final = 500 * MILLISECOND
"""The least time that is waited for late answers, when a probe will not be sent again."""
SURE: Final = 2
"""How often silence is to be conclusive, at least, where it was doubted."""
DOUBTED_TRIES: Final = 2
"""What the tries of a turn begin at when it is doubted: from then on only those count that were conclusive."""

SAYS_NOTHING: Final = -1
"""In place of a state: this kind of scan does not ask for such an answer."""
_ERROR: Final = DATAGRAM + 1
"""What stands for all ICMP errors in a table by kind of answer."""
_NOTHING: Final = np.empty(0, dtype=np.int64)
_NEVER: Final = np.iinfo(np.int64).max
"""When a probe was sent of which it is not known: its round trip is negative, and counts for nothing."""


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
        self.counts = ScanCounts(self._turns.total, found=dict.fromkeys(plan.scan.states, 0))
        self.window = Window(min(plan.at_once, BATCH) if ledger else plan.at_once)
        self._trips, self._pace = ScanRoundTrips(plan.patience), Pace(plan.rate, plan.least, plan.most, now)
        self._queue: deque[Int64s] = deque()
        self._timers: list[deque[tuple[int, Int64s]]] = [deque() for _ in range(BACK_OFF + 1)]
        self._lingers: deque[tuple[int, Int64s]] = deque()
        self._bare: dict[int, tuple[int, int]] = {}
        self._says = np.full(_ERROR + 1, SAYS_NOTHING, dtype=np.int64)
        self._says[list(plan.scan.answers)] = list(plan.scan.answers.values())
        self._says[_ERROR] = FILTERED
        self._doubts = _doubts(space, plan)
        self._flying = self._answered = self._again = 0
        self._take_up(self._turns.unfinished(), now)

    @property
    def done(self) -> bool:
        """Whether every probe has its verdict, and it is written."""
        return self._turns.base == self._turns.total

    @property
    def limited(self) -> int:
        """Hosts that limit how many ICMP errors they send, so that their ports are asked slowly."""
        return 0 if self._doubts is None else len(self._doubts.limited)

    @property
    def timeout(self) -> int:
        """How long an answer may take before the probe is sent again, in nanoseconds."""
        return self._plan.timeout or self._trips.timeout

    @property
    def deadline(self) -> int | None:
        """When to call `due` and `expire` next; None where only an answer can change something."""
        times = [timers[0][0] + (self.timeout << level) for level, timers in enumerate(self._timers) if timers]
        times += [self._lingers[0][0] + self._linger] if self._lingers else []
        doubted = self._doubts.deadline if self._doubts is not None else None
        times += [] if doubted is None else [doubted]
        if self._queue or self._turns.room:
            times += self._pace.deadlines(self._free)
        return min(times, default=None)

    def due(self, now: int) -> Probes:
        """The probes to send now, at most `BATCH`; those that were not answered come first.

        From now on they count as under way.
        """
        turns = self._due_of_doubted(now)
        count = 0 if len(turns) else min(self._pace.allowed(self._free, now), BATCH)
        if count > 0:
            again = self._unqueue(count)
            turns = np.concatenate([again, self._turns.begin(count - len(again))])
        self._flying += len(turns)
        self._pace.count(len(turns))
        return Probes(turns, self._numbers(turns), self._turns.tries[self._turns.slots(turns)])

    def sent(self, probes: Probes, at: Int64s) -> None:
        """Says when each probe has left: before any answer to one of them is received."""
        turns, slots = probes.turns, self._turns.slots(probes.turns)
        # An answer to the try before may have come since they were due; what is doubted has a time of its own.
        open_ones = self._turns.known(turns) & (self._turns.state[slots] < DOUBTED)
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
        """What answers mean; those that are forged, late, said before or of a kind that says nothing mean nothing."""
        state = self._says[np.minimum(answers.kind, _ERROR)]
        bare = (answers.kind == SYN) & (state != SAYS_NOTHING)
        if bare.any():
            self._note(answers, np.flatnonzero(bare))
        rows = np.flatnonzero((state != SAYS_NOTHING) & ~bare)
        rows, turns = self._asked(answers, self._with_cookie(answers, rows))
        self._hear(answers, rows, turns)
        rows, turns = self._under_way(rows, turns)
        state = self._refined(answers, rows, state[rows])
        if (state == ASK_AGAIN).any():
            self._send_again(turns[state == ASK_AGAIN])
            rows, turns, state = (one[state != ASK_AGAIN] for one in (rows, turns, state))
        return self._answered_by(answers, rows, turns, state, now)

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
            turns = self._not_doubted(turns[self._turns.state[self._turns.slots(turns)] == LINGERING], now)
            self._send_again(turns[self._worth(turns)])
            silent.append(turns[~self._worth(turns)])
        silent += self._judged(now)
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
        tries[slots[(state == FRESH) | (state == DOUBTED)]] = 0  # who bears witness has to be found again
        unheard = slots[((state == WAITING) | (state == DECIDED)) & (tries[slots] > 0)]
        tries[unheard] -= 1  # else an answer to the next probe would mean that the last one was lost
        self._turns.last[slots] = _NEVER
        silent = (state == LINGERING) | (state == SILENT)
        self._turns.state[slots] = np.where(silent, LINGERING, QUEUED)
        self._queue.append(unfinished[~silent])
        self._lingers.append((now, unfinished[silent]))
        self.counts.probes -= self._turns.next - len(unfinished)
        self._turns.advance()

    def _numbers(self, turns: Int64s) -> Int64s:
        """What the probes of turns are sent to."""
        return self._order.forward(self._plan.places(turns))

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
        """Those that know the cookie, as far as they can. A RST acknowledges the probe or, of some hosts and of a
        probe without a length, what came before it."""
        token, known = answers.token[rows], answers.known[rows]
        wanted = cookies_to(self._cookies, answers.ends.select(rows), answers.own.select(rows)) & known
        before = token + np.uint64(1) & SEQUENCE
        believed: Int64s = rows[(token == wanted) | ((answers.kind[rows] == RESET) & (before == wanted))]
        return believed

    def _asked(self, answers: Answers, rows: Int64s) -> tuple[Int64s, Int64s]:
        """The answers to probes of this shard, and the probes' turns."""
        numbers = self._space.numbers(answers.ends.select(rows))
        rows, numbers = rows[numbers >= 0], numbers[numbers >= 0]
        part, parts = self._plan.shard
        turns, other = np.divmod(self._order.inverse(numbers) - (part - 1), parts)
        return rows[other == 0], turns[other == 0]

    def _under_way(self, rows: Int64s, turns: Int64s) -> tuple[Int64s, Int64s]:
        """The first answer to each probe that waits for one, and the probes' turns."""
        known = self._turns.known(turns)
        rows, turns = rows[known], turns[known]
        state = self._turns.state[self._turns.slots(turns)]
        asked = (state != FRESH) & (state < DECIDED) & (self._turns.tries[self._turns.slots(turns)] > 0)
        turns, first = np.unique(turns[asked], return_index=True)
        return rows[asked][first], turns

    def _refined(self, answers: Answers, rows: Int64s, state: Int64s) -> Int64s:
        """What answers say of ports, where it counts who sends an error."""
        refused = self._plan.scan.refused
        if refused == FILTERED:
            return state
        ends, sender, kind = answers.ends.select(rows), answers.sender.select(rows), answers.kind[rows]
        own = (sender.high == ends.high) & (sender.low == ends.low) & (sender.zone == ends.zone)
        return np.where(own & ((kind == REFUSALS[0]) | (kind == REFUSALS[1])), refused, state)

    def _answered_by(self, answers: Answers, rows: Int64s, turns: Int64s, state: Int64s, now: int) -> Verdicts:
        """The verdicts that some of the answers are."""
        slots = self._turns.slots(turns)
        rtt = answers.at[rows] - self._turns.last[slots]
        if self._doubts:
            counted = self._turns.state[slots] != DOUBTED
            self._learn(slots[counted], rtt[counted], now)
        else:
            self._learn(slots, rtt, now)
        rtt = np.where((self._turns.tries[slots] == 1) & (rtt >= 0), rtt, -1)
        self._decide(slots)
        for turn in turns.tolist() if self._bare else ():
            self._bare.pop(turn, None)
        ends, sender = (self._space.named(one.select(rows)) for one in (answers.ends, answers.sender))
        kind, ttl, at = answers.kind[rows], answers.ttl[rows], answers.at[rows]
        return self._counted(Verdicts(turns, ends, state, kind, ttl, rtt, at, sender))

    def _hear(self, answers: Answers, rows: Int64s, turns: Int64s) -> None:
        """Takes note of who sends errors: the silence of other ports of such a host is doubted."""
        if self._doubts is None:
            return
        errors = (answers.kind[rows] >= ICMP) & (turns >= 0) & (turns < self._turns.next)
        rows, turns = rows[errors], turns[errors]
        hosts, sender = self._space.host(self._numbers(turns)), answers.sender.select(rows)
        columns = (hosts, turns, sender.high, sender.low, answers.at[rows])
        for host, turn, high, low, at in zip(*(column.tolist() for column in columns), strict=True):
            self._doubts.heard(host, turn, (high, low), at)

    def _due_of_doubted(self, now: int) -> Int64s:
        """What is to be asked once more, and who is to bear witness: past the window, but not faster than any rate."""
        most = self._pace.allowed(BATCH // 2, now) if self._doubts else 0
        if not self._doubts or most <= 0:
            return _NOTHING
        return np.array(self._doubts.due(now, self._plan.timeout or self._trips.soon, most), dtype=np.int64)

    def _not_doubted(self, turns: Int64s, now: int) -> Int64s:
        """Those of some silent turns whose silence is not doubted; the others are asked by `_due_of_doubted`."""
        if not self._doubts or not len(turns):
            return turns
        hosts = self._space.host(self._numbers(turns)).tolist()
        doubted = np.array([host in self._doubts for host in hosts], dtype=np.bool_)
        slots = self._turns.slots(turns[doubted])
        self._flying -= int((self._turns.state[slots] == WAITING).sum())
        self._turns.state[slots], self._turns.tries[slots] = DOUBTED, DOUBTED_TRIES
        for host, turn in zip(hosts, turns.tolist(), strict=True):
            if host in self._doubts:
                self._doubts.add(host, (turn,), now)
        return turns[~doubted]

    def _judged(self, now: int) -> Iterator[Int64s]:
        """The turns of which it is known by now that they are silent for themselves."""
        for silent in self._doubts.judged(now, self._is_doubted) if self._doubts is not None else ():
            turns = np.array(silent.turns, dtype=np.int64)
            slots = self._turns.slots(turns)
            self._turns.tries[slots] += 1
            enough = self._turns.tries[slots] >= DOUBTED_TRIES + max(self._most, SURE)
            if self._doubts is not None and not silent.is_gone:
                self._doubts.add(silent.host, turns[~enough].tolist(), now)
                turns = turns[enough]
            yield turns

    def _is_doubted(self, turn: int) -> bool:
        return bool(self._turns.state[self._turns.slots(np.array([turn]))][0] == DOUBTED)

    def _note(self, answers: Answers, rows: Int64s) -> None:
        """A SYN in answer acknowledges nothing, so that anyone could have sent it: it counts if nothing else comes."""
        rows, turns = self._under_way(*self._asked(answers, rows))
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
        turns = self._not_doubted(turns, now)
        worth = self._worth(turns)
        self._send_again(turns[worth])
        silent = turns[~worth]
        self._flying -= len(silent)
        self._turns.state[self._turns.slots(silent)] = LINGERING
        if len(silent):
            self._lingers.append((now, silent))

    def _given_up(self, turns: Int64s, now: int) -> Verdicts:
        ends = self._space.endpoints(self._numbers(turns))
        self._turns.state[self._turns.slots(turns)] = SILENT
        none, unknown = np.full(len(turns), NO_RESPONSE), np.full(len(turns), -1, dtype=np.int64)
        verdicts = Verdicts(
            turns,
            ends,
            np.full(len(turns), self._plan.scan.silence),
            none,
            unknown,
            unknown.copy(),
            np.full(len(turns), now),
            ends,
        )
        for row in [row for row, turn in enumerate(turns.tolist()) if turn in self._bare] if self._bare else ():
            verdicts.state[row], verdicts.kind[row] = OPEN, SYN
            verdicts.ttl[row], verdicts.at[row] = self._bare.pop(int(turns[row]))
        return self._counted(verdicts)

    def _counted(self, verdicts: Verdicts) -> Verdicts:
        for state in self.counts.found:
            self.counts.found[state] += int((verdicts.state == state).sum())
        return verdicts


def _doubts(space: Space, plan: ScanPlan) -> Doubts | None:
    """None where no silence is doubted: where errors say no more, or nothing is asked again, or no other port is."""
    if not plan.scan.errors_tell_more or not plan.retries or len(space.ports) == 1:
        return None
    from rawkit.probe.scan.doubts import Doubts  # a SYN scan has no use for it

    return Doubts(plan.retries * SECOND)


def cookies_of(cookies: Cookies, ends: Endpoints) -> NDArray[np.uint64]:
    """The cookies of endpoints of both IP versions."""
    if not ends.is_ipv6.any():
        return cookies.ipv4(ends.low, ends.port)
    of_ipv6 = cookies.ipv6(ends.high, ends.low, ends.port, ends.zone)
    return np.where(ends.is_ipv6, of_ipv6, cookies.ipv4(ends.low, ends.port))


def cookies_to(cookies: Cookies, ends: Endpoints, own: Endpoints) -> NDArray[np.uint64]:
    """The cookies of probes to `ends` from the addresses in `own`."""
    found = np.empty(len(ends), dtype=np.uint64)
    left = np.arange(len(ends))
    while len(left):
        source = own.address(int(left[0]))
        same = (own.low[left] == own.low[left[0]]) & (own.high[left] == own.high[left[0]])
        found[left[same]] = cookies_of(cookies.at(source), ends.select(left[same]))
        left = left[~same]
    return found
