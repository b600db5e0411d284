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


def test_a_page_gets_its_table_between_its_markers_only(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    assert report.put_between_markers(page, "new")
    assert page.read_text() == f"before\n{report.BEGIN}\n\nnew\n\n{report.END}\nafter\n"


def test_a_page_without_markers_stays_as_it_is(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("text\n")
    assert not report.put_between_markers(page, "new")
    assert page.read_text() == "text\n"


def test_targets_and_losses_are_told():
    text = report.targets(results(MET, Row("start", "tshark", "s", 0.1, 0.5), LOST))
    assert "tcptrace" in text
    assert "tcpdump" in text
    assert "tshark" not in text


def test_the_brief_table_has_the_chosen_lines_alone():
    work, peer = report.CHOSEN[1]
    text = report.brief(results(MET, LOST, Row(work, peer, "s", 1.0, 6.0, 5.0)))
    assert text.splitlines()[2:] == [f"| {work} | {peer} | 1 s | 6 s | 6 x |"]


@pytest.mark.parametrize(("page", "made"), [("README.md", report.brief), ("docs/benchmarks.md", report.targets)])
def test_the_pages_have_the_figures_that_were_kept(page, made):
    kept = Results.load(bench.ROOT / "benchmarks" / "results.json")
    between = (bench.ROOT / page).read_text().partition(report.BEGIN)[2].partition(report.END)[0]
    assert between.strip() == made(kept)


def test_every_chosen_line_was_measured():
    kept = Results.load(bench.ROOT / "benchmarks" / "results.json")
    assert len(report.brief(kept).splitlines()) == 2 + len(report.CHOSEN)


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


def run(monkeypatch, tmp_path, settings, *steps):
    monkeypatch.setattr(bench, "import_module", lambda _: jobs_then(*steps))
    monkeypatch.setattr(bench, "ROOT", tmp_path)
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
