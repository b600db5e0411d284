"""What is opened once, whole or not at all, and closed: runs and captures are."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self


class Opened:
    """A context manager whose class says in `_open` what it needs.

    >>> class Two(Opened):
    ...     def _open(self, stack):
    ...         stack.callback(print, "first closed")
    ...         stack.callback(print, "second closed")
    >>> with Two() as two:
    ...     two.open()
    second closed
    first closed
    >>> two.close()
    """

    __slots__ = ("_stack",)

    def open(self) -> None:
        """Opens all that it needs, unless that was done before; where one of them fails, the others are closed."""
        if self._was_opened:
            return
        with ExitStack() as stack:
            self._open(stack)
            self._stack = stack.pop_all()

    def close(self) -> None:
        """Closes all of it; what was found and counted stays."""
        if self._was_opened:
            self._stack.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._was_opened:
            self._stack.__exit__(kind, error, trace)

    @property
    def _was_opened(self) -> bool:
        return hasattr(self, "_stack")

    def _open(self, stack: ExitStack) -> None:
        raise NotImplementedError
