"""Lines and a table on one terminal."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TextIO


class Above(io.TextIOBase):
    """A text file; what is written to it takes the place of what is drawn below, which `clear` takes away first.

    >>> out = io.StringIO()
    >>> Above(out, lambda: print("cleared")).write("line")
    cleared
    4
    """

    def __init__(self, out: TextIO, clear: Callable[[], None]) -> None:
        self._out, self._clear = out, clear

    def write(self, text: str) -> int:
        """As in `TextIO`."""
        self._clear()
        return self._out.write(text)

    def flush(self) -> None:
        """As in `TextIO`."""
        self._out.flush()
