"""What runs now, on standard error: one line that changes on a terminal, a line a title elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO


class Progress:
    """Shows steps; on a terminal each takes the place of the one before."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._live = self._out.isatty()
        self._begin = time.monotonic()
        self._title = ""

    def step(self, text: str) -> None:
        """Shows a step, `TITLE: DETAILS`; where it is no terminal, only a new title."""
        title = text.partition(": ")[0]
        if self._live:
            self._out.write(f"\r\x1b[K{self._clock()} {text}"[:120])
        elif title != self._title:
            self._out.write(f"{self._clock()} {title}\n")
        self._title = title
        self._out.flush()

    def say(self, text: str) -> None:
        """Shows a line that stays."""
        self._out.write(f"\r\x1b[K{text}\n" if self._live else f"{text}\n")
        self._out.flush()

    def _clock(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._begin), 60)
        return f"{minutes:3}:{seconds:02}"
