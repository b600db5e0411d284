"""The engine against a network that is made here: hosts that answer, lose, forge, and repeat."""

import random
from ipaddress import IPv4Address

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawkit.probe import scan_answers, scan_engine
from rawkit.probe.cookie import Cookies
from rawkit.probe.scan_answers import Answers
from rawkit.probe.scan_engine import ScanEngine, ScanPlan, cookies_of
from rawkit.probe.scan_space import Endpoints, Space
from rawkit.probe.scan_turns import Ledger
from rawkit.probe.targets import AddressRange

MS = 1_000_000
COOKIES = Cookies.of(7, 61001)
OPEN, CLOSED, SILENT = scan_answers.SYN_ACK, scan_answers.RESET, None


def space(hosts=4, ports=(80, 443)):
    first = IPv4Address("198.18.0.0")
    return Space([AddressRange(first, first + hosts - 1)], ports)


def answers(ends, kinds, tokens, at):
    count = len(ends)
    return Answers(ends, np.array(kinds), tokens, ends, np.full(count, 64), np.full(count, at))


class Network:
    """Answers each SYN after `delay`, unless it or the answer is lost."""

    def __init__(self, where, state_of, delay=20 * MS, loss=0.0, seed=0):
        self.space, self.state_of, self.delay = where, state_of, delay
        self.loss, self.random = loss, random.Random(seed)
        self.pending, self.seen = [], {}

    def send(self, probes, now):
        for number in probes.numbers.tolist():
            self.seen[number] = self.seen.get(number, 0) + 1
            lost = self.random.random() < self.loss or self.random.random() < self.loss
            if self.state_of(number) is not SILENT and not lost:
                self.pending.append((now + self.delay, number))
        return np.full(len(probes), now)

    def arrived(self, now):
        here = [entry for entry in self.pending if entry[0] <= now]
        self.pending = [entry for entry in self.pending if entry[0] > now]
        if not here:
            return None
        ends = self.space.endpoints(np.array([number for _, number in here]))
        tokens = cookies_of(COOKIES, ends) & np.uint64(0xFFFFFFFF)
        return answers(ends, [self.state_of(number) for _, number in here], tokens, now)


def drive(engine, network, now=0, until=None, step=5 * MS):
    """Runs a scan to its end, or for a number of steps; verdicts by number, each seen once."""
    found = {}

    def take(verdicts):
        for number, state in zip(network.space.numbers(verdicts.ends).tolist(), verdicts.state.tolist(), strict=True):
            assert number not in found, "two verdicts"
            found[number] = state
        engine.written(verdicts)

    steps = 0
    while not engine.done and (until is None or steps < until):
        while len(probes := engine.due(now)):
            engine.sent(probes, network.send(probes, now))
        if (come := network.arrived(now)) is not None:
            take(engine.receive(come, now))
        take(engine.expire(now))
        now, steps = now + step, steps + 1
        assert steps < 100_000, "no end"
    return found, now


def mixed(number):
    return (OPEN, CLOSED, CLOSED, SILENT)[number % 4]


STATES = {OPEN: scan_engine.OPEN, CLOSED: scan_engine.CLOSED, SILENT: scan_engine.FILTERED}


def test_every_port_has_the_verdict_that_it_gives():
    where = space(16, range(1, 101))
    network = Network(where, mixed)
    engine = ScanEngine(where, COOKIES, ScanPlan(1), 0)
    found, _ = drive(engine, network)
    assert found == {number: STATES[mixed(number)] for number in range(len(where))}
    assert engine.counts.found == {1: 400, 2: 800, 3: 400}
    assert {network.seen[n] for n in range(len(where)) if mixed(n) is not SILENT} == {1}, "answered, and asked again"
    assert {network.seen[n] for n in range(len(where)) if mixed(n) is SILENT} == {2}


@pytest.mark.parametrize("loss", [0.05, 0.2])
def test_loss_hides_nothing(loss):
    where = space(16, range(1, 101))
    network = Network(where, lambda number: (OPEN, CLOSED)[number % 2], loss=loss, seed=3)
    found, _ = drive(ScanEngine(where, COOKIES, ScanPlan(1), 0), network)
    assert sum(state == scan_engine.FILTERED for state in found.values()) <= 1
    assert max(network.seen.values()) <= 11


def test_retries_bound_what_is_sent():
    where = space(8)
    network = Network(where, lambda number: SILENT)
    found, _ = drive(ScanEngine(where, COOKIES, ScanPlan(1, retries=0), 0), network)
    assert set(network.seen.values()) == {1}
    assert set(found.values()) == {scan_engine.FILTERED}


@settings(max_examples=8)
@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 9), st.floats(0, 0.3))
def test_shards_are_disjoint_and_complete(hosts, ports, parts, loss):
    where, everything = space(hosts, range(1, ports + 1)), []
    for part in range(1, parts + 1):
        network = Network(where, mixed, loss=loss, seed=part)
        found, _ = drive(ScanEngine(where, COOKIES, ScanPlan(5, (part, parts)), 0), network)
        assert set(found) == set(network.seen)
        everything += found
    assert sorted(everything) == list(range(len(where)))


def begun(plan=None):
    where = space()
    engine = ScanEngine(where, COOKIES, plan or ScanPlan(1), 0)
    probes = engine.due(0)
    engine.sent(probes, np.zeros(len(probes), dtype=np.int64))
    return engine, where, probes


def test_forged_answers_mean_nothing():
    engine, where, probes = begun()
    ends = where.endpoints(probes.numbers)
    tokens = cookies_of(COOKIES, ends) + np.uint64(2) & np.uint64(0xFFFFFFFF)
    assert len(engine.receive(answers(ends, [OPEN] * len(probes), tokens, MS), MS)) == 0
    elsewhere = Endpoints(ends.high, ends.low + np.uint64(100), ends.port, ends.is_ipv6)
    good = cookies_of(COOKIES, elsewhere) & np.uint64(0xFFFFFFFF)
    assert len(engine.receive(answers(elsewhere, [OPEN] * len(probes), good, MS), MS)) == 0


def test_a_port_is_told_once_and_the_first_answer_counts():
    engine, where, probes = begun()
    ends = where.endpoints(probes.numbers[[0, 0, 1]])
    tokens = cookies_of(COOKIES, ends) & np.uint64(0xFFFFFFFF)
    verdicts = engine.receive(answers(ends, [OPEN, CLOSED, CLOSED], tokens, MS), MS)
    assert sorted(verdicts.state.tolist()) == [scan_engine.OPEN, scan_engine.CLOSED]
    assert len(engine.receive(answers(ends, [CLOSED] * 3, tokens, 2 * MS), 2 * MS)) == 0
    engine.written(verdicts)
    assert len(engine.receive(answers(ends, [CLOSED] * 3, tokens, 3 * MS), 3 * MS)) == 0


def test_a_reset_may_acknowledge_what_came_before_the_syn():
    engine, where, probes = begun()
    ends = where.endpoints(probes.numbers[:2])
    tokens = cookies_of(COOKIES, ends) - np.uint64(1) & np.uint64(0xFFFFFFFF)
    verdicts = engine.receive(answers(ends, [OPEN, CLOSED], tokens, MS), MS)
    assert verdicts.state.tolist() == [scan_engine.CLOSED]


def test_a_challenge_makes_it_ask_again_at_once():
    engine, where, probes = begun()
    ends = where.endpoints(probes.numbers[:1])
    tokens = cookies_of(COOKIES, ends) & np.uint64(0xFFFFFFFF)
    assert len(engine.receive(answers(ends, [scan_answers.CHALLENGE], tokens, MS), MS)) == 0
    assert engine.due(MS).numbers.tolist() == probes.numbers[:1].tolist()


def test_a_late_answer_still_counts():
    engine, where, probes = begun(ScanPlan(1, retries=0))
    first = engine.expire(scan_engine.SECOND)
    assert len(first) == 0, "given up at once"
    ends = where.endpoints(probes.numbers[:1])
    tokens = cookies_of(COOKIES, ends) & np.uint64(0xFFFFFFFF)
    verdicts = engine.receive(answers(ends, [OPEN], tokens, scan_engine.SECOND), scan_engine.SECOND)
    assert verdicts.state.tolist() == [scan_engine.OPEN]


@pytest.mark.parametrize("rate", [50, 997, 20_000])
def test_a_fixed_rate_is_held(rate):
    where = space(4096, range(1, 101))
    engine = ScanEngine(where, COOKIES, ScanPlan(1, rate=rate), 0)
    sent, now = 0, 0
    while now < 4 * scan_engine.SECOND:
        probes = engine.due(now)
        if len(probes):
            engine.sent(probes, np.full(len(probes), now))
            sent += len(probes)
        assert engine.deadline is not None
        engine.expire(now)
        now = max(min(engine.deadline, now + 3 * MS), now + MS)
    assert sent == pytest.approx(4 * rate, rel=0.01)


def test_a_slow_sender_does_not_catch_up_in_a_burst():
    where = space(4096, range(1, 101))
    engine = ScanEngine(where, COOKIES, ScanPlan(1, rate=1000), 0)
    assert len(engine.due(10 * scan_engine.SECOND)) <= 50


@settings(max_examples=8)
@given(st.integers(0, 40), st.floats(0, 0.3))
def test_what_was_cut_short_is_taken_up_again(steps, loss):
    """Both parts together lack nothing; what was told is told once."""
    where, ledger = space(50, range(1, 21)), Ledger.in_memory(1 << 12)
    first, now = drive(
        ScanEngine(where, COOKIES, ScanPlan(1), 0, ledger), Network(where, mixed, loss=loss), until=steps
    )
    again = ScanEngine(where, COOKIES, ScanPlan(1), now, ledger)
    second, _ = drive(again, Network(where, mixed, loss=loss, seed=1), now)
    assert not set(first) & set(second)
    assert sorted([*first, *second]) == list(range(len(where)))


def test_what_is_under_way_is_bounded_by_the_window():
    where = space(4096, range(1, 101))
    engine = ScanEngine(where, COOKIES, ScanPlan(1), 0)
    sent = 0
    while len(probes := engine.due(0)):
        engine.sent(probes, np.zeros(len(probes), dtype=np.int64))
        sent += len(probes)
    assert sent == engine.window.FIRST
