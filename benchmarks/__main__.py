"""`scripts/bench [JOB]... [--short] [--runs N]`: runs jobs and their peers, prints and writes the figures."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchmarks import machine, regression, report, tables
from benchmarks.captures import folder
from benchmarks.contest import Rules
from benchmarks.job import Settings
from benchmarks.measure import RunError
from benchmarks.printed import printed
from benchmarks.programs import ROOT
from benchmarks.progress import Progress
from benchmarks.results import Results, Section

JOBS: Final = ("decode", "packets", "startup", "capture", "craft", "send", "ask", "ping", "scan", "growth")
SHORT: Final = ("decode", "startup")
TIMEOUT: Final = 300.0
BUDGET: Final = 15.0
SHORT_BUDGET: Final = 2.0
"""Seconds for the measured runs of a peer."""
INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """0; 1 where a job failed or, in the short form, rawkit takes far more CPU time than it did; 130 after Ctrl-C."""
    chosen = _parser().parse_args(arguments)
    place = chosen.results or (folder() if chosen.short else ROOT / "benchmarks")
    results = Results.load(place / "results.json")
    results.machine, results.versions = dict(machine.describe()), dict(machine.versions())
    progress = Progress()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    code = 0
    with tempfile.TemporaryDirectory(dir=folder()) as scratch:
        runs, budget = (3, SHORT_BUDGET) if chosen.short else (5, BUDGET)
        rules = Rules(chosen.runs or runs, TIMEOUT, Path(scratch), progress, budget)
        for name in _names(chosen.jobs, chosen.short):
            try:
                settings = Settings(chosen.short, rules, chosen.record)
                code = max(code, _run(name, settings, results, place))
            except KeyboardInterrupt:
                progress.say(f"{name}: cut short; what was done before is in {place / 'results.md'}")
                code = INTERRUPTED
                break
    if place == ROOT / "benchmarks":
        report.put_between_markers(ROOT / "docs" / "benchmarks.md", report.targets(results))
        report.put_between_markers(ROOT / "README.md", report.brief(results))
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("jobs", nargs="*", choices=[*JOBS, "all", []], default=[], metavar="JOB", help=", ".join(JOBS))
    parser.add_argument("--short", action="store_true", help="under 3 minutes; fails for three times the CPU time")
    parser.add_argument("--record", action="store_true", help=f"write {regression.NAME}, which --short compares with")
    parser.add_argument("--runs", type=int, help="measured runs of each program (5; short 3)")
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="where results.md and results.json are written")
    return parser


def _names(asked: Sequence[str], short: bool) -> Sequence[str]:
    """The jobs to run: all that are there where nothing else is asked."""
    if asked and "all" not in asked:
        return asked
    return [name for name in (SHORT if short else JOBS) if find_spec(f"benchmarks.{name}") is not None]


def _run(name: str, settings: Settings, results: Results, place: Path) -> int:
    """Runs a job; 1 where it failed, or where its short form found the same work too slow twice in turn."""
    section, here, say = _measure(name, settings, results, place), ROOT / "benchmarks", settings.rules.progress.say
    if settings.record:
        facts = {"when": section.when, "runs": str(section.runs), "load": section.load, **results.machine}
        regression.record(here, section.rows, facts)
    wrong = regression.regressions(section.rows, regression.load(here)) if settings.short else {}
    if wrong:
        say("\n".join([*wrong.values(), f"{name} once more: another program may have been in its way"]))
        section = _measure(name, settings, results, place)
        again = regression.regressions(section.rows, regression.load(here))
        wrong = {work: told for work, told in again.items() if work in wrong}
        say("\n".join(wrong.values()))
    return int(bool(wrong) or not section.complete)


def _measure(name: str, settings: Settings, results: Results, place: Path) -> Section:
    """Runs a job, saving after each of its steps."""
    begin = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    section = results.sections[name] = Section(begin, settings.rules.runs, machine.load())
    progress = settings.rules.progress
    job = import_module(f"benchmarks.{name}")
    try:
        if hasattr(job, "jobs"):
            for rows in job.jobs(settings):
                section.rows += rows
                _save(results, place)
                progress.say("\n".join(report.table(report.WHOLE, rows)))
        else:
            section.text = printed(name, settings.rules.runs)
            section.rows = tables.rows(name, section.text)
            progress.say(section.text)
        section.complete = True
        if hasattr(job, "finish"):
            job.finish(place / "results.json")
    except RunError as error:
        progress.say(f"{name}: {error}")
    _save(results, place)
    return section


def _save(results: Results, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    results.save(place / "results.json")
    (place / "results.md").write_text(report.markdown(results))


if __name__ == "__main__":
    sys.exit(main())
