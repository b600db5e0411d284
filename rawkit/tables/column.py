"""A column of a table, and what is said where there is none of that name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rawkit.errors import RawkitError
from rawkit.values import dataclass

Kind = Literal["number", "time", "duration", "text", "words", "numbers"]
Word = str | tuple[str, ...] | tuple[int, ...]


class FieldError(RawkitError, LookupError):
    """A field that a table does not have.

    >>> raise FieldError.of("ip.scr", ["ip.src", "tcp.len"])
    Traceback (most recent call last):
    rawkit.tables.column.FieldError: there is no field 'ip.scr': did you mean ip.src?
    """

    @classmethod
    def of(cls, name: str, known: Iterable[str]) -> FieldError:
        """The error for a name, with what was probably meant."""
        from difflib import get_close_matches

        names = list(known)
        meant = get_close_matches(name, names, 1)
        return cls(f"there is no field {name!r}: " + (f"did you mean {meant[0]}?" if meant else f"use {_some(names)}"))


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "") if names else "a table that has fields"


@dataclass(frozen=True, slots=True, eq=False)
class TableColumn:
    """One column of a table, as compact as it was found; its text is made when somebody asks for it.

    Attributes:
        kind: `number`; `time` (nanoseconds since 1970-01-01 UTC); `duration` (nanoseconds); `text`; `words` (a few
            words in one place, such as `tcp.analysis`); `numbers` (a few of them, such as `tcp.options.sack_le`).
        values: an entry a row: int64; for text, words and several numbers also uint8 in two dimensions, rows by bytes.
        mask: True where the row has the field; elsewhere the value means nothing.
        read: of text, words and several numbers, what makes them of a value: of an integer, or of a row's bytes.
    """

    kind: Kind
    values: NDArray[np.int64] | NDArray[np.uint8]
    mask: NDArray[np.bool_]
    read: Callable[[Any], Word] | None = None

    @classmethod
    def concat(cls, pieces: Sequence[TableColumn]) -> TableColumn:
        """The pieces of one column, one below the other."""
        mask, first = np.concatenate([piece.mask for piece in pieces]), pieces[0]
        # Zeros that nobody looks at are never made memory: most columns of most captures are like that.
        values: Any = (
            np.concatenate([piece.values for piece in pieces])
            if mask.any()
            else np.zeros((len(mask), *first.values.shape[1:]), dtype=first.values.dtype)
        )
        return cls(first.kind, values, mask, first.read)
