"""Cases as text: a line each, and the frames that show why below one that failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rawkit.view.checks.cases import WHOLE, Case, FileCases
from rawkit.view.colors import GREEN, RED, painted
from rawkit.view.text import counted


def lines(found: FileCases, *, color: bool = False) -> Iterator[str]:
    r"""The lines of a file; that it is whole is not said where it is.

    >>> from rawkit.view.checks.cases import file_cases
    >>> list(lines(file_cases("a.pcap", "cut short\x1b", [])))
    ['a.pcap', '  FAIL  the file is whole: cut short\\x1b']
    """
    yield found.file
    for case in found.cases:
        if case.name != WHOLE or case.verdict != "ok":
            yield from _lines(case, color)


def _lines(case: Case, color: bool) -> Iterator[str]:
    is_ok = case.verdict == "ok"
    word = painted("ok  " if is_ok else "FAIL", (GREEN if is_ok else RED) if color else "")
    yield f"  {word}  {case.name}: {case.found}"
    yield from (f"          {line}" for line in case.proof)


def last_line(files: Sequence[FileCases]) -> str:
    """How many cases failed, of all."""
    cases = [case for found in files for case in found.cases if case.name != WHOLE or case.verdict != "ok"]
    failed = sum(case.verdict != "ok" for case in cases)
    return f"{failed} of {counted(len(cases), 'expectation')} failed" if failed else _all_hold(len(cases))


def _all_hold(number: int) -> str:
    return f"{counted(number, 'expectation')} {'holds' if number == 1 else 'hold'}"
