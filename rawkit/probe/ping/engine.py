"""The ping engine: when which target gets a probe, and what answers, errors and silence mean. No I/O, no clock.

`now` is nanoseconds of a clock that never goes back. Who drives it sends what `due` gives, says so with `sent`, hands
over what comes with `receive`, and calls `expire` at `deadline`, until `done`.

>>> from ipaddress import IPv4Address
>>> from rawkit.probe.ping.plan import SECOND, PingPlan
>>> engine = PingEngine(PingPlan(count=1), [Target("server", IPv4Address("192.0.2.20"))], now=0)
>>> probe = engine.due(now=0)
>>> probe.target.name, probe.seq, engine.due(now=0)
('server', 1, None)
>>> engine.sent(probe, now=10, stamp=Stamp(1000, "kernel"))
>>> answer = Answer("192.0.2.20", None, wire_seq=1, size=64, ttl=64)
>>> result = engine.receive(answer, now=5000, stamp=Stamp(2500, "kernel"))
>>> result.kind, result.rtt_ns, result.clock, engine.done
('reply', 1500, 'kernel', True)
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from rawkit.probe.ping.course import Fate, TargetCourse
from rawkit.probe.ping.finder import WIRE_NUMBERS, ProbeFinder
from rawkit.probe.ping.plan import MILLISECOND, SECOND, PingPlan
from rawkit.probe.ping.results import Answer, Probe, Problem, Result, Stamp
from rawkit.probe.ping.statistics import SAMPLES, SAMPLES_EACH, RoundTrips, Summary
from rawkit.probe.targets import Target

BURST = 50 * MILLISECOND
"""How far sending may fall behind its rate, and catch up."""

_LINGER = 0
"""In place of a probe's number: the time to wait for a target's last answers is over."""


class PingEngine:
    """Pings targets by a plan.

    Args:
        plan: how many probes, how often, how long to wait.
        targets: several may have one address.
        now: when it begins.
    """

    def __init__(self, plan: PingPlan, targets: Sequence[Target], now: int) -> None:
        keep = max(SAMPLES // max(len(targets), 1), SAMPLES_EACH)
        self._plan = plan
        self._courses = [
            TargetCourse(index, Summary(target, RoundTrips(keep)), keep, now, now, target.is_group)
            for index, target in enumerate(targets)
        ]
        self._finder = ProbeFinder(self._courses)
        self._dues = [(now, index) for index in range(len(targets))]
        self._timers: list[tuple[int, int, int]] = []
        self._gap = SECOND // plan.rate
        self._free_at = now
        self._end = None if plan.deadline is None else now + plan.deadline
        self._running = len(targets)

    @property
    def summaries(self) -> list[Summary]:
        """What each target did so far, in the order of the targets."""
        return [course.summary for course in self._courses]

    @property
    def done(self) -> bool:
        """Whether nothing is to be sent or waited for any more."""
        return not self._running

    @property
    def finished(self) -> int:
        """How many targets are done."""
        return len(self._courses) - self._running

    @property
    def deadline(self) -> int | None:
        """When to call `due` and `expire` next; None where both have nothing more to do."""
        self._drop_stale()
        times = [max(self._dues[0][0], self._free_at)] if self._dues else []
        times += [self._timers[0][0]] if self._timers else []
        times += [self._end] if self._end is not None else []
        return min(times, default=None) if self._running else None

    def due(self, now: int) -> Probe | None:
        """The next probe to send now, if there is one."""
        self._drop_stale()
        if not self._dues or max(self._dues[0][0], self._free_at) > now or self._is_over(now):
            return None
        due, index = heapq.heappop(self._dues)
        course = self._courses[index]
        course.started = course.started if course.last else now
        probe = course.next_probe(self._finder.numbers.give)
        self._free_at = max(self._free_at, now - BURST) + self._gap
        self._plan_next(course, due, now)
        return probe

    def sent(self, probe: Probe, now: int, stamp: Stamp) -> None:
        """Says that a probe has left at `now`; `stamp` is what round trips are counted from."""
        self._courses[probe.index].sent(probe.seq, now, stamp)
        heapq.heappush(self._timers, (now + self._plan.timeout_of(probe.seq), probe.index, probe.seq))
        self._check_end(self._courses[probe.index], now)

    def stamped(self, probe: Probe, stamp: Stamp) -> None:
        """Gives a probe a better stamp than `sent` had."""
        self._courses[probe.index].stamped(probe.seq, stamp)

    def refused(self, probe: Probe, problem: Problem, now: int, stamp: Stamp) -> Result:
        """Says that this host did not send a probe; the result tells."""
        self.sent(probe, now, stamp)
        answer = Answer(None, probe.target.text, probe.number % WIRE_NUMBERS, problem=problem)
        result = self._courses[probe.index].take(probe.seq, answer, now, stamp)
        self._check_end(self._courses[probe.index], now)
        assert result is not None
        return result

    def receive(self, answer: Answer, now: int, stamp: Stamp) -> Result | None:
        """What an answer means; None where it answers nothing that was asked."""
        if answer.is_theirs:
            for course in self._finder.courses_at(answer.address or ""):
                course.asked_by_others(now)
            return None
        found = self._finder.find(answer, stamp)
        if found is None or found[0].finished:
            return None
        course, seq = found
        result = course.take(seq, answer, now, stamp)
        if result is not None:
            self._hurry(course, result, now)
            self._check_end(course, now)
        return result

    def expire(self, now: int, time: int) -> list[Result]:
        """The probes whose time is over; `time` is now in nanoseconds since the epoch, for the results."""
        results: list[Result] = []
        while self._timers and self._timers[0][0] <= now:
            at, index, seq = heapq.heappop(self._timers)
            course = self._courses[index]
            if seq != _LINGER:
                results += _given_up(course, seq, time)
            elif at == course.linger:
                results += self._give_up(course, now, time)
            self._check_end(course, now)
        if self._is_over(now):
            for course in self._courses:
                results += self._give_up(course, now, time)
        return results

    def stop(self) -> None:
        """Ends all at once, as Ctrl-C does; probes that wait for an answer stay unanswered."""
        for course in self._courses:
            self._finish(course)

    def is_unanswered(self, probe: Probe) -> bool:
        """Whether a probe has no answer so far, in time or late."""
        sent = self._courses[probe.index].probes.get(probe.seq)
        return sent is not None and sent.fate in (Fate.WAITING, Fate.TIMED_OUT)

    def _is_over(self, now: int) -> bool:
        return self._end is not None and now >= self._end

    def _drop_stale(self) -> None:
        """Takes entries off the heap that a later decision has overtaken."""
        while self._dues and self._courses[self._dues[0][1]].due != self._dues[0][0]:
            heapq.heappop(self._dues)
        while self._timers and self._is_idle(*self._timers[0]):
            heapq.heappop(self._timers)

    def _is_idle(self, at: int, index: int, seq: int) -> bool:
        """Whether a timer would change nothing."""
        course = self._courses[index]
        if course.finished or seq == _LINGER:
            return course.finished or at != course.linger
        return course.probes.get(seq) is None or course.probes[seq].fate is not Fate.WAITING

    def _plan_next(self, course: TargetCourse, due: int, now: int) -> None:
        """Sets when the next probe is due: by the plan, or later where sending has fallen behind by a whole pause."""
        if course.last == self._plan.most:
            course.due = None
            return
        pause = self._plan.pause_after(course.last)
        self._set_due(course, due + pause if now - due <= pause else now + pause)

    def _set_due(self, course: TargetCourse, time: int) -> None:
        course.due = time
        heapq.heappush(self._dues, (time, course.index))

    def _hurry(self, course: TargetCourse, result: Result, now: int) -> None:
        if self._plan.eager and course.due is not None and result.kind == "reply" and result.seq == course.last:
            self._set_due(course, max(now, course.probes[result.seq].at + self._plan.minimum))

    def _check_end(self, course: TargetCourse, now: int) -> None:
        """Ends a target that needs no more, or sets the time to wait for its last answers."""
        if course.finished:
            return
        # Of a group, who has not answered yet is not known.
        is_settled = not course.waiting and not (course.is_group and course.summary.times.count)
        if self._is_satisfied(course) or (course.due is None and is_settled):
            self._finish(course)
        elif course.due is None and course.summary.times.count and self._plan.retries is None:
            self._linger(course, now)

    def _is_satisfied(self, course: TargetCourse) -> bool:
        """Whether enough answers have come: one where there are retries, `count` of them where there is a deadline."""
        plan, summary = self._plan, course.summary
        if plan.retries is not None:
            return summary.alive
        if plan.deadline is None or plan.count is None:
            return False
        return summary.received + summary.errors >= plan.count

    def _linger(self, course: TargetCourse, now: int) -> None:
        """Waits for a target's last answers, from its last probe on: two round trips or an interval (ping(8))."""
        last = course.probes.get(course.last)
        time = max(2 * course.summary.times.maximum, self._plan.interval)
        until = (last.at if last else now) + time
        if until != course.linger:
            course.linger = until
            heapq.heappush(self._timers, (until, course.index, _LINGER))

    def _give_up(self, course: TargetCourse, now: int, time: int) -> list[Result]:
        if course.finished:
            return []
        course.summary.elapsed_ns = now - course.started
        results = [result for seq in course.waiting_probes() for result in _given_up(course, seq, time)]
        self._finish(course)
        return results

    def _finish(self, course: TargetCourse) -> None:
        if not course.finished:
            course.summary.cut_short = course.due is not None or course.waiting > 0
            course.finished, course.due = True, None
            self._running -= 1


def _given_up(course: TargetCourse, seq: int, time: int) -> list[Result]:
    result = course.give_up(seq, time)
    return [] if result is None else [result]
