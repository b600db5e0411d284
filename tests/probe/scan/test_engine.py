"""The engine against a network that is made here: hosts that answer, lose, forge, and repeat."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawkit.probe.scan import engine as scan_engine
from rawkit.probe.scan import kinds
from rawkit.probe.scan.cookie import SEQUENCE
from rawkit.probe.scan.engine import ScanEngine, cookies_to
from rawkit.probe.scan.patience import SECOND
from rawkit.probe.scan.space import Endpoints
from rawkit.probe.scan.turns import Ledger
from rawkit.probe.scan.values import Probes, ScanPlan
from tests.probe.scan.networks import (
    CLOSED,
    COOKIES,
    MS,
    OPEN,
    SILENT,
    Network,
    answers,
    drive,
    own,
    space,
    tokens_for,
)


def mixed(number):
    return (OPEN, CLOSED, CLOSED, SILENT)[number % 4]


STATES = {OPEN: kinds.OPEN, CLOSED: kinds.CLOSED, SILENT: kinds.FILTERED}


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
    assert sum(state == kinds.FILTERED for state in found.values()) <= 1
    assert max(network.seen.values()) <= 11


def test_retries_bound_what_is_sent():
    where = space(8)
    network = Network(where, lambda number: SILENT)
    found, _ = drive(ScanEngine(where, COOKIES, ScanPlan(1, retries=0), 0), network)
    assert set(network.seen.values()) == {1}
    assert set(found.values()) == {kinds.FILTERED}


@settings(max_examples=8)
@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 9), st.floats(0, 0.3))
def test_shards_are_disjoint_and_complete(hosts, ports, parts, loss):
    where, everything = space(hosts, range(1, ports + 1)), []
    for part in range(1, parts + 1):
        network = Network(where, mixed, loss=loss, seed=part)
        found, _ = drive(ScanEngine(where, COOKIES, ScanPlan(5, (part, parts)), 0), network, skip=True)
        assert set(found) == set(network.seen)
        everything += found
    assert sorted(everything) == list(range(len(where)))


def begun(plan=None, hosts=4):
    where = space(hosts)
    engine = ScanEngine(where, COOKIES, plan or ScanPlan(1), 0)
    probes = engine.due(0)
    engine.sent(probes, np.zeros(len(probes), dtype=np.int64))
    return engine, where, probes


def test_forged_answers_mean_nothing():
    engine, where, probes = begun()
    ends = where.endpoints(probes.numbers)
    tokens = tokens_for(ends) + np.uint64(2) & np.uint64(0xFFFFFFFF)
    assert len(engine.receive(answers(ends, [OPEN] * len(probes), tokens, MS), MS)) == 0
    elsewhere = Endpoints(ends.high, ends.low + np.uint64(100), ends.port, ends.is_ipv6)
    good = tokens_for(elsewhere)
    assert len(engine.receive(answers(elsewhere, [OPEN] * len(probes), good, MS), MS)) == 0


def test_an_answer_from_another_target_means_nothing():
    """Each address and port has a cookie of its own, and so has each address of this host."""
    engine, where, probes = begun()
    ends = where.endpoints(probes.numbers)
    swapped = np.arange(len(probes))[::-1]
    assert len(engine.receive(answers(ends, [OPEN] * len(probes), tokens_for(ends)[swapped], MS), MS)) == 0
    elsewhere = own(len(probes), "198.18.255.2")
    assert len(engine.receive(answers(ends, [OPEN] * len(probes), tokens_for(ends), MS, elsewhere), MS)) == 0
    theirs = cookies_to(COOKIES, ends, elsewhere) & SEQUENCE
    assert len(engine.receive(answers(ends, [OPEN] * len(probes), theirs, MS, elsewhere), MS)) == len(probes)


def test_a_syn_in_answer_counts_if_nothing_better_comes():
    engine, where, probes = begun(ScanPlan(1, retries=0))
    ends = where.endpoints(probes.numbers[:2])
    no_tokens = np.zeros(2, dtype=np.uint64)
    assert len(engine.receive(answers(ends, [kinds.SYN] * 2, no_tokens, MS), MS)) == 0
    second = ends.select(np.array([1]))
    verdicts = engine.receive(answers(second, [CLOSED], tokens_for(second), 2 * MS), 2 * MS)
    assert verdicts.state.tolist() == [kinds.CLOSED]
    engine.written(verdicts)
    engine.expire(SECOND)
    rest = engine.expire(10 * SECOND)
    told = dict(zip(rest.turns.tolist(), zip(rest.state.tolist(), rest.kind.tolist(), strict=True), strict=True))
    assert told.pop(int(probes.turns[0])) == (kinds.OPEN, kinds.SYN)
    assert set(told.values()) == {(kinds.FILTERED, kinds.NO_RESPONSE)}


def test_a_port_is_told_once_and_the_first_answer_counts():
    engine, where, probes = begun()
    ends = where.endpoints(probes.numbers[[0, 0, 1]])
    tokens = tokens_for(ends)
    verdicts = engine.receive(answers(ends, [OPEN, CLOSED, CLOSED], tokens, MS), MS)
    assert sorted(verdicts.state.tolist()) == [kinds.OPEN, kinds.CLOSED]
    assert len(engine.receive(answers(ends, [CLOSED] * 3, tokens, 2 * MS), 2 * MS)) == 0
    engine.written(verdicts)
    assert len(engine.receive(answers(ends, [CLOSED] * 3, tokens, 3 * MS), 3 * MS)) == 0


def test_a_reset_may_acknowledge_what_came_before_the_syn():
    engine, where, probes = begun()
    ends = where.endpoints(probes.numbers[:2])
    tokens = tokens_for(ends) - np.uint64(1) & np.uint64(0xFFFFFFFF)
    verdicts = engine.receive(answers(ends, [OPEN, CLOSED], tokens, MS), MS)
    assert verdicts.state.tolist() == [kinds.CLOSED]


def test_a_challenge_makes_it_ask_again_at_once():
    engine, where, probes = begun()
    ends = where.endpoints(probes.numbers[:1])
    tokens = tokens_for(ends)
    assert len(engine.receive(answers(ends, [kinds.CHALLENGE], tokens, MS), MS)) == 0
    assert engine.due(MS).numbers.tolist() == probes.numbers[:1].tolist()


def test_a_late_answer_still_counts():
    engine, where, probes = begun(ScanPlan(1, retries=0))
    first = engine.expire(SECOND)
    assert len(first) == 0, "given up at once"
    ends = where.endpoints(probes.numbers[:1])
    tokens = tokens_for(ends)
    verdicts = engine.receive(answers(ends, [OPEN], tokens, SECOND), SECOND)
    assert verdicts.state.tolist() == [kinds.OPEN]


@pytest.mark.parametrize("rate", [50, 997, 20_000])
def test_a_fixed_rate_is_held(rate):
    where = space(4096, range(1, 101))
    engine = ScanEngine(where, COOKIES, ScanPlan(1, rate=rate), 0)
    sent, now = 0, 0
    while now < 4 * SECOND:
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
    assert len(engine.due(10 * SECOND)) <= 50


@pytest.mark.slow
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


def test_probes_are_under_way_before_they_have_left():
    engine = ScanEngine(space(4096, range(1, 101)), COOKIES, ScanPlan(1), 0)
    assert sum(iter(lambda: len(engine.due(0)), 0)) == engine.window.FIRST


def test_probes_that_left_in_another_order_are_all_sent_again():
    engine = ScanEngine(space(), COOKIES, ScanPlan(1, timeout=100 * MS), 0)
    probes = engine.due(0)
    engine.sent(probes, np.arange(len(probes), 0, -1) * MS)
    engine.expire((100 + len(probes)) * MS)
    assert sorted(engine.due(SECOND).numbers.tolist()) == sorted(probes.numbers.tolist())


def test_an_answer_between_due_and_sent_is_told_once():
    engine, where, probes = begun(ScanPlan(1, timeout=100 * MS), 4096)
    assert len(probes) == engine.window.FIRST
    engine.expire(101 * MS)
    again = engine.due(101 * MS)
    assert sorted(again.turns.tolist()) == sorted(probes.turns.tolist())
    ends = where.endpoints(again.numbers)
    told = engine.receive(answers(ends, [OPEN] * len(ends), tokens_for(ends), 102 * MS), 102 * MS)
    engine.written(told)
    engine.sent(again, np.full(len(again), 101 * MS))
    assert sorted(told.turns.tolist()) == sorted(probes.turns.tolist())
    assert len(engine.receive(answers(ends, [OPEN] * len(ends), tokens_for(ends), 103 * MS), 103 * MS)) == 0
    assert len(engine.expire(SECOND)) == 0
    assert len(engine.due(SECOND)) == min(int(engine.window.size), scan_engine.BATCH), "none is under way any more"


@pytest.mark.parametrize("moment", [0, 3, 9, 25, 60, 140, 200])
def test_what_is_cut_short_sends_at_most_a_batch_again(moment):
    """Silent ports too: each is sent as often as without the cut, but for those that waited for an answer."""
    where, ledger = space(50, range(1, 201)), Ledger.in_memory(1 << 15)
    network = Network(where, mixed)
    first, now = drive(ScanEngine(where, COOKIES, ScanPlan(1), 0, ledger), network, until=moment)
    second, _ = drive(ScanEngine(where, COOKIES, ScanPlan(1), now, ledger), network, now)
    assert sorted([*first, *second]) == list(range(len(where)))
    needed = sum(2 if mixed(number) is SILENT else 1 for number in range(len(where)))
    assert needed <= sum(network.seen.values()) <= needed + scan_engine.BATCH


def test_verdicts_that_were_written_and_not_marked_are_settled():
    where, ledger = space(), Ledger.in_memory(1 << 12)
    engine = ScanEngine(where, COOKIES, ScanPlan(1), 0, ledger)
    probes = engine.due(0)
    engine.sent(probes, np.zeros(len(probes), dtype=np.int64))
    ledger.settle(probes.turns[:3])
    again = ScanEngine(where, COOKIES, ScanPlan(1), MS, ledger)
    assert again.due(MS).turns.tolist() == probes.turns[3:].tolist()
    ledger.settle(probes.turns)
    assert ScanEngine(where, COOKIES, ScanPlan(1), MS, ledger).done


class Bottleneck(Network):
    """A network with a line that carries so many probes a second; what finds the queue before it full is lost."""

    def __init__(self, where, state_of, rate, queue, **options):
        super().__init__(where, state_of, **options)
        self.gap, self.queue, self.free = SECOND / rate, queue, 0.0

    def send(self, probes, now):
        waiting = max(self.free - now, 0) / self.gap
        fits = max(min(len(probes), int(self.queue - waiting)), 0)
        for number in probes.numbers[fits:].tolist():
            self.seen[number] = self.seen.get(number, 0) + 1
        taken, delay = probes.numbers[:fits], self.delay
        for row in range(fits):
            self.free = max(self.free, now) + self.gap
            self.delay = round(self.free - now) + delay
            super().send(Probes(*[taken[row : row + 1]] * 3), now)
        self.delay = delay
        return np.full(len(probes), now)


@pytest.mark.slow
@pytest.mark.parametrize(("queue", "most"), [(100, 1.4), (1000, 1.02)])
def test_a_full_queue_closes_the_window(queue, most):
    """5,000 probes a second, a queue of 20 or 200 ms: as fast as the line is, and nothing is missed."""
    where = space(16, range(1, 1001))
    network = Bottleneck(where, lambda number: (OPEN, CLOSED)[number % 2], 5000, queue)
    engine = ScanEngine(where, COOKIES, ScanPlan(1), 0)
    found, now = drive(engine, network, step=MS)
    assert kinds.FILTERED not in found.values()
    assert now < 1.2 * len(where) / 5000 * SECOND
    assert engine.counts.sent <= most * len(where)
    assert engine.window.size < 1000


@pytest.mark.parametrize("loss", [0.05, 0.2])
def test_the_loss_of_a_line_leaves_the_window_open(loss):
    where = space(16, range(1, 1001))
    network = Network(where, lambda number: (OPEN, CLOSED)[number % 2], loss=loss, seed=3)
    engine = ScanEngine(where, COOKIES, ScanPlan(1), 0)
    drive(engine, network)
    assert engine.window.size > 4000
