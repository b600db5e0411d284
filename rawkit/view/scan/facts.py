"""What is said of a scan as a whole: what is known before the first verdict, and the first and last lines of files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import strftime
from typing import Final

from rawkit.probe.scan.kinds import SYN_SCAN, ScanKind
from rawkit.values import dataclass
from rawkit.view.text import counted, escaped

MANY: Final = 25
"""Ports of one state, other than open, that are listed one by one; of more the number is said (as nmap does)."""
_SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """What is known before the first verdict.

    Attributes:
        version: of the program.
        arguments: the command line.
        ports: that each host is asked.
        names: by which addresses were given.
        others: addresses of the same names that are not scanned, by the address that is.
        up, down: hosts that are scanned, and that were found not to be there.
        began: nanoseconds since the epoch.
        scan: which kind.
    """

    version: str
    arguments: str
    ports: Sequence[int]
    names: dict[str, str]
    others: dict[str, tuple[str, ...]]
    up: int
    down: int
    began: int
    scan: ScanKind = SYN_SCAN


def head(facts: ScanFacts) -> Iterator[str]:
    """The first line of text and of grepable output."""
    yield f"# rawkit {facts.version} scan initiated as: {escaped(facts.arguments)}"


def foot(facts: ScanFacts, elapsed: int, whole: bool) -> Iterator[str]:
    """The last line of text and of grepable output."""
    ended, when = "done" if whole else "was ended", strftime("%a %b %d %H:%M:%S %Y")
    yield f"# rawkit {ended} at {when} -- {summary(facts, elapsed)}"


def summary(facts: ScanFacts, elapsed: int) -> str:
    """What was scanned and how long it took, in nmap's words."""
    total, up = facts.up + facts.down, facts.up
    return f"{counted(total, 'IP address')} ({counted(up, 'host')} up) scanned in {elapsed / _SECOND:.2f} seconds"
