"""Cases in TAP, the Test Anything Protocol (https://testanything.org/tap-version-13-specification.html)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from rawkit.view.checks.cases import Case, FileCases


def lines(files: Sequence[FileCases]) -> Iterator[str]:
    """The whole report; what a case found, and the frames, stand in a YAML block (of JSON's texts, which are YAML).

    >>> from rawkit.view.checks.cases import file_cases
    >>> print(*lines([file_cases("a.pcap", "cut short", [])]), sep="\\n")
    TAP version 13
    1..1
    not ok 1 - a.pcap: the file is whole
      ---
      found: "cut short"
      ...
    """
    cases = [(found.file, case) for found in files for case in found.cases]
    yield "TAP version 13"
    yield f"1..{len(cases)}"
    for number, (file, case) in enumerate(cases, 1):
        yield f"{'ok' if case.verdict == 'ok' else 'not ok'} {number} - {_description(f'{file}: {case.name}')}"
        yield from _block(case)


def _description(text: str) -> str:
    """A `#` would begin a directive."""
    return text.replace("\\", "\\\\").replace("#", "\\#")


def _block(case: Case) -> Iterator[str]:
    if not case.found:
        return
    yield "  ---"
    yield f"  found: {json.dumps(case.found)}"
    if case.proof:
        yield "  frames:"
        yield from (f"    - {json.dumps(line)}" for line in case.proof)
    yield "  ..."
