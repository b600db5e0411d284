"""What `rawkit check` prints of each file, and what it writes at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import click

from rawkit import linktypes
from rawkit.errors import CaptureError
from rawkit.view.capture import undecoded
from rawkit.view.lines import json_line
from rawkit.view.text import epoch, escaped

if TYPE_CHECKING:
    from rawkit.api.check import Checked
    from rawkit.view.checks.cases import FileCases

NOTED: Final = ("stopped_early", "remarks", "interrupted")
"""What is said beside expectations, where there is anything."""


class Report:
    """Prints what was found in one file after the other.

    Args:
        format: `text`, `json` or `tap`.
        is_asked: whether anything is expected: then text says how that went, else what is in the file.
        color: whether text has colours.
        annotates: whether what fails is told to GitHub's runner, on stderr.
    """

    def __init__(self, format: str, *, is_asked: bool, color: bool, annotates: bool) -> None:
        self._format, self._is_asked, self._color, self._annotates = format, is_asked, color, annotates
        self._cases: list[FileCases] = []

    def add(self, found: Checked) -> None:
        """Prints what was found in a file."""
        from rawkit.view.checks.cases import file_cases

        cases = file_cases(found.name, found.damage, found.expectations)
        if self._format == "json":
            click.echo(json_line(self._record(found)))
        elif self._format == "text":
            self._print(found, cases)
        self._keep(cases)

    def add_error(self, file: str, error: Exception) -> None:
        """Notes a file that could not be read; that was said already."""
        from rawkit.view.checks.cases import no_cases

        self._keep(no_cases(file, str(error)))

    def end(self, junit: str | None) -> None:
        """Prints what is told of all files at once, and writes JUnit's file; CaptureError where that cannot be."""
        if self._format == "tap":
            from rawkit.view.checks import tap

            for line in tap.lines(self._cases):
                click.echo(line)
        elif self._format == "text" and self._is_asked:
            from rawkit.view.checks import text

            click.echo(text.last_line(self._cases))
        if junit is not None:
            _write_junit(junit, self._cases)

    def _print(self, found: Checked, cases: FileCases) -> None:
        if self._is_asked:
            from rawkit.view.checks import text

            for line in text.lines(cases, color=self._color):
                click.echo(line)
            for line in _named({name: value for name, value in _words(found).items() if name in NOTED}):
                click.echo(f"  {line}")
            return
        if self._cases:
            click.echo()
        for line in _named(_words(found)):
            click.echo(line)

    def _record(self, found: Checked) -> dict[str, Any]:
        from rawkit.view.checks.cases import record

        expectations = [record(one) for one in found.expectations] if self._is_asked else None
        return {**_words(found), "expectations": expectations}

    def _keep(self, cases: FileCases) -> None:
        self._cases.append(cases)
        if self._annotates:
            from rawkit.view.checks import github

            for line in github.lines(cases):
                click.echo(line, err=True)


def _write_junit(path: str, cases: list[FileCases]) -> None:
    from rawkit.api.merge import written
    from rawkit.view.checks.junit import document

    try:
        with written(path) as out:
            out.write(document(cases))
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CaptureError(f"cannot write {escaped(path)}: {error.strerror}: give --junit another file") from None


def _named(words: dict[str, Any]) -> Iterator[str]:
    for name, value in words.items():
        if value is not None:
            yield f"{name.replace('_', ' ')}: {', '.join(value) if isinstance(value, list) else value}"


def _words(found: Checked) -> dict[str, Any]:
    """What is printed, by its names; None where there is nothing to say."""
    return {
        "file": escaped(found.name),
        "format": found.format,
        "link_types": sorted(set(map(linktypes.name, found.link_types))),
        "interfaces": [escaped(name) for name in found.interfaces] or None,
        "comments": [escaped(text) for text in found.comments] or None,
        "frames": found.frames,
        "bytes": found.bytes,
        "connections": found.connections,
        "first": None if found.first is None else str(epoch(found.first)),
        "last": None if found.last is None else str(epoch(found.last)),
        "backwards": found.backwards or None,
        "cut_frames": found.cut_frames or None,
        "stopped_early": undecoded(found.stopped) or None,
        "remarks": [escaped(line) for line in found.remarks] or None,
        "damage": found.damage,
        "interrupted": "only the part up to here was read" if found.interrupted else None,
    }
