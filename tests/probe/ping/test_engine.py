"""The engine with a clock turned by hand: what is sent when, and what each answer is."""

from __future__ import annotations

from ipaddress import ip_address
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.probe.ping.engine import PingEngine
from rawkit.probe.ping.plan import MILLISECOND, SECOND, PingPlan
from rawkit.probe.ping.results import Answer, Problem, Stamp
from rawkit.probe.targets import Target

A, B = (Target(text, ip_address(text)) for text in ("192.0.2.1", "192.0.2.2"))
GROUP = Target("ff02::1", ip_address("ff02::1"))
RTT = 3 * MILLISECOND


class World:
    """An engine, and its clock in nanoseconds."""

    def __init__(self, plan: PingPlan, *targets: Target) -> None:
        self.now = 0
        self.sent: list[tuple[str, int, int]] = []
        self.numbers: dict[tuple[str, int], int] = {}
        self.results = []
        self.engine = PingEngine(plan, targets or (A,), now=0)

    def send(self) -> list[int]:
        """Sends all that is due; the numbers of the probes."""
        begin = len(self.sent)
        while probe := self.engine.due(self.now):
            self.sent.append((probe.target.name, probe.seq, self.now))
            self.numbers[probe.target.name, probe.seq] = probe.number
            self.engine.sent(probe, self.now, Stamp(self.now, "kernel"))
        return [seq for _, seq, _ in self.sent[begin:]]

    def answer(self, seq: int | None, address: str = "192.0.2.1", **more):
        """An answer that comes now."""
        result = self.engine.receive(Answer(address, None, seq, 64, 64, **more), self.now, Stamp(self.now, "kernel"))
        self.results += [result] if result else []
        return result

    def to(self, now: int) -> list:
        """Turns the clock on, and gives what is over then."""
        self.now = now
        found = self.engine.expire(now, time=now)
        self.results += found
        return found

    def play(self, answer=lambda name, seq: RTT, end: int = 1000 * SECOND) -> None:
        """Lets all happen; `answer` says how long the answer to a probe takes, None for never."""
        under_way: list[tuple[int, str, int]] = []
        while not self.engine.done:
            begin = len(self.sent)
            self.send()
            for name, seq, at in self.sent[begin:]:
                delay = answer(name, seq)
                under_way += [] if delay is None else [(at + delay, name, seq)]
            under_way.sort()
            deadline = self.engine.deadline
            if under_way and (deadline is None or under_way[0][0] <= deadline):
                self.now, name, seq = under_way.pop(0)
                self.answer(self.numbers[name, seq] % 65536, name)
            else:
                assert deadline is not None
                assert deadline < end
                self.now = max(deadline, self.now)
            self.to(self.now)

    @property
    def kinds(self) -> list[tuple[str, int]]:
        return [(result.kind, result.seq) for result in self.results]

    @property
    def summary(self):
        return self.engine.summaries[0]


def test_probes_leave_an_interval_apart_without_drift():
    world = World(PingPlan(count=4, interval=SECOND))
    world.play()
    assert [at for _, _, at in world.sent] == [0, SECOND, 2 * SECOND, 3 * SECOND]
    assert world.kinds == [("reply", seq) for seq in (1, 2, 3, 4)]
    assert {result.rtt_ns for result in world.results} == {RTT}


def test_a_late_turn_is_caught_up_but_not_by_a_burst():
    world = World(PingPlan(interval=SECOND))
    world.send()
    world.to(1_400 * MILLISECOND)
    assert world.send() == [2]
    world.to(2 * SECOND)
    assert world.send() == [3]
    world.to(10 * SECOND)
    assert world.send() == [4]
    assert world.engine.deadline == 11 * SECOND


def test_preload_leaves_at_once():
    world = World(PingPlan(count=5, preload=3, interval=SECOND))
    assert world.send() == [1]
    world.to(MILLISECOND)
    world.send()
    world.to(2 * MILLISECOND)
    world.send()
    assert [seq for _, seq, _ in world.sent] == [1, 2, 3]
    assert world.engine.deadline >= SECOND


@given(st.integers(1, 20), st.integers(50, 2000))
def test_the_rate_is_kept_over_all_targets(targets, rate):
    names = [Target(str(n), ip_address(0xC0000200 + n)) for n in range(targets)]
    world = World(PingPlan(count=3, interval=MILLISECOND, rate=rate), *names)
    world.play(answer=lambda name, seq: None)
    times = [at for _, _, at in world.sent]
    gap = SECOND // rate
    assert len(times) == 3 * targets
    assert all(later - earlier >= gap for earlier, later in pairwise(times))


def test_silence_is_a_timeout_and_the_answer_after_it_late():
    world = World(PingPlan(timeout=SECOND, interval=10 * SECOND))
    world.send()
    assert [result.kind for result in world.to(SECOND)] == ["timeout"]
    world.now += 1
    late = world.answer(1)
    assert (late.kind, late.rtt_ns) == ("late", SECOND + 1)
    assert (world.summary.received, world.summary.late, world.summary.lost) == (0, 1, 1)


def test_a_second_answer_is_a_duplicate():
    world = World(PingPlan(count=1, interval=SECOND), A, B)
    world.send()
    world.to(MILLISECOND)
    world.send()
    world.now = 2 * MILLISECOND
    assert world.answer(1).kind == "reply"
    assert world.answer(1) is None, "a target that is done is done"
    world = World(PingPlan(count=2, interval=SECOND))
    world.send()
    assert [world.answer(1).kind for _ in range(3)] == ["reply", "duplicate", "duplicate"]
    assert (world.summary.received, world.summary.duplicates) == (1, 2)


def test_an_answer_that_was_overtaken_is_reordered():
    world = World(PingPlan(interval=MILLISECOND))
    for _ in range(3):
        world.send()
        world.to(world.now + MILLISECOND)
    assert [world.answer(seq).reordered for seq in (2, 1, 3)] == [False, True, False]
    assert world.summary.reordered == 1


def test_a_corrupt_answer_is_none():
    world = World(PingPlan(interval=SECOND))
    world.send()
    assert world.answer(1, corrupt="bad checksum").detail == "bad checksum"
    assert world.answer(1).kind == "reply"
    assert (world.summary.received, world.summary.corrupt) == (1, 1)


def test_errors_say_who_and_why():
    world = World(PingPlan(count=1))
    world.send()
    problem = Problem(3, 4, 4, mtu=1400)
    answer = Answer("192.0.2.254", "192.0.2.1", 1, problem=problem)
    result = world.engine.receive(answer, 5, Stamp(5))
    assert (result.kind, result.address, result.problem, result.rtt_ns) == ("error", "192.0.2.254", problem, None)
    assert world.engine.done
    assert (world.summary.errors, world.summary.received) == (1, 0)


def test_what_this_host_refuses_counts_as_sent():
    world = World(PingPlan(count=1))
    probe = world.engine.due(0)
    result = world.engine.refused(probe, Problem(None, None, 4, mtu=1500, errno=90), 0, Stamp(0))
    assert (result.kind, result.seq, world.summary.sent, world.engine.done) == ("error", 1, 1, True)


def test_an_answer_to_nothing_is_nothing():
    world = World(PingPlan(), A, B)
    world.send()
    assert world.answer(7) is None
    assert world.answer(7, "203.0.113.9") is None
    assert world.answer(None, "203.0.113.9") is None
    assert world.summary.received == 0


# Several targets ---------------------------------------------------------------------------------------------------


def world_of(*targets: Target, plan: PingPlan | None = None) -> World:
    """Targets, each of which has been sent a probe: numbers on the wire are 1, 2, ..."""
    world = World(plan or PingPlan(interval=60 * SECOND, timeout=10 * SECOND, rate=SECOND), *targets)
    while len(world.sent) < len(targets):
        world.send()
        world.to(world.now + 1)
    return world


def test_an_answer_from_elsewhere_is_for_the_probe_with_its_number():
    world = world_of(A, B)
    for number, address, target in ((1, "203.0.113.9", A), (2, A.text, B)):
        result = world.answer(number, address)
        assert (result.kind, result.target, result.seq, result.from_elsewhere) == ("reply", target, 1, True)
    assert [dict(one.answerers) for one in world.engine.summaries] == [{"203.0.113.9": 1}, {A.text: 1}]


def test_names_of_one_address_are_targets_of_their_own():
    names = [Target(name, A.address) for name in ("www.example", "mail.example")]
    world = world_of(*names)
    assert [world.answer(number).target for number in (2, 1)] == names[::-1]
    assert [(one.received, one.duplicates) for one in world.engine.summaries] == [(1, 0), (1, 0)]


def test_names_of_one_address_where_answers_have_no_number():
    """As with ARP: each answer is for one that waits."""
    names = [Target(name, A.address) for name in ("www.example", "mail.example")]
    world = world_of(*names)
    assert [world.answer(None).target for _ in names] == names
    assert world.answer(None).kind == "duplicate"


def test_what_others_on_this_host_ask_has_answers_of_its_own():
    """As with ARP, where nothing tells them apart: those for which nothing waits here are theirs, for a second."""
    world = World(PingPlan(interval=SECOND))

    def heard(address=A.text):
        answer = Answer(address, None, None, is_theirs=True)
        assert world.engine.receive(answer, world.now, Stamp(world.now)) is None

    world.send()
    heard()
    heard("192.0.2.77")
    assert world.answer(None).kind == "reply"
    assert world.answer(None) is None
    assert world.answer(None).kind == "duplicate"
    heard()
    world.now += SECOND + 1
    assert world.answer(None).kind == "duplicate"
    assert (world.summary.received, world.summary.duplicates) == (1, 2)


def test_a_corrupt_answer_belongs_to_its_address_whatever_its_number_says():
    world = world_of(A, B)
    assert world.answer(1, B.text, corrupt="bad checksum").target == B
    assert world.answer(2, B.text, corrupt="bad checksum").target == B
    assert world.answer(1, "203.0.113.9", corrupt="bad checksum").target == A


def test_an_error_is_for_the_probe_that_it_quotes():
    names = [Target(name, A.address) for name in ("www.example", "mail.example")]
    world = world_of(*names)
    answer = Answer("192.0.2.254", A.text, 2, problem=Problem(3, 1, 4))
    assert world.engine.receive(answer, world.now, Stamp(world.now)).target == names[1]


def test_where_numbers_have_come_round_the_address_tells():
    """The first target's answer comes after 65,536 more probes, the last of which has its number again."""
    others = [Target(str(n), ip_address(0xC6120000 + n)) for n in range(1 << 16)]
    world = world_of(A, *others)
    assert world.numbers[others[-1].name, 1] == 1 + (1 << 16)
    late = world.answer(1, A.text)
    assert (late.kind, late.target, late.from_elsewhere) == ("reply", A, False)
    assert world.answer(1, "203.0.113.9").target == others[-1]


@pytest.mark.slow
def test_numbers_on_the_wire_come_round():
    world = World(PingPlan(count=70_000, interval=MILLISECOND, timeout=SECOND, rate=10_000))
    world.play()
    assert world.summary.received == 70_000
    assert world.kinds[-1] == ("reply", 70_000)


def test_without_a_number_the_latest_probe_is_meant():
    world = World(PingPlan(interval=MILLISECOND))
    world.send()
    world.to(MILLISECOND)
    world.send()
    assert world.answer(None).seq == 2
    assert world.answer(None).seq == 1
    assert (world.answer(None).kind, world.summary.duplicates) == ("duplicate", 1)


def test_without_a_number_no_probe_is_meant_that_was_sent_behind_its_answer():
    """The kernel had the answer before; this program, on a busy machine, sent the second probe and read it then."""
    world = World(PingPlan(interval=MILLISECOND))
    world.send()
    world.to(MILLISECOND)
    world.send()

    def heard(stamp):
        return world.engine.receive(Answer("192.0.2.1", None, None, 64, 64), world.now, Stamp(stamp, "kernel")).seq

    assert heard(MILLISECOND // 2) == 1
    assert heard(MILLISECOND) == 2
    world.to(2 * MILLISECOND)
    world.send()
    assert heard(-1) == 3, "somebody has set the clock"


def test_the_last_answer_is_waited_for_as_long_as_two_round_trips():
    """As ping(8) has it for -W: time-outs are for silence, else it waits for two round trips."""
    world = World(PingPlan(count=2, interval=10 * MILLISECOND, timeout=10 * SECOND))
    world.play(answer=lambda name, seq: 40 * MILLISECOND if seq == 1 else None)
    assert world.kinds == [("reply", 1), ("timeout", 2)]
    assert world.now == 90 * MILLISECOND


def test_the_deadline_ends_all():
    world = World(PingPlan(deadline=2_500 * MILLISECOND, interval=SECOND))
    world.play(answer=lambda name, seq: None)
    assert [seq for _, seq, _ in world.sent] == [1, 2, 3]
    assert world.now == 2_500 * MILLISECOND
    assert world.kinds == [("timeout", 1), ("timeout", 2), ("timeout", 3)]


def test_with_a_deadline_answers_are_counted_instead_of_probes():
    world = World(PingPlan(count=2, deadline=60 * SECOND, interval=SECOND))
    world.play(answer=lambda name, seq: RTT if seq > 3 else None)
    assert [seq for _, seq, _ in world.sent] == [1, 2, 3, 4, 5]
    assert world.summary.received == 2


def test_eager_sends_when_the_answer_comes():
    world = World(PingPlan(count=5, interval=SECOND, eager=True, rate=10**6))
    world.play()
    assert [at for _, _, at in world.sent] == [n * RTT for n in range(5)]


def test_eager_has_a_shortest_pause():
    world = World(PingPlan(count=3, interval=SECOND, eager=True, minimum=2 * RTT, rate=10**6))
    world.play()
    assert [at for _, _, at in world.sent] == [0, 2 * RTT, 4 * RTT]


def test_eager_without_answers_goes_on_by_the_interval():
    world = World(PingPlan(count=3, interval=SECOND, eager=True, timeout=SECOND))
    world.play(answer=lambda name, seq: None)
    assert [at for _, _, at in world.sent] == [0, SECOND, 2 * SECOND]


def test_retries_come_when_the_time_is_over_and_longer_each_time():
    plan = PingPlan(retries=2, timeout=100 * MILLISECOND, backoff=2.0)
    world = World(plan, A, B)
    world.play(answer=lambda name, seq: RTT if name == B.name and seq == 2 else None)
    of_a = [at for name, _, at in world.sent if name == A.name]
    assert of_a == [0, 100 * MILLISECOND, 300 * MILLISECOND]
    assert len([1 for name, _, _ in world.sent if name == B.name]) == 2
    assert [summary.alive for summary in world.engine.summaries] == [False, True]
    assert world.now == 700 * MILLISECOND


def test_a_slow_target_holds_up_no_other():
    world = World(PingPlan(count=3, interval=10 * MILLISECOND, timeout=10 * SECOND, rate=10**6), A, B)
    world.play(answer=lambda name, seq: RTT if name == B.name else None)
    assert max(at for name, _, at in world.sent if name == B.name) == 20 * MILLISECOND
    assert world.engine.summaries[1].received == 3


def test_all_of_a_group_may_answer():
    world = World(PingPlan(count=1, interval=SECOND), GROUP)
    world.send()
    world.now = MILLISECOND
    kinds = [world.answer(1, address).kind for address in ("fe80::1", "fe80::2", "fe80::1")]
    assert kinds == ["reply", "reply", "duplicate"]
    assert (world.summary.received, dict(world.summary.answerers)) == (1, {"fe80::1": 2, "fe80::2": 1})
    assert not world.engine.done, "another may still answer"
    world.to(SECOND)
    assert world.engine.done


def test_all_of_a_network_may_answer_its_broadcast():
    network = Target("192.0.2.255", ip_address("192.0.2.255"), is_broadcast=True)
    world = world_of(network, A)
    results = [world.answer(1, address) for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1")]
    assert [result.kind for result in results] == ["reply", "reply", "duplicate"]
    assert not any(result.from_elsewhere for result in results)
    assert world.answer(2, A.text).target == A


def test_ctrl_c_ends_at_once():
    world = World(PingPlan())
    world.send()
    world.engine.stop()
    assert world.engine.done
    assert (world.engine.deadline, world.summary.sent) == (None, 1)


def test_a_better_stamp_is_taken():
    world = World(PingPlan(count=1))
    probe = world.engine.due(0)
    world.engine.sent(probe, 0, Stamp(100))
    world.engine.stamped(probe, Stamp(180, "kernel"))
    result = world.engine.receive(Answer("192.0.2.1", None, 1), 500, Stamp(200, "kernel"))
    assert (result.rtt_ns, result.clock) == (20, "kernel")


@pytest.mark.parametrize("came", [50, 10**12])
def test_a_clock_that_was_set_meanwhile_is_not_believed(came):
    world = World(PingPlan(count=1))
    world.engine.sent(world.engine.due(0), 0, Stamp(100, "kernel"))
    result = world.engine.receive(Answer("192.0.2.1", None, 1), 500, Stamp(came, "kernel"))
    assert (result.rtt_ns, result.clock) == (500, "user")


@pytest.mark.slow
def test_memory_does_not_grow():
    world = World(PingPlan(count=200_000, interval=MILLISECOND // 100, timeout=SECOND, rate=10**6))
    world.play(answer=lambda name, seq: 1000)
    course = world.engine._courses[0]
    assert len(course.probes) <= course.memory
    assert len(world.engine._timers) <= 200_000
    assert len(course.summary.times.kept) <= course.memory


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from(["192.0.2.1", "192.0.2.2"]), st.booleans())))
def test_whatever_comes_numbers_add_up(answers):
    """However answers are lost, repeated and mixed, none is counted twice and none invents a probe."""
    world = World(PingPlan(interval=MILLISECOND, timeout=20 * MILLISECOND), A, B)
    for seq, address, is_corrupt in answers:
        world.send()
        world.answer(seq, address, corrupt="bad checksum" if is_corrupt else "")
        world.to(world.now + MILLISECOND)
    for summary in world.engine.summaries:
        assert 0 <= summary.received <= summary.sent
        assert summary.times.count == summary.received
        mine = [result for result in world.results if result.target is summary.target]
        assert summary.received == len({result.seq for result in mine if result.kind == "reply"})
        assert summary.received + summary.duplicates + summary.late + summary.corrupt == len(
            [result for result in mine if result.kind != "timeout"]
        )


def test_a_target_is_cut_short_where_probes_were_still_to_come_or_to_be_waited_for():
    unasked, waiting, silent = (World(PingPlan(retries=1, timeout=10, interval=10, rate=SECOND)) for _ in range(3))
    unasked.engine.stop()
    for world, times in ((waiting, (0, 10)), (silent, (0, 10, 20))):
        for world.now in times:
            world.engine.expire(world.now, world.now)
            world.send()
        world.engine.stop()
    found = [(len(world.sent), world.engine.summaries[0].cut_short) for world in (unasked, waiting, silent)]
    assert found == [(0, True), (2, True), (2, False)]
