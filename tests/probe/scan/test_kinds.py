"""Each kind of scan against networks that are made here, those that limit their errors among them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawkit.facts import icmp, icmpv6
from rawkit.probe.scan import kinds
from rawkit.probe.scan.cookie import SEQUENCE
from rawkit.probe.scan.engine import ScanEngine, cookies_to
from rawkit.probe.scan.kinds import KINDS
from rawkit.probe.scan.patience import SECOND
from rawkit.probe.scan.turns import DOUBTED, Ledger
from rawkit.probe.scan.values import ScanPlan
from tests.probe.scan.networks import COOKIES, MS, REFUSED, Limited, Network, answers, drive, own, space, tokens_for

DATAGRAM, RESET, SILENT = kinds.DATAGRAM, kinds.RESET, None
PROHIBITED = kinds.ICMP | icmp.DESTINATION_UNREACHABLE << 8 | icmp.COMMUNICATION_PROHIBITED
MEANINGS = {
    # nmap's man page, "Port Scanning Techniques": what an answer, a RST, an ICMP error and silence say.
    "syn": {kinds.SYN_ACK: "open", RESET: "closed", REFUSED: "filtered", PROHIBITED: "filtered", SILENT: "filtered"},
    "udp": {DATAGRAM: "open", REFUSED: "closed", PROHIBITED: "filtered", SILENT: "open|filtered"},
    "ack": {RESET: "unfiltered", REFUSED: "filtered", PROHIBITED: "filtered", SILENT: "filtered"},
    "fin": {RESET: "closed", REFUSED: "filtered", PROHIBITED: "filtered", SILENT: "open|filtered"},
    "null": {RESET: "closed", REFUSED: "filtered", PROHIBITED: "filtered", SILENT: "open|filtered"},
    "xmas": {RESET: "closed", REFUSED: "filtered", PROHIBITED: "filtered", SILENT: "open|filtered"},
    "maimon": {RESET: "closed", REFUSED: "filtered", PROHIBITED: "filtered", SILENT: "open|filtered"},
}


def words(found):
    return {number: kinds.STATES[state] for number, state in found.items()}


def scan(network, kind, ledger=None, **plan):
    engine = ScanEngine(network.space, COOKIES, ScanPlan(1, scan=KINDS[kind], **plan), 0, ledger)
    found, now = drive(engine, network, skip=True)
    return words(found), now, engine


def test_each_kind_is_held_to_nmaps_manual():
    assert set(KINDS) == set(MEANINGS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("loss", [0.0, 0.1])
def test_answers_mean_what_nmap_says(kind, loss):
    given = list(MEANINGS[kind])
    network = Network(space(4, range(1, 101)), lambda number: given[number % len(given)], loss=loss, seed=5)
    found, _, engine = scan(network, kind)
    expected = {number: MEANINGS[kind][given[number % len(given)]] for number in range(len(network.space))}
    differing = [number for number in expected if found[number] != expected[number]]
    assert len(differing) <= (1 if loss else 0), "one in a thousand scans misses an answer"
    assert sum(engine.counts.found.values()) == len(network.space)
    assert engine.limited == 0 or loss
    assert {kinds.STATES[state] for state in engine.counts.found} == set(MEANINGS[kind].values())


@pytest.mark.parametrize("kind", KINDS)
def test_answers_of_other_kinds_say_nothing(kind):
    other = {kinds.SYN_ACK, kinds.SYN, DATAGRAM, kinds.CHALLENGE} - set(KINDS[kind].answers)
    for one in other:
        found, _, _ = scan(Network(space(1), lambda _, one=one: one), kind)
        assert set(found.values()) == {MEANINGS[kind][SILENT]}


@pytest.mark.parametrize("error", kinds.REFUSALS)
def test_a_router_cannot_say_that_a_datagrams_port_is_closed(error):
    where = space(1, [53])
    engine = ScanEngine(where, COOKIES, ScanPlan(1, scan=KINDS["udp"]), 0)
    probes = engine.due(0)
    engine.sent(probes, np.zeros(1, dtype=np.int64))
    ends = where.endpoints(probes.numbers)
    told = answers(ends, [error], tokens_for(ends), MS)
    router = type(told)(**{name: getattr(told, name) for name in told.__slots__} | {"sender": own(1, "198.18.9.9")})
    assert kinds.STATES[int(engine.receive(router, MS).state[0])] == "filtered"


def test_numbers_of_errors():
    codes = {one: (one >> 8 & 0xFF, one & 0xFF) for one in kinds.REFUSALS}
    assert list(codes.values()) == [(3, 3), (icmpv6.DESTINATION_UNREACHABLE, 4)]  # RFC 792, RFC 4443


def closed_but(silent, answering=()):
    return lambda number: SILENT if number in silent else DATAGRAM if number in answering else REFUSED


@pytest.mark.parametrize(("period", "burst"), [(SECOND, 6), (SECOND // 4, 6), (SECOND // 200, 1), (2 * SECOND, 1)])
def test_a_host_that_limits_its_errors_has_no_silent_ports_of_ours(period, burst):
    """Every port that is closed is found closed, not much later than the host can say so."""
    silent, answering = {3, 50, 51, 52, 99}, {7, 60}
    network = Limited(space(1, range(1, 121)), closed_but(silent, answering), period, burst)
    found, now, engine = scan(network, "udp")
    assert {number for number, word in found.items() if word == "open|filtered"} == silent
    assert {number for number, word in found.items() if word == "open"} == answering
    assert now < 1.5 * (len(found) - burst) * period + 8 * SECOND
    assert engine.counts.sent < 8 * len(found)
    assert engine.limited == 1


def test_many_silent_ports_of_a_limited_host_take_few_of_its_errors():
    """1,000 ports, 20 of them closed: one error tells of a group of silent ports."""
    silent = set(range(1000)) - set(range(0, 1000, 50))
    network = Limited(space(1, range(1, 1001)), closed_but(silent))
    found, now, _ = scan(network, "udp")
    assert {number for number, word in found.items() if word == "open|filtered"} == silent
    assert now < 100 * SECOND


def test_limited_hosts_are_asked_side_by_side():
    silent = set(range(0, 640, 7))
    network = Limited(space(16, range(1, 41)), closed_but(silent))
    found, now, _ = scan(network, "udp")
    assert {number for number, word in found.items() if word == "open|filtered"} == silent
    assert now < 70 * SECOND


def test_errors_of_a_router_are_limited_too():
    """FIN: the open ports are silent, what the router rejects is filtered, also where it may not say so at once."""
    network = Limited(space(1, range(1, 61)), lambda number: PROHIBITED if number % 2 else SILENT)
    found, _, _ = scan(network, "fin")
    assert found == {number: "filtered" if number % 2 else "open|filtered" for number in range(60)}


def test_a_host_that_is_gone_is_given_up():
    network = Limited(space(1, range(1, 101)), closed_but(()), burst=6, period=10**6 * SECOND)
    found, now, _ = scan(network, "udp")
    assert sorted(found.values()).count("closed") == 6
    assert now < 40 * SECOND


def test_without_retries_nobody_is_asked_again():
    network = Limited(space(1, range(1, 101)), closed_but(()))
    found, _, engine = scan(network, "udp", retries=0)
    assert engine.counts.sent == 100
    assert sorted(found.values()).count("closed") == 6


@pytest.mark.parametrize("rate", [20, 500])
def test_a_fixed_rate_holds_where_silence_is_doubted(rate):
    network = Limited(space(1, range(1, 41)), closed_but(()), SECOND // 4)
    found, now, engine = scan(network, "udp", rate=rate)
    assert set(found.values()) == {"closed"}
    assert engine.counts.sent <= rate * now / SECOND + 2


@settings(max_examples=6)
@given(st.integers(0, 60))
def test_what_is_doubted_is_taken_up_again(steps):
    silent = {3, 9}
    network, ledger = Limited(space(1, range(1, 31)), closed_but(silent), SECOND // 4), Ledger.in_memory(1 << 10)
    plan = ScanPlan(1, scan=KINDS["udp"])
    first, now = drive(ScanEngine(network.space, COOKIES, plan, 0, ledger), network, until=steps, skip=True)
    second, _ = drive(ScanEngine(network.space, COOKIES, plan, now, ledger), network, now, skip=True)
    assert not set(first) & set(second)
    told = words(first | second)
    assert {number for number, word in told.items() if word == "open|filtered"} == silent
    assert len(told) == 30


def test_shards_doubt_for_themselves():
    told = {}
    for part in (1, 2, 3):
        network = Limited(space(1, range(1, 41)), closed_but({5}), SECOND // 10)
        told |= scan(network, "udp", shard=(part, 3))[0]
    assert {number for number, word in told.items() if word == "open|filtered"} == {5}
    assert len(told) == 40


@given(
    st.sampled_from(sorted(KINDS)), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 7), st.integers(0, 1 << 64)))
)
def test_junk_decides_nothing(kind, junk):
    """Answers of any kind with any number: none is believed but a datagram, which has no number."""
    where = space(1, range(1, 11))
    engine = ScanEngine(where, COOKIES, ScanPlan(1, scan=KINDS[kind]), 0)
    probes = engine.due(0)
    engine.sent(probes, np.zeros(len(probes), dtype=np.int64))
    told = [*KINDS[kind].answers, REFUSED, PROHIBITED]
    told = [one for one in told if one not in (kinds.SYN, DATAGRAM)]
    if not junk:
        return
    ends = where.endpoints(np.array([number for number, _, _ in junk]))
    tokens = np.array([token % (1 << 64) for _, _, token in junk], dtype=np.uint64)
    right = cookies_to(COOKIES, ends, own(len(ends))) & SEQUENCE
    near = (tokens & SEQUENCE == right) | (tokens + np.uint64(1) & SEQUENCE == right)
    tokens = np.where(near, tokens + np.uint64(7), tokens)
    verdicts = engine.receive(answers(ends, [told[which % len(told)] for _, which, _ in junk], tokens, MS), MS)
    assert len(verdicts) == 0
    assert DOUBTED not in engine._turns.state
