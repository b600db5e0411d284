"""The loop, with channels that answer as the test says, and a real clock whose readings decide nothing."""

from __future__ import annotations

import os
import select
import threading
import time
from ipaddress import ip_address

import pytest

from rawkit.errors import TargetError
from rawkit.probe.ping.engine import PingEngine
from rawkit.probe.ping.plan import MILLISECOND, SECOND, PingPlan
from rawkit.probe.ping.results import Answer, Problem, Stamp
from rawkit.probe.targets import Target
from rawkit.run.names import find_targets, resolver
from rawkit.run.ping.channel import Arrival, Departure, Sending
from rawkit.run.ping.loop import PingLoop
from rawkit.run.ping.waking import Bell

SERVER = Target("server", ip_address("192.0.2.20"))


class Fake:
    """A channel that answers each probe at once, 500 ns after it left; it is readable as long as answers wait."""

    def __init__(self, silent=(), refused=()) -> None:
        self._readable, self._writable = os.pipe()
        self._silent, self._refused = silent, refused
        self._answers: list[Arrival] = []
        self._departures: list[Departure] = []

    def fileno(self) -> int:
        return self._readable

    def send(self, probe):
        at, stamp = time.monotonic_ns(), Stamp(time.time_ns())
        if probe.seq in self._refused:
            return Sending(at, stamp, Problem(None, None, 4, errno=90))
        self._departures.append(Departure(probe, Stamp(1000 * probe.seq, "kernel")))
        if probe.seq not in self._silent:
            answer = Answer(str(probe.target.address), None, probe.seq, 64, 64)
            self._answers.append(Arrival(answer, Stamp(1000 * probe.seq + 500, "kernel")))
            os.write(self._writable, b".")
        return Sending(at, stamp)

    def queued(self):
        while self._departures:
            yield self._departures.pop(0)

    def received(self):
        while self._answers:
            os.read(self._readable, 1)
            yield self._answers.pop(0)

    def close(self) -> None:
        os.close(self._readable)
        os.close(self._writable)


class Clock:
    """Time goes by in waits alone: as long as is asked, or 1 us in a look where there is nothing to read."""

    def __init__(self, monkeypatch) -> None:
        self.now, self.waits, self._look = SECOND, [], select.select
        monkeypatch.setattr(select, "select", self._wait)
        monkeypatch.setattr(time, "monotonic_ns", lambda: self.now)

    def _wait(self, readers, writers, errors, seconds):
        ready = self._look(readers, writers, errors, 0)
        if not ready[0]:
            self.waits.append(round(seconds * 1000))
            self.now += round(seconds * SECOND) or 1000
        return ready


def run(plan, channel, on_result=None, on_sent=None, spin=0, on_pause=None):
    """The engine after the loop, the results, and whether it was interrupted."""
    engine = PingEngine(plan, [SERVER], time.monotonic_ns())
    results = []
    interrupted = PingLoop(engine, {4: channel}, on_result or results.append, on_sent, spin, on_pause).run()
    channel.close()
    return engine, results, interrupted


def test_round_trips_are_between_the_stamps():
    engine, results, interrupted = run(PingPlan(count=3, interval=MILLISECOND), Fake())
    assert [(result.kind, result.seq, result.rtt_ns) for result in results] == [("reply", n, 500) for n in (1, 2, 3)]
    assert (engine.done, interrupted) == (True, False)


def test_silence_and_refusals_come_out_too():
    plan = PingPlan(count=3, interval=MILLISECOND, timeout=5 * MILLISECOND)
    _, results, _ = run(plan, Fake(silent=(2,), refused=(3,)))
    assert sorted((result.kind, result.seq) for result in results) == [("error", 3), ("reply", 1), ("timeout", 2)]


@pytest.mark.parametrize(("spin", "slept"), [(0, {10}), (2 * MILLISECOND, {8, 0})], ids=["not", "for 2 ms"])
def test_before_a_probe_the_loop_may_look_for_answers_without_a_pause(monkeypatch, spin, slept):
    clock = Clock(monkeypatch)
    _, results, _ = run(PingPlan(count=3, interval=10 * MILLISECOND), Fake(), spin=spin)
    assert [result.kind for result in results] == ["reply"] * 3
    assert set(clock.waits) == slept
    assert clock.waits.count(0) == 2 * spin // 1000, "between the probes"


def test_what_was_found_is_written_every_20_ms_and_before_each_longer_wait(monkeypatch):
    clock = Clock(monkeypatch)
    results, written, times = [], [], []

    def write():
        times.append(clock.now // MILLISECOND - 1000)
        written.extend(results[len(written) :])

    run(PingPlan(count=20, interval=2 * MILLISECOND), Fake(), results.append, on_pause=write)
    assert times == [0, 18, 36], "in another 2 ms it would be too late"
    assert (len(results), len(written)) == (20, 18), "the last ones when the loop has ended"
    run(PingPlan(count=2, interval=SECOND), Fake(), results.append, on_pause=write)
    assert written == results[:-1], "before the wait for the second probe"


def test_ctrl_c_ends_the_loop_and_keeps_what_was_found():
    def interrupt(result):
        if result.seq == 2:
            raise KeyboardInterrupt

    engine, _, interrupted = run(PingPlan(interval=MILLISECOND), Fake(), interrupt)
    assert (interrupted, engine.done, engine.summaries[0].received) == (True, True, 2)


def test_a_bell_ends_a_wait():
    """Which would be for a minute."""
    engine = PingEngine(PingPlan(interval=60 * SECOND, timeout=60 * SECOND), [SERVER], time.monotonic_ns())
    bell, channel, begin = Bell(engine.stop), Fake(silent=(1,)), time.monotonic()
    timer = threading.Timer(0.05, bell.ring)
    timer.start()
    interrupted = PingLoop(engine, {4: channel}, pytest.fail, bell=bell).run()
    timer.join()
    channel.close()
    bell.close()
    assert (interrupted, engine.done, engine.summaries[0].sent) == (False, True, 1)
    assert 0.05 <= time.monotonic() - begin < 30


def test_every_probe_that_left_is_told():
    sent = []
    begin = time.time_ns()
    run(PingPlan(count=3, interval=MILLISECOND), Fake(refused=(2,)), on_sent=lambda *one: sent.append(one))
    assert [probe.seq for probe, _ in sent] == [1, 3]
    assert begin <= sent[0][1] <= sent[1][1] <= time.time_ns()


def test_the_deadline_needs_no_answers():
    begin = time.monotonic()
    engine, results, _ = run(PingPlan(deadline=30 * MILLISECOND, interval=10 * MILLISECOND), Fake(silent=range(99)))
    assert time.monotonic() - begin >= 0.03
    assert {result.kind for result in results} == {"timeout"}
    assert 2 <= engine.summaries[0].sent <= 4


def test_a_name_is_a_target_of_its_own():
    """Of one address there may be several names, and each may be given once."""
    found = find_targets(["localhost", "127.0.0.1", "127.0.0.1-2", "localhost"], 4, pytest.fail)
    assert [target.name for target in found] == ["localhost", "127.0.0.1", "127.0.0.2"]


def test_what_is_wrong_with_one_target_leaves_the_others():
    errors: list[TargetError] = []
    found = find_targets(["::1", "127.0.0.1", "no-such-name.invalid", "192.0.2.0/40"], 4, errors.append)
    assert [target.name for target in found] == ["127.0.0.1"]
    assert [": " in str(error) for error in errors] == [True] * 3


@pytest.mark.parametrize("name", ["no-such-name.invalid", "a..b", "x" * 300])
def test_a_name_that_is_none_is_an_error_in_one_line(name):
    with pytest.raises(TargetError, match="check its spelling"):
        resolver()(name)
