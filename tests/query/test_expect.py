"""Expectations: what they say, beside tshark and NumPy; what is wrong with one; the frames that show why it fails."""

from __future__ import annotations

import subprocess
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.api.captures import follow
from rawkit.api.check import check
from rawkit.decode import Decoder
from rawkit.errors import FilterError, RawkitError
from rawkit.flow.kinds import BY_NAME
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.query.expect import tallies
from rawkit.query.expect.expectation import compile_expectation
from rawkit.query.expect.judge import Judge, Judged
from rawkit.query.expect.tallies import Distinct, Rank
from rawkit.query.expect.witnesses import MOST
from rawkit.values import replace
from tests.conftest import ROOT

CAPTURES = ROOT / "captures"
THREE = CAPTURES / "tcp-three-at-once.pcap"


def judged(path, *texts) -> list[Judged]:
    return list(check(path, Engine("interpreted"), expect=texts).expectations)


def one(path, text) -> Judged:
    return judged(path, text)[0]


# What it says -------------------------------------------------------------------------------------------------


@pytest.mark.referee
@pytest.mark.parametrize("name", ["tcp-three-at-once.pcap", "tcp-tail-loss-probe.pcap", "dns.pcap"])
def test_packets_are_those_that_tshark_lets_through(name, tshark_frames):
    path = CAPTURES / name
    filters = ["tcp", "tcp.flags.syn == 1", "udp.port == 53", "tcp.analysis.retransmission", "frame.len > 100"]
    for text, frames in zip(filters, tshark_frames(path, filters), strict=True):
        assert isinstance(frames, list)
        many = one(path, f"count(packets, {text}) < 0")
        assert (many.found, many.holds) == (len(frames), False)
        assert [witness.frames for witness in many.witnesses] == [(frame,) for frame in sorted(frames)[:MOST]]
        assert many.more == max(len(frames) - MOST, 0)
        told = [found.holds for found in judged(path, f"none(packets, {text})", f"any(packets, {text})")]
        assert told == [not frames, bool(frames)]
        every = one(path, f"all(packets, {text})")
        assert every.holds == (len(frames) == every.of)
        assert not {number for witness in every.witnesses for number in witness.frames} & set(frames)


@pytest.mark.referee
def test_values_are_those_of_tshark(tshark_answer):
    path = CAPTURES / "tcp-tail-loss-probe.pcap"
    rows = tshark_answer(path).rows
    sizes = [int(row["frame.len"]) for row in rows]
    ranks = {p: int(np.quantile(sizes, p / 100, method="inverted_cdf")) for p in (1, 50, 95, 99)}
    expected = {
        "min": min(sizes), "max": max(sizes), "sum": sum(sizes), "mean": sum(sizes) / len(sizes), "avg": None,
        "median": ranks[50], "distinct": len(set(sizes)), **{f"p{p}": value for p, value in ranks.items()},
    }  # fmt: skip
    expected["avg"] = expected["mean"]
    found = judged(path, *(f"{name}(packets, frame.len) < 0" for name in expected))
    assert [float(each.found) for each in found] == [pytest.approx(value) for value in expected.values()]
    assert {each.of for each in found} == {len(sizes)}
    largest = sorted(range(len(sizes)), key=lambda place: (-sizes[place], place))[:MOST]
    told = found[1].witnesses
    assert [(each.frames, each.value) for each in told] == [((place + 1,), sizes[place]) for place in largest]


@pytest.mark.referee
@pytest.mark.parametrize("name", ["tcp-three-at-once.pcap", "tcp-syn-ack-lost.pcap"])
def test_rtt_is_wiresharks_initial_rtt(name, tshark_frames):
    path = CAPTURES / name
    fields = ("-T", "fields", "-e", "tcp.stream", "-e", "tcp.analysis.initial_rtt")
    done = subprocess.run(["tshark", "-r", str(path), *fields], capture_output=True, text=True, check=True)
    times = dict(words for line in done.stdout.splitlines() if len(words := line.split()) == 2)
    found = one(path, "max(handshakes, rtt) < 0s")
    assert found.of == len(times) > 0
    assert found.found == max(round(float(time) * 1e9) for time in times.values())


def test_events_and_their_packets():
    path = CAPTURES / "syn-scan.pcap"
    with_reset = 'count(handshakes, outcome == "refused" and tcp.flags.reset == 1) > 0'
    assert [each.holds for each in judged(path, 'any(handshakes, outcome == "refused")', with_reset)] == [True, True]
    exchanges = judged(
        CAPTURES / "dns.pcap", "count(udp) == 1", "count(udp, not answers == 0) == 1", "count(flows) == 2"
    )
    assert [(each.found, each.of) for each in exchanges] == [(1, 1), (1, 1), (2, 2)]


@pytest.mark.parametrize("view", BY_NAME)
def test_every_view_of_events_has_as_many_as_it_shows(view, sniff):
    for name in ("dns.pcap", "syn-scan.pcap"):
        lines = sniff(CAPTURES / name, "--view", view, "-t").lines
        found = one(CAPTURES / name, f"count({view}) < 0")
        assert (found.found, found.of) == (len(lines), len(lines))
        assert all(witness.frames and min(witness.frames) > 0 for witness in found.witnesses)


def test_batches_come_to_the_same_as_the_whole():
    """Steps of few packets: what came before counts on."""
    texts = [
        "distinct(packets, tcp.port) == 0", "p50(packets, frame.len) == 0", "max(packets, frame.time_delta) < 0s",
        "count(handshakes, tcp.flags.fin == 0) == 0", "sum(flows, orig_bytes) == 0",
    ]  # fmt: skip
    engine = Engine("interpreted")
    judges = [Judge(compile_expectation(text), engine) for text in texts]
    whole = judged(THREE, *texts)
    batch = next(iter(follow(THREE, engine=engine))).packets.batch
    tracker, decoder = FlowTracker(engine, 7), Decoder(engine)
    for start in range(0, len(batch), 7):
        part = decoder.decode(batch.select(slice(start, start + 7)))
        tracked = tracker.track(part)
        for judge in judges:
            judge.take(part, tracked)
    nothing = decoder.decode(FrameBatch.from_frames([]))
    last = replace(tracker.track(nothing), events=tracker.finish())
    for judge in judges:
        judge.take(nothing, last)
    assert [judge.judged() for judge in judges] == whole


# Values -------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.lists(st.integers(-(1 << 40), 1 << 40), min_size=1, max_size=20), min_size=1, max_size=6),
    st.sampled_from([1, 25, 50, 90, 95, 99, 100]),
)
def test_a_percentile_is_numpys_inverted_cdf(parts, percent):
    rank, few = Rank(Fraction(percent)), tallies.PENDING
    tallies.PENDING = 8  # type: ignore[misc]
    try:
        for part in parts:
            rank.add(np.array(part))
    finally:
        tallies.PENDING = few  # type: ignore[misc]
    whole = [value for part in parts for value in part]
    # In hundredths NumPy's own product may be a hair above a whole number: whole numbers stay whole here.
    ordered = sorted(whole)
    assert rank.found() == ordered[max(-(-percent * len(whole) // 100), 1) - 1]
    if len(whole) % 100 == 0 or percent in (25, 50, 100):
        assert rank.found() == np.quantile(whole, percent / 100, method="inverted_cdf")


def test_memory_is_bounded_and_that_is_said(monkeypatch):
    monkeypatch.setattr(tallies, "MOST_VALUES", 10)
    monkeypatch.setattr(tallies, "MOST_DIFFERENT", 10)
    rank, distinct = Rank(Fraction(50)), Distinct()
    for each in (rank, distinct):
        each.add(np.array([1, 2, 3] * 50))
    assert (rank.found(), distinct.found()) == (2, 3)
    rank.add(np.arange(11))
    with pytest.raises(RawkitError, match="more than 10 different values for a percentile: leave some out"):
        rank.found()
    with pytest.raises(RawkitError, match="more than 10 different values: leave some out"):
        distinct.add(np.arange(11))


def test_nothing_to_measure_is_no_success():
    found = one(CAPTURES / "dns.pcap", "p95(handshakes, rtt, tcp.port == 1) < 50ms")
    assert (found.holds, found.found, found.of, found.witnesses) == (False, None, 0, ())
    sums = judged(CAPTURES / "dns.pcap", "sum(packets, frame.len, arp) == 0", "distinct(packets, ip.src, arp) == 0")
    assert [each.holds for each in sums] == [True, True]


def test_a_limit_on_the_least_shows_the_smallest_and_only_those_that_break_it():
    found = one(THREE, "min(packets, frame.len) > 66")
    assert {witness.value for witness in found.witnesses} == {66}
    assert len(found.witnesses) == MOST
    found = one(THREE, "max(packets, frame.len) in {1..80}")
    assert found.witnesses
    assert {witness.value for witness in found.witnesses} == {82}


# What is wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at", "what"),
    [
        ("", 0, "a function was expected: count(handshakes) == 3"),
        ("cuont(packets) == 1", 0, "there is no function cuont(): did you mean count()?"),
        ("p101(packets, frame.len) == 1", 0, "there is no function p101()"),
        ("count handshakes", 6, "( was expected: count(handshakes) == 3"),
        ("count(handshake) == 1", 6, "there is no view handshake: did you mean handshakes?"),
        ("count(packets == 1", 14, ") was expected: the ( in column 6 is open"),
        ("count(packets)", 14, "count() says a value: compare it, as in count(...) == 3"),
        ("count(packets) == 1 or 2", 20, "or was not expected: an expectation ends here"),
        ("count(packets) matches 1", 15, "matches was not expected"),
        ("count(packets) == 5ms", 18, "5ms has no unit here"),
        ("count(packets) == tcp", 18, "tcp is no value that it can have"),
        ("count(packets, tcp, udp) == 1", 20, "count() takes a view and a filter: join filters by and"),
        ("count(packets, tcp.prot == 1) == 1", 15, "there is no field or protocol 'tcp.prot': did you mean tcp.port?"),
        ("count(handshakes, outcom == \"refused\") == 1", 18, "did you mean outcome?"),
        ("count(packets, outcome == \"refused\") == 1", 15, "there is no field or protocol 'outcome'"),
        ("none(packets, tcp) == 0", 19, "none() is true or not: leave the comparison out"),
        ("all(packets)", 0, "all() wants a filter: all(packets, FILTER)"),
        ("max(packets) < 1", 4, "max() is of a field: max(packets, FIELD)"),
        ("max(handshakes, rtt > 1ms) < 1s", 16, "which comes before the filter"),
        ("max(handshakes, frame.len) < 1", 16, "frame.len is a field of packets: use max(packets, ...)"),
        ("max(packets, ip.src) < 1", 13, "max() is not for ipv4 values"),
        ("sum(packets, frame.time) < 1", 13, "sum() is not for time values"),
        ("distinct(packets, tcp.analysis.flags) < 1", 18, "distinct() is not for what is there or not values"),
        ("p95(handshakes, rtt) < 50", 23, "50 is no value that it can have: it is a time: 50ms, 1.5s"),
        ("p95(handshakes, rtt) < 5kB", 23, "it is a time"),
        ("max(packets, frame.len) < 5ms", 26, "it is bytes: 1500, 10kB, 2MiB"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(text, at, what):
    with pytest.raises(FilterError) as caught:
        compile_expectation(text)
    assert (caught.value.at, what in caught.value.what) == (at, True), str(caught.value)
    assert str(caught.value).startswith(f"expectation {text!r}, column {at + 1}: ")


@given(st.text(max_size=40))
def test_any_text_is_an_expectation_or_an_error_of_one_line(text):
    for whole in (text, f"count(packets, {text}) == 1", f"p95(handshakes, {text}) < 1s", f"count(udp) == {text}"):
        said = ""
        try:
            compile_expectation(whole)
        except FilterError as error:
            said = str(error)
        assert said == "" or said.isprintable()


@pytest.mark.parametrize(
    ("limit", "nanoseconds"),
    [("50ms", 50_000_000), ("1.5 ms", 1_500_000), ("7us", 7000), ("3ns", 3), ("-2s", -2_000_000_000), ("0", 0)],
)
def test_units_of_time(limit, nanoseconds):
    limits = compile_expectation(f"p95(handshakes, rtt) < {limit}").limits
    assert limits is not None
    assert limits.bounds == ((nanoseconds, nanoseconds),)


@pytest.mark.parametrize(
    ("limit", "size"),
    [("1500", 1500), ("1.5kB", 1500), ("2MiB", 2 << 20), ("1 GB", 10**9), ("70.25", Fraction(281, 4))],
)
def test_units_of_bytes(limit, size):
    limits = compile_expectation(f"mean(packets, frame.len) < {limit}").limits
    assert limits is not None
    assert limits.bounds == ((size, size),)


def test_units_stand_in_filters_too(sniff):
    path = CAPTURES / "tcp-three-at-once.pcap"
    both = [
        ("handshakes", "rtt > 30us", "syn_ack_ns > 10us"),
        ("flows", "duration > 300us", "duration > 0.0003"),
        ("packets", "frame.len > 0.08kB", "frame.len > 80"),
    ]
    for view, text, same in both:
        lines = sniff(path, "--view", view, "-Y", text).lines
        assert lines == sniff(path, "--view", view, "-Y", same).lines
        assert 0 < len(lines) < 30
