"""How far a ping is, told when SIGQUIT (Ctrl-\\) asks for it, as iputils' ping does."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

STDERR: Final = 2


@contextmanager
def told_on_sigquit(tell: Callable[[], str]) -> Iterator[None]:
    """While the body runs, SIGQUIT writes a line to standard error and ends nothing.

    >>> asked = []
    >>> with told_on_sigquit(lambda: asked.append(True) or "3/4 packets, 25% loss"):
    ...     signal.raise_signal(signal.SIGQUIT)
    >>> asked
    [True]
    """

    def write(_number: int, _frame: FrameType | None) -> None:
        # Past Python's buffers: the signal may come in the middle of a line that is being written there.
        os.write(STDERR, f"\r{tell()}\n".encode())

    before = signal.signal(signal.SIGQUIT, write)
    try:
        yield
    finally:
        signal.signal(signal.SIGQUIT, before)
