"""The functions of expectations: what each takes, and what it makes of a view."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from fractions import Fraction
from functools import partial
from typing import Final, Literal

from rawkit.query.expect.tallies import Distinct, Extreme, Rank, Sum, Tally
from rawkit.query.syntax import Word
from rawkit.query.tokens import wrong
from rawkit.query.values import Kind
from rawkit.values import dataclass

SUMMED: Final[tuple[Kind, ...]] = ("number", "boolean", "duration")
ORDERED: Final[tuple[Kind, ...]] = (*SUMMED, "time")

Sort = Literal["count", "none", "any", "all", "values", "distinct"]


@dataclass(frozen=True, slots=True)
class Function:
    """A function.

    Attributes:
        sort: `count` says how many; `none`, `any` and `all` are true or not; `values` and `distinct` are of a field.
        doc: one line: what it says.
        tally: of a field, what makes that of its values.
        kinds: of `values`, the kinds of fields that it takes.
    """

    sort: Sort
    doc: str
    tally: Callable[[], Tally] | None = None
    kinds: tuple[Kind, ...] = ORDERED

    @property
    def takes_field(self) -> bool:
        return self.tally is not None

    @property
    def is_compared(self) -> bool:
        """Whether it says a value, which is compared."""
        return self.sort in ("count", "values", "distinct")


FUNCTIONS: Final = {
    "count": Function("count", "how many there are"),
    "none": Function("none", "there is none"),
    "any": Function("any", "there is one at least"),
    "all": Function("all", "the filter lets all of them through; also where there is none"),
    "min": Function("values", "the least value", partial(Extreme, is_most=False)),
    "max": Function("values", "the largest value", partial(Extreme, is_most=True)),
    "sum": Function("values", "all values added up", partial(Sum, is_mean=False), SUMMED),
    "mean": Function("values", "their sum by their number", partial(Sum, is_mean=True), SUMMED),
    "median": Function("values", "the same as p50", partial(Rank, Fraction(50))),
    "distinct": Function("distinct", "how many different values there are", Distinct),
}
RANKS: Final = "p1 to p100, also p99.9"
RANK_DOC: Final = "nearest-rank percentile: the least value that so many in a hundred do not exceed"
ALSO: Final = {"every": "all", "avg": "mean"}
"""Other names."""
_RANK: Final = re.compile(r"p(\d{1,3}(?:\.\d{1,6})?)")


def function_of(name: Word) -> Function:  # noqa: RET503
    """The function of that name; FilterError, with what is near, where there is none.

    >>> function_of(Word("p99.9", 0)).doc == RANK_DOC
    True
    >>> function_of(Word("cont", 0))
    Traceback (most recent call last):
    rawkit.errors.FilterError: display filter, column 1: there is no function cont(): did you mean count()?
    """
    known = FUNCTIONS.get(ALSO.get(name.text, name.text))
    if known is not None:
        return known
    rank = _RANK.fullmatch(name.text)
    if rank and 0 < Fraction(rank[1]) <= 100:
        return Function("values", RANK_DOC, partial(Rank, Fraction(rank[1])))
    near = get_close_matches(name.text, (*FUNCTIONS, *ALSO), 1)
    meant = f"did you mean {near[0]}()?" if near else f"there are {', '.join(FUNCTIONS)}, and {RANKS}"
    wrong(name.at, f"there is no function {name.text}(): {meant}")
