"""The short form fails for a rawkit that takes three times its recorded CPU time, and for nothing that peers do."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import __main__ as bench
from benchmarks.contest import Contender, Outcome, Rules
from benchmarks.job import NOTHING, PHYSICAL, Settings, rows_of
from benchmarks.measure import Measurement, Runs
from benchmarks.progress import Progress
from benchmarks.regression import FACTOR, NAME, load, record
from benchmarks.results import Results
from benchmarks.rows import Row

RECORDED = 8.0
"""CPU time of rawkit in the tests, in fixed loops."""


@pytest.fixture
def settings(tmp_path):
    return Settings(short=True, rules=Rules(3, 30, tmp_path, Progress(io.StringIO())))


def measured(ours: float = 1.6, loop: float = 0.2, peer: float = 6.0, work: str = "flows") -> list[Row]:
    """The rows of a contest in which the programs took so many seconds of CPU time, and twice as long by the clock."""
    names = {"rawkit": ours, "tcptrace": peer, PHYSICAL: loop}
    everyone = [Contender(name, lambda _: ("x",), Path(), lambda _: {}, {}) for name in names]
    outcome = Outcome({name: Runs((Measurement(2 * cpu, cpu, 1),)) for name, cpu in names.items()})
    return rows_of(work, outcome, everyone, {"tcptrace": 5.0, PHYSICAL: 0.25})


@pytest.fixture
def short_form(monkeypatch, tmp_path, settings):
    """Runs a job that has these rows, one list after the other where it is run again; gives the exit code."""
    (tmp_path / "benchmarks").mkdir()
    record(tmp_path / "benchmarks", measured(), {})
    assert load(tmp_path / "benchmarks") == {"flows": RECORDED}

    def run(*turns: list[Row], settings: Settings = settings) -> int:
        left = iter(turns)
        job = SimpleNamespace(jobs=lambda _: iter([next(left)]))
        monkeypatch.setattr(bench, "import_module", lambda _: job)
        monkeypatch.setattr(bench, "ROOT", tmp_path)
        code = bench._run("decode", settings, Results(), tmp_path)
        assert list(left) == []
        return code

    return run


def test_three_times_the_cpu_time_fails(short_form):
    slow = measured(ours=1.6 * FACTOR * 1.05)
    assert short_form(slow, slow) == 1


def test_less_than_that_passes(short_form):
    assert short_form(measured(ours=1.6 * FACTOR * 0.95)) == 0


@pytest.mark.parametrize("peer", [0.001, 600.0])
def test_how_fast_a_peer_is_does_not_matter(short_form, peer):
    assert short_form(measured(peer=peer)) == 0
    slow = measured(ours=1.6 * FACTOR * 1.05, peer=peer)
    assert short_form(slow, slow) == 1


@pytest.mark.parametrize("times", [0.1, 10])
def test_how_fast_the_machine_is_does_not_matter(short_form, times):
    assert short_form(measured(1.6 * times, 0.2 * times, 6.0 * times)) == 0


def test_how_long_it_takes_by_the_clock_does_not_matter(short_form):
    assert short_form([replace(row, ours=100.0 * row.ours, ours_range=None) for row in measured()]) == 0


def test_a_missing_peer_does_not_matter(short_form):
    *rest, loop = measured()
    assert short_form([*(replace(row, theirs=None, note="not installed") for row in rest), loop]) == 0


@pytest.mark.parametrize(("again", "code"), [(1.6, 0), (8.0, 1)])
def test_what_is_slow_once_is_measured_again(short_form, again, code):
    assert short_form(measured(ours=8.0), measured(ours=again)) == code


def test_another_work_that_is_slow_the_second_time_is_another_chance(short_form, tmp_path):
    record(tmp_path / "benchmarks", measured(work="text"), {})
    turns = [[*measured(ours=one), *measured(ours=other, work="text")] for one, other in ((8.0, 1.6), (1.6, 8.0))]
    assert short_form(*turns) == 0


def test_without_the_fixed_loop_nothing_passes(short_form, tmp_path):
    *rest, loop = measured()
    rows = [*rest, replace(loop, theirs=None, cpu_ratio=None, note="not installed")]
    assert short_form(rows, rows) == 1


def test_a_work_without_a_recorded_figure_does_not_pass(short_form):
    rows = measured(work="new")
    assert short_form(rows, rows) == 1


def test_recording_keeps_the_figures_of_other_jobs(short_form, settings, tmp_path):
    assert short_form(measured(ours=16.0, work="text"), settings=replace(settings, record=True)) == 0
    assert load(tmp_path / "benchmarks") == {"flows": RECORDED, "text": 10 * RECORDED}
    assert set(json.loads((tmp_path / "benchmarks" / NAME).read_text())) == {"when", "runs", "load", "paces"}


def test_every_job_of_the_short_form_has_recorded_figures(root):
    """And works are named as they were when the figures were recorded."""
    recorded = load(root / "benchmarks")
    assert {work.partition(":")[0] for work in recorded} == {
        "flows, JSON", "packets, text", "packets, JSON", "rawkit --version", "rawkit --help", "ping -c 1 127.0.0.1",
        "a capture of 100 packets",
    }  # fmt: skip
    assert all(pace > 0 for pace in recorded.values())


def test_a_start_is_measured_by_pythons_own():
    names = ("rawkit", NOTHING)
    everyone = [Contender(name, lambda _: ("x",), Path(), lambda _: {}, {}) for name in names]
    outcome = Outcome({name: Runs((Measurement(1.0, 0.5, 1),)) for name in names})
    assert [row.kind for row in rows_of("start", outcome, everyone, {})] == ["physical"]
