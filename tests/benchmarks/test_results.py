"""Figures are kept, shown and judged."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

from benchmarks import __main__ as bench
from benchmarks import captures, programs, report
from benchmarks.contest import Rules
from benchmarks.job import Settings
from benchmarks.measure import RunError
from benchmarks.progress import Progress
from benchmarks.regression import regressions
from benchmarks.results import Results, Section
from benchmarks.rows import Row

MET = Row("flows", "tcptrace", "s", 1.0, 6.0, 5.0, ours_range=(0.9, 1.1))
MISSED = Row("flows", "C walk", "s", 1.0, 0.1, 0.25, kind="physical")
ABSENT = Row("flows", "argus + ra", "s", 1.0, None, 3.0, note="not installed")
LOST = Row("start", "tcpdump", "s", 0.03, 0.003)


@pytest.fixture
def settings(tmp_path):
    return Settings(short=True, rules=Rules(2, 30, tmp_path, Progress(io.StringIO())))


def results(*rows):
    return Results({"processor": "2 x a"}, {"rawkit": "1"}, {"decode": Section("now", 5, "0.1", list(rows))})


def test_saved_results_are_the_same_when_loaded(tmp_path):
    path = tmp_path / "results.json"
    results(MET, MISSED, ABSENT, LOST).save(path)
    assert Results.load(path) == results(MET, MISSED, ABSENT, LOST)
    assert [row["met"] for row in json.loads(path.read_text())["jobs"]["decode"]["rows"]] == [True, False, None, None]


@pytest.mark.parametrize(
    ("row", "ratio", "met"),
    [
        (Row("x", "p", "frames/s", 3.0, 2.0, 1.3, more_is_better=True), 1.5, True),
        (Row("x", "at most", "MB", 200.0, 300.0, 1.0), 1.5, True),
        (Row("x", "at most", "frames", 0.0, 0.0, 1.0), 1.0, True),
        (Row("x", "at most", "frames", 5.0, 0.0, 1.0), 0.0, False),
        (Row("x", "p", "frames", 0.0, 5.0, 1.0), float("inf"), True),
    ],
)
def test_ratios_are_in_our_favour(row, ratio, met):
    assert (row.ratio, row.met) == (ratio, met)


def test_readme_gets_targets_and_losses_between_its_markers_only(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    assert report.put_in_readme(readme, results(MET, Row("start", "tshark", "s", 0.1, 0.5), LOST))
    text = readme.read_text()
    assert text.startswith(f"before\n{report.BEGIN}\n")
    assert text.endswith(f"{report.END}\nafter\n")
    assert "tcptrace" in text
    assert "tcpdump" in text
    assert "tshark" not in text
    assert "old" not in text


def test_readme_without_markers_stays_as_it_is(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("text\n")
    assert not report.put_in_readme(readme, results(MET))
    assert readme.read_text() == "text\n"


def test_a_figure_that_could_not_be_had_says_why():
    (line,) = report.table(report.WHOLE, [ABSENT])[2:]
    assert line == "| flows | argus + ra | 1 s | - |  | 3 x |  | **not installed** |"


def jobs_then(*steps):
    def jobs(_settings):
        for step in steps:
            if isinstance(step, BaseException):
                raise step
            yield [step]

    return SimpleNamespace(jobs=jobs)


def run(monkeypatch, tmp_path, settings, *steps, recorded=None):
    monkeypatch.setattr(bench, "import_module", lambda _: jobs_then(*steps))
    monkeypatch.setattr(bench, "ROOT", tmp_path)
    (tmp_path / "benchmarks").mkdir()
    (recorded or Results()).save(tmp_path / "benchmarks" / "results.json")
    return bench._run("decode", settings, Results(), tmp_path)


def kept(tmp_path):
    return Results.load(tmp_path / "results.json").sections["decode"]


def test_what_was_done_before_ctrl_c_is_kept(monkeypatch, tmp_path, settings):
    with pytest.raises(KeyboardInterrupt):
        run(monkeypatch, tmp_path, settings, MET, KeyboardInterrupt(), LOST)
    assert (kept(tmp_path).rows, kept(tmp_path).complete) == ([MET], False)


def test_a_failed_step_is_a_failed_run_that_keeps_the_rest(monkeypatch, tmp_path, settings):
    assert run(monkeypatch, tmp_path, settings, MET, RunError("no")) == 1
    assert (kept(tmp_path).rows, kept(tmp_path).complete) == ([MET], False)


@pytest.mark.parametrize(("ours", "code"), [(1.9, 0), (2.1, 1)])
def test_the_short_form_fails_under_half_of_a_target(monkeypatch, tmp_path, settings, ours, code):
    row = Row("flows", "tcptrace", "s", ours, 5.0, 5.0)
    assert run(monkeypatch, tmp_path, settings, row) == code


@pytest.mark.parametrize(("cpu_ratio", "code"), [(2.6, 0), (2.4, 1)])
def test_where_the_clock_is_too_slow_cpu_time_may_still_do(monkeypatch, tmp_path, settings, cpu_ratio, code):
    row = Row("flows", "tcptrace", "s", 5.0, 5.0, 5.0, cpu_ratio=cpu_ratio)
    assert run(monkeypatch, tmp_path, settings, row) == code


@pytest.mark.parametrize(("again", "code"), [(1.0, 0), (3.0, 1)])
def test_what_is_slow_once_is_measured_again(monkeypatch, tmp_path, settings, again, code):
    rows = iter([Row("flows", "tcptrace", "s", 3.0, 5.0, 5.0), Row("flows", "tcptrace", "s", again, 5.0, 5.0)])
    monkeypatch.setattr(bench, "import_module", lambda _: SimpleNamespace(jobs=lambda _settings: iter([[next(rows)]])))
    assert bench._run("decode", settings, Results(), tmp_path) == code
    assert [row.ours for row in kept(tmp_path).rows] == [again]


@pytest.mark.parametrize(("dpkt", "code"), [(8.0, 0), (4.0, 1)])
def test_one_peer_that_became_faster_is_not_our_regression(monkeypatch, tmp_path, settings, dpkt, code):
    recorded = results(Row("flows", "tcptrace", "s", 1.0, 6.0, 5.0), Row("flows", "dpkt", "s", 1.0, 10.0, 8.0))
    rows = [Row("flows", "tcptrace", "s", 1.0, 2.0, 5.0), Row("flows", "dpkt", "s", 1.0, dpkt, 8.0)]
    monkeypatch.setattr(bench, "import_module", lambda _: SimpleNamespace(jobs=lambda _settings: iter([rows])))
    monkeypatch.setattr(bench, "ROOT", tmp_path)
    (tmp_path / "benchmarks").mkdir()
    recorded.save(tmp_path / "benchmarks" / "results.json")
    assert bench._run("decode", settings, Results(), tmp_path) == code


@pytest.mark.parametrize(
    "witness",
    [
        Row("flows", "at most", "s", 1.0, 3.0, 1.0, kind="limit"),
        Row("text", "dpkt", "s", 1.0, 10.0),
        Row("flows", "argus", "s", 1.0, None),
        Row("flows", "scapy", "s", 1.0, 10.0),
    ],
    ids=["a limit", "of other work", "not installed", "not recorded"],
)
def test_not_everything_speaks_for_us(witness):
    low = Row("flows", "tcptrace", "s", 1.0, 2.0, 5.0)
    recorded = results(MET, *([] if witness.peer == "scapy" else [witness]))
    assert regressions([low, witness], recorded) == [low]


@pytest.mark.parametrize(("ours", "code"), [(9.0, 0), (11.0, 1)])
def test_what_is_known_to_fall_short_fails_under_half_of_what_it_was(monkeypatch, tmp_path, settings, ours, code):
    recorded = results(Row("flows", "tcptrace", "s", 5.0, 5.0, 5.0))
    row = Row("flows", "tcptrace", "s", ours, 5.0, 5.0)
    assert run(monkeypatch, tmp_path, settings, row, recorded=recorded) == code


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_the_walk_in_c_finds_every_record(monkeypatch, tmp_path):
    monkeypatch.setenv("RAWKIT_BENCH_CACHE", str(tmp_path))
    capture = captures.many(12_000)
    said = subprocess.run(programs.built("walk")(capture.path), capture_output=True, text=True, check=True).stdout
    headers = 24 + 16 * capture.packets
    assert said == f"packets={capture.packets} bytes={capture.path.stat().st_size - headers}\n"


def test_the_command_line_runs_a_job_of_its_own(tmp_path):
    command = [sys.executable, "-m", "benchmarks", "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=programs.ROOT).stdout
    assert all(job in said for job in bench.JOBS)
