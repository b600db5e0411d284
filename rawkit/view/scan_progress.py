"""How far a scan is, on a terminal, in one line that is written over."""

from __future__ import annotations

from typing import Final, TextIO

from rawkit.probe.scan_engine import CLOSED, FILTERED, OPEN, Counts

STEP: Final = 200_000_000
"""Nanoseconds between two looks."""
_SECOND: Final = 1_000_000_000


class ScanProgress:
    """Writes the line, and takes it away; what time it is, others say.

    >>> import io
    >>> out, counts = io.StringIO(), Counts(1000, sent=600)
    >>> counts.found[CLOSED] = 500
    >>> progress = ScanProgress(out, now=0)
    >>> progress.show(STEP, counts)
    >>> out.getvalue()
    '\\r50% of 1000: 0 open, 500 closed, 0 filtered, 3000 sent/s, 0 s left\\x1b[K'
    """

    def __init__(self, out: TextIO, now: int) -> None:
        self._out, self._began, self._last, self._sent = out, now, now, 0
        self._shown = False

    def show(self, now: int, counts: Counts) -> None:
        """Writes the line, unless it was written a moment ago."""
        if now - self._last < STEP:
            return
        rate = (counts.sent - self._sent) * _SECOND // (now - self._last)
        self._last, self._sent, self._shown = now, counts.sent, True
        done = counts.decided / max(counts.probes, 1)
        left = f"{(now - self._began) / _SECOND * (1 / done - 1):.0f} s left" if done else "no answer yet"
        found = f"{counts.found[OPEN]} open, {counts.found[CLOSED]} closed, {counts.found[FILTERED]} filtered"
        self._out.write(f"\r{done:.0%} of {counts.probes}: {found}, {rate} sent/s, {left}\x1b[K")
        self._out.flush()

    def clear(self) -> None:
        """Takes the line away."""
        if self._shown:
            self._out.write("\r\x1b[K")
            self._out.flush()
            self._shown = False
