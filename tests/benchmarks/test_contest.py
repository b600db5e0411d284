"""Contests: in turn, only among those that did the work."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.contest import Contender, Rules, contest
from benchmarks.job import rows_of
from benchmarks.measure import RunError
from benchmarks.outputs import named
from benchmarks.progress import Progress


@pytest.fixture
def rules(tmp_path):
    return Rules(runs=2, timeout=30, folder=tmp_path, progress=Progress(io.StringIO()))


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


def writer(name, log, packets=7, capture="/dev/null"):
    """A program that notes when it runs, on which capture, and says that it read so many packets."""
    script = f"echo {name} $1 >> {log}; echo packets={packets}"
    return Contender(name, lambda path: ("sh", "-c", script, "sh", str(path)), Path(capture), named, {"packets": 7})


@pytest.fixture(autouse=True)
def shell_is_installed(monkeypatch):
    monkeypatch.setattr("benchmarks.contest.programs", lambda command: [command[0]])


def names(log):
    return [line.split()[0] for line in log.read_text().splitlines()]


def test_runs_take_turns_after_warming_up(rules, log):
    outcome = contest("x", [writer("a", log), writer("b", log)], rules)
    assert names(log) == ["a", "b", "a", "b", "a", "b"]
    assert {name: len(runs.measurements) for name, runs in outcome.runs.items()} == {"a": 2, "b": 2}


def test_a_slow_peer_has_fewer_runs_and_the_row_says_so(rules, log):
    everyone = [writer("a", log), writer("b", log)]
    outcome = contest("x", everyone, replace(rules, budget=0.0))
    assert names(log) == ["a", "b", "a", "b", "a"]
    (row,) = rows_of("x", outcome, everyone, {})
    assert row.note.startswith("1 run; CPU")


def test_who_did_other_work_does_not_run_and_the_row_says_why(rules, log):
    everyone = [writer("a", log), writer("b", log, packets=6)]
    outcome = contest("x", everyone, rules)
    assert names(log) == ["a", "b", "a", "a"]
    (row,) = rows_of("x", outcome, everyone, {"b": 2.0})
    assert (row.theirs, row.ratio, row.met, row.note) == (
        None, None, None, "did other work: 6 packets where 7 packets are right",
    )  # fmt: skip


def test_who_is_not_installed_is_left_out(rules, log):
    missing = Contender("c", lambda path: ("no-such-program",), Path("/dev/null"), named, {})
    outcome = contest("x", [writer("a", log), missing], rules)
    assert outcome.failures == {"c": "not installed"}


def test_without_our_own_figure_there_are_no_rows(rules, log):
    everyone = [writer("a", log, packets=1), writer("b", log)]
    outcome = contest("x", everyone, rules)
    with pytest.raises(RunError, match="x: a did other work"):
        rows_of("x", outcome, everyone, {})


def test_a_part_of_the_work_is_scaled_above_the_time_for_none(rules, log, tmp_path):
    for name, seconds in (("part", "0.2"), ("idle", "0.1")):
        (tmp_path / name).write_text(seconds)
    one = Contender(
        "a",
        lambda path: ("sh", "-c", 'sleep "$(cat $0)"; echo packets=7', str(path)),
        tmp_path / "part",
        named,
        {"packets": 7},
        factor=100.0,
        idle=tmp_path / "idle",
    )
    wall = contest("x", [one], replace(rules, runs=1)).runs["a"].wall
    assert 5 < wall < 60


def test_a_small_run_brings_the_program_back_before_each_measured_one(rules, log, tmp_path):
    small = tmp_path / "small"
    small.touch()
    contest("x", [replace(writer("a", log), small=small)], rules)
    captures = [line.split()[1] for line in log.read_text().splitlines()]
    assert captures == ["/dev/null", str(small), "/dev/null", str(small), "/dev/null"]
