"""One line of the result tables: our figure beside another, and whether it is what was asked for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """Our figure beside a peer's, or beside a limit.

    Attributes:
        work: what was done.
        peer: who did it too, or what the limit is.
        unit: of both figures.
        ours: our figure.
        theirs: the peer's; None where it could not be had, and then `note` says why.
        target: the least ratio that was asked for; None where none was.
        more_is_better: whether a larger figure is the better one (a rate), or a smaller one (a time).
        ours_range: our least and greatest figure.
        theirs_range: the peer's.
        note: what one must know to read the row.
        cpu_ratio: how many times as much CPU time the other took, where both are times of programs.
        growth: what grows from row to row (`packets`, `flows`, `hosts`, `rate`), where that is what the row shows.
        size: hosts, or frames a second, where those grow.
        packets: packets that were worked on, where something grows.
        flows: flows in them.
        kind: `peer`, `physical` (a fixed loop, a bound that no program passes) or `limit` (a number that was asked
            for).

    >>> row = Row("flows", "tcptrace", "s", ours=2.0, theirs=6.0, target=5.0)
    >>> row.ratio, row.met
    (3.0, False)
    """

    work: str
    peer: str
    unit: str
    ours: float | None
    theirs: float | None
    target: float | None = None
    more_is_better: bool = False
    ours_range: tuple[float, float] | None = None
    theirs_range: tuple[float, float] | None = None
    note: str = ""
    kind: str = "peer"
    cpu_ratio: float | None = None
    growth: str = ""
    packets: int = 0
    flows: int = 0
    size: int = 0

    @property
    def ratio(self) -> float | None:
        """How many times as good our figure is as the other; None where one is missing."""
        if self.ours is None or self.theirs is None:
            return None
        better, worse = (self.ours, self.theirs) if self.more_is_better else (self.theirs, self.ours)
        if worse == 0:
            return 1.0 if better == 0 else float("inf")
        return better / worse

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None where there is none, or no ratio."""
        return None if self.target is None or self.ratio is None else self.ratio >= self.target

    def as_json(self) -> dict[str, Any]:
        """The row with its ratio and verdict, for results.json; a ratio without end is null there."""
        ratio = None if self.ratio == float("inf") else self.ratio
        return {**asdict(self), "ratio": ratio, "met": self.met}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Row:
        """The row again.

        >>> row = Row("flows", "tcptrace", "s", ours=2.0, theirs=6.0)
        >>> Row.from_json(row.as_json()) == row
        True
        """
        given = {key: value for key, value in found.items() if key not in ("ratio", "met")}
        ranges: dict[str, Any] = {key: tuple(given[key]) for key in ("ours_range", "theirs_range") if given[key]}
        return cls(**(given | ranges))
