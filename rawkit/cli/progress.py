"""How far a long run is: one line on stderr, where that is a terminal that nothing else is written to."""

from __future__ import annotations

import sys
import time

APART = 0.2  # seconds


class Progress:
    """Shows a count, and how much of a whole it is where the whole is known.

    >>> Progress(200, shown=False).text(50, 1200)
    '1,200 frames, 25 %'
    """

    def __init__(self, whole: int | None, *, shown: bool | None = None) -> None:
        self._whole = whole
        self._shown = sys.stderr.isatty() and not sys.stdout.isatty() if shown is None else shown
        self._next = time.monotonic() + 1.0

    def show(self, done: int, frames: int) -> None:
        """Writes the line, not more than five times a second, and not in the first second."""
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + APART
            sys.stderr.write(f"\r{self.text(done, frames)}\x1b[K")
            sys.stderr.flush()

    def text(self, done: int, frames: int) -> str:
        """What the line says."""
        share = f", {100 * done // self._whole} %" if self._whole else ""
        return f"{frames:,} frame{'s' * (frames != 1)}{share}"

    def close(self) -> None:
        """Takes the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
