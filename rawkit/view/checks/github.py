"""Cases as annotations: commands that GitHub's runner reads from what a step prints (`::error ...`)."""

from __future__ import annotations

from collections.abc import Iterator

from rawkit.view.checks.cases import FileCases

DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
PROPERTY = {**DATA, ":": "%3A", ",": "%2C"}
"""What stands for characters that mean something to the runner (actions/toolkit, packages/core/src/command.ts)."""


def lines(found: FileCases) -> Iterator[str]:
    """A line for each case that failed.

    >>> from rawkit.view.checks.cases import no_cases
    >>> list(lines(no_cases("a,b.pcap", "100% wrong")))
    ['::error file=a%2Cb.pcap,title=rawkit check::the file is whole: 100%25 wrong']
    """
    for case in found.cases:
        if case.verdict != "ok":
            told = "\n".join((f"{case.name}: {case.found}", *case.proof))
            yield f"::error file={_put(found.file, PROPERTY)},title=rawkit check::{_put(told, DATA)}"


def _put(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
