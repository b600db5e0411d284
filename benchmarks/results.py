"""results.json: what was measured, job by job; a job that runs again takes the place of its last figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.rows import Row


@dataclass(slots=True)
class Section:
    """The figures of one job.

    Attributes:
        when: begin, in UTC.
        runs: measured runs of each program.
        load: of the machine when the job began.
        rows: the figures so far.
        text: what a job that makes its own table printed.
        complete: False where it was cut short.
    """

    when: str
    runs: int
    load: str
    rows: list[Row] = field(default_factory=list)
    text: str = ""
    complete: bool = False

    def as_json(self) -> dict[str, Any]:
        """The section for results.json."""
        plain = {"when": self.when, "runs": self.runs, "load": self.load, "text": self.text, "complete": self.complete}
        return {**plain, "rows": [row.as_json() for row in self.rows]}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Section:
        """The section again."""
        rows = [Row.from_json(row) for row in found["rows"]]
        return cls(**{**found, "rows": rows})


@dataclass(slots=True)
class Results:
    """All figures, with the machine and the versions that the last run had."""

    machine: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    sections: dict[str, Section] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Writes them, whole or not at all."""
        sections = {name: section.as_json() for name, section in self.sections.items()}
        found = {"machine": self.machine, "versions": self.versions, "jobs": sections}
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(found, indent=1) + "\n")
        unfinished.replace(path)

    @classmethod
    def load(cls, path: Path) -> Results:
        """What is there; nothing where there is no file."""
        if not path.exists():
            return cls()
        found = json.loads(path.read_text())
        sections = {name: Section.from_json(section) for name, section in found["jobs"].items()}
        return cls(found["machine"], found["versions"], sections)

    def rows(self) -> Sequence[Row]:
        """The rows of all jobs."""
        return [row for section in self.sections.values() for row in section.rows]
