"""`rawkit check`: whether capture files are whole, what is in them, and whether that is what was expected."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from rawkit.cli.blas import without_blas_threads
from rawkit.cli.color import color_options, wants_color
from rawkit.cli.elsewhere import Command
from rawkit.errors import RawkitError

if TYPE_CHECKING:
    from rawkit.api.check import Checked
    from rawkit.api.expecting import Expectation
    from rawkit.cli.check.report import Report


@click.command("check", cls=Command, context_settings={"help_option_names": ["--help"]})
@click.option("--expect", multiple=True, metavar="EXPECTATION", help="What has to hold; several times too.")
@click.option("--expect-file", metavar="FILE", help="The expectations of a TOML file (docs/ci.md).")
@click.option("--junit", metavar="FILE", help="Write JUnit's XML there, as CI servers read it.")
@click.option("--format", type=click.Choice(("text", "json", "tap")), default="text", show_default=True)
@click.option("-Z", "user", metavar="USER", help="Become this user once the files are open; else who called sudo.")
@color_options
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.pass_obj
def command(settings: dict[str, Any], /, files: tuple[str, ...], **options: Any) -> int:
    """Say whether capture files are whole, what is in them, and whether that is what was expected.

    EXPECTATION is FUNCTION(VIEW[, FIELD][, FILTER]), compared with a value: docs/ci.md has all. The exit code is 0
    where the files are whole and all holds, 1 where one was cut or damaged (what could be read is counted) or an
    expectation fails, 2 where one is no capture file. After Ctrl-C it tells of what was read, and the exit code is 130.

    \b
    rawkit check today.pcapng
    rawkit check today.pcapng --expect 'count(teardowns, by == "RST") == 0' --expect 'p95(handshakes, rtt) < 50ms'
    rawkit check captures/*.pcap --expect-file checks.toml --junit report.xml
    """
    without_blas_threads()
    from rawkit.cli.check.report import Report

    expected, held, engine = _ready(files, options["expect"], options["expect_file"], options["user"])
    is_asked = bool(options["expect"] or options["expect_file"])
    is_on_github = os.environ.get("GITHUB_ACTIONS") == "true"
    color = wants_color(settings, sys.stdout)
    report = Report(options["format"], is_asked=is_asked, color=color, annotates=is_on_github)
    code = _check_all(held, engine, expected, report)
    report.end(options["junit"])
    return code


def _ready(
    files: Sequence[str], texts: Sequence[str], file: str | None, user: str | None
) -> tuple[list[Expectation], list[str], Any]:
    """The expectations, the files, what runs the kernels: once root is given up; before, what is wrong is said."""
    from rawkit.api.privileges import give_up_before_reading

    expected: list[Expectation] = []
    if texts or file is not None:
        from rawkit.api.expecting import compile_expectation, read_expectations

        expected = [compile_expectation(text) for text in texts]
    held, engine = give_up_before_reading([*files, *([] if file is None else [file])], user)
    if file is not None:
        expected += read_expectations(held.pop())
    return expected, held, engine


def _check_all(files: Sequence[str], engine: Any, expected: Sequence[Expectation], report: Report) -> int:
    """Checks them one after the other; the exit code."""
    from rawkit.api.check import check
    from rawkit.api.notices import say

    code = 0
    for file in files:
        try:
            found = check(file, engine, expect=expected)
        except RawkitError as error:
            say(str(error))
            report.add_error(file, error)
            code = 2
            continue
        report.add(found)
        if found.interrupted:
            return 130
        code = max(code, _code(found))
    return code


def _code(found: Checked) -> int:
    return 1 if found.damage or found.failed else 0
