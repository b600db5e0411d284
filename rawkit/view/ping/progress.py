"""How far a ping of many targets is, on a terminal, in one line that is written over."""

from __future__ import annotations

from typing import Final, TextIO

STEP: Final = 200_000_000
"""Nanoseconds between two looks."""


class PingProgress:
    """Writes the line, and takes it away at the end; what time it is, others say.

    >>> import io
    >>> out = io.StringIO()
    >>> progress = PingProgress(out, targets=4096)
    >>> progress.show(now=STEP, sent=300, answered=17, finished=20)
    >>> out.getvalue()
    '\\r300 sent, 17 answered, 20 of 4096 targets done\\x1b[K'
    """

    def __init__(self, out: TextIO, targets: int) -> None:
        self._out, self._targets = out, targets
        self._last, self._shown = 0, False

    def show(self, now: int, sent: int, answered: int, finished: int) -> None:
        """Writes the line, unless it was written a moment ago."""
        if now - self._last < STEP:
            return
        self._last, self._shown = now, True
        self._out.write(f"\r{sent} sent, {answered} answered, {finished} of {self._targets} targets done\x1b[K")
        self._out.flush()

    def clear(self) -> None:
        """Takes the line away."""
        if self._shown:
            self._shown = False
            self._out.write("\r\x1b[K")
            self._out.flush()
