"""Ending a long run in order: the first Ctrl-C (or SIGTERM) asks, the second insists."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from threading import Event


class Stop:
    """While it is entered, signals are noted in place of ending the program; a context manager.

    Args:
        heard: is called when somebody asks, for a loop that waits and does not look at `asked`.

    Attributes:
        asked: whether SIGINT or SIGTERM came; a second SIGINT raises SystemExit, with the exit code of such an end.
        reports: how often SIGUSR1 came.

    >>> with Stop() as stop:
    ...     signal.raise_signal(signal.SIGINT)
    ...     stop.asked
    True
    """

    def __init__(self, heard: Callable[[], None] | None = None) -> None:
        self.asked = False
        self._heard = heard
        self.reports = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number, handler in (
            (signal.SIGINT, self._ask),
            (signal.SIGTERM, self._ask),
            (signal.SIGUSR1, self._report),
        ):
            self._before[number] = signal.signal(number, handler)
        return self

    def ask(self) -> None:
        """What a signal does, from another thread or out of the program itself."""
        self.asked = True
        if self._heard is not None:
            self._heard()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        if self.asked and number == signal.SIGINT:
            raise SystemExit(128 + number)
        self.ask()

    def _report(self, _number: int, _frame: FrameType | None) -> None:
        self.reports += 1


class EventStop(Stop):
    """A `Stop` that is asked when a `threading.Event` is set.

    >>> import threading
    >>> event = threading.Event()
    >>> stop = EventStop(event)
    >>> stop.asked, event.set(), stop.asked
    (False, None, True)
    """

    def __init__(self, event: Event) -> None:
        self._event = event
        super().__init__()

    @property
    def asked(self) -> bool:
        """Whether the event is set."""
        return self._event.is_set()

    @asked.setter
    def asked(self, value: bool) -> None:
        if value:
            self._event.set()
