"""The probes of one target: which were sent, what became of each, and what an answer to one of them is."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

from rawkit.probe.ping.results import Answer, Clock, Kind, Probe, Result, Stamp
from rawkit.probe.ping.statistics import Summary
from rawkit.values import dataclass, field

THEIRS: Final = 1_000_000_000
"""Nanoseconds in which another program's question is answered, or asked again: the kernel's own pause (arp(7))."""
STEP: Final = 1_000_000
"""Nanoseconds by which the clocks of a stamp and of `now` may differ over one round trip before one was set."""


class Fate(Enum):
    """What became of a probe so far."""

    WAITING = "waiting"
    ANSWERED = "answered"
    TIMED_OUT = "timed out"
    FAILED = "failed"


@dataclass(slots=True)
class SentProbe:
    """A probe that was sent, at `at` by the engine's clock and `stamp` by the one that round trips are taken from."""

    at: int
    stamp: Stamp
    fate: Fate = Fate.WAITING
    answered_by: set[str] | None = None


@dataclass(slots=True)
class TargetCourse:
    """One target's probes; `memory` settled ones are remembered, to know duplicates and late answers.

    Attributes:
        index: the target's place among all.
        due: when its next probe is to be sent; None where there is none.
        last: number of the last probe.
        waiting: probes that are neither answered nor given up.
        answered: the highest number that was answered.
        linger: when the wait for the last answers is over, once all probes are sent.
        finished: whether all is over for this target.
        theirs, theirs_at: questions of other programs that may still be answered, and when the last one was asked.
    """

    index: int
    summary: Summary
    memory: int
    started: int
    due: int | None
    is_group: bool = False
    last: int = 0
    waiting: int = 0
    answered: int = 0
    finished: bool = False
    linger: int = 0
    theirs: int = 0
    theirs_at: int = 0
    probes: dict[int, SentProbe] = field(default_factory=dict)

    def next_probe(self, number: Callable[[int, int], int]) -> Probe:
        """The next probe, which counts as sent from now on; `number` numbers it among those to all targets."""
        self.last += 1
        self.summary.sent += 1
        old = self.last - self.memory
        if old in self.probes and self.probes[old].fate is not Fate.WAITING:
            del self.probes[old]
        return Probe(self.index, self.summary.target, self.last, number(self.index, self.last))

    def sent(self, seq: int, now: int, stamp: Stamp) -> None:
        """Takes a probe that has left."""
        self.summary.elapsed_ns = now - self.started
        self.probes[seq] = SentProbe(now, stamp)
        self.waiting += 1

    def stamped(self, seq: int, stamp: Stamp) -> None:
        """Takes a better stamp for a probe that has left."""
        if seq in self.probes:
            self.probes[seq].stamp = stamp

    def settle(self, seq: int, fate: Fate) -> bool:
        """Sets the fate of a probe; whether it was waiting until now."""
        probe = self.probes[seq]
        was_waiting = probe.fate is Fate.WAITING
        probe.fate = fate
        self.waiting -= was_waiting
        return was_waiting

    def latest(self, stamp: Stamp) -> int:
        """The number of the latest probe that an answer of that time may be for: it was sent before, and waits.

        Where none was, since somebody set the clock, the latest that waits; or else the latest of all.
        """
        latest = None
        for seq in reversed(self.probes):
            probe = self.probes[seq]
            if probe.fate is Fate.WAITING:
                if probe.stamp.time <= stamp.time:
                    return seq
                latest = latest or seq
        return latest or self.last

    def take(self, seq: int, answer: Answer, now: int, stamp: Stamp) -> Result | None:
        """What an answer to a probe is; None where that probe is not remembered."""
        self.summary.elapsed_ns = now - self.started
        if answer.corrupt:
            self.summary.corrupt += 1
            return self._result("corrupt", seq, answer, stamp)
        if seq not in self.probes:
            return None
        if answer.problem is not None:
            self.summary.errors += 1
            if self.probes[seq].fate is not Fate.ANSWERED:
                self.settle(seq, Fate.FAILED)
            return self._result("error", seq, answer, stamp)
        return self._answered(seq, answer, now, stamp)

    def asked_by_others(self, now: int) -> None:
        """Takes that another program of this host has asked the same, and that nobody can tell the answers apart."""
        self.theirs, self.theirs_at = self.theirs + 1, now

    def _is_theirs(self, kind: Kind, now: int) -> bool:
        """Whether an answer for which nothing waits here is that to another program's question."""
        if now - self.theirs_at > THEIRS:
            self.theirs = 0
        if kind == "reply" or not self.theirs:
            return False
        self.theirs -= 1
        return True

    def _answered(self, seq: int, answer: Answer, now: int, stamp: Stamp) -> Result | None:
        probe = self.probes[seq]
        kind = self._kind(probe, answer.address or "")
        if self._is_theirs(kind, now):
            return None
        rtt, clock = round_trip(probe, now, stamp)
        reordered = kind == "reply" and seq < self.answered
        if kind == "reply":
            self.summary.take(rtt, clock)
            self.summary.note(answer.address or "", answer.detail)
            self.summary.received += probe.fate is not Fate.ANSWERED
            self.summary.reordered += reordered
            self.answered = max(self.answered, seq)
        elif kind == "late":
            self.summary.late += 1
        else:
            self.summary.duplicates += 1
            self.summary.note(answer.address or "", answer.detail)
        self.settle(seq, Fate.ANSWERED)
        return self._result(kind, seq, answer, stamp, rtt, clock, reordered)

    def _kind(self, probe: SentProbe, address: str) -> Kind:
        if probe.fate is Fate.TIMED_OUT:
            return "late"
        if probe.fate is not Fate.ANSWERED:
            probe.answered_by = {address} if self.is_group else None
            return "reply"
        if probe.answered_by is None or address in probe.answered_by:
            return "duplicate"
        probe.answered_by.add(address)
        return "reply"

    def give_up(self, seq: int, time: int) -> Result | None:
        """Ends the waiting for a probe; None where it has ended already."""
        if seq not in self.probes or self.probes[seq].fate is not Fate.WAITING:
            return None
        self.settle(seq, Fate.TIMED_OUT)
        return Result("timeout", self.summary.target, seq, time)

    def waiting_probes(self) -> list[int]:
        """The numbers of the probes that wait for an answer."""
        return [seq for seq, probe in self.probes.items() if probe.fate is Fate.WAITING]

    def _result(
        self,
        kind: Kind,
        seq: int,
        answer: Answer,
        stamp: Stamp,
        rtt: int | None = None,
        clock: Clock | None = None,
        reordered: bool = False,
    ) -> Result:
        return Result(
            kind,
            self.summary.target,
            seq,
            stamp.time,
            answer.address,
            rtt,
            clock,
            answer.ttl,
            answer.size or None,
            answer.problem,
            reordered,
            answer.corrupt or answer.detail,
            answer.ip_options,
        )


def round_trip(probe: SentProbe, now: int, stamp: Stamp) -> tuple[int, Clock]:
    """Nanoseconds from sending to answer, and whose clock says so.

    Stamps are of a clock that can be set; where one was set meanwhile, the engine's own clock tells.

    >>> round_trip(SentProbe(0, Stamp(1000, "kernel")), 900, Stamp(1500, "kernel"))
    (500, 'kernel')
    >>> round_trip(SentProbe(0, Stamp(1000, "kernel")), 900, Stamp(999, "kernel"))
    (900, 'user')
    """
    rtt = stamp.time - probe.stamp.time
    if not 0 <= rtt <= now - probe.at + STEP:
        return max(now - probe.at, 0), "user"
    return rtt, "kernel" if probe.stamp.clock == stamp.clock == "kernel" else "user"
