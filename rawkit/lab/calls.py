"""Python functions that run in a host of a lab, in a process of their own: values and errors come back pickled."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final, Generic, NoReturn, ParamSpec, TypeVar

from rawkit.errors import LabError
from rawkit.lab import modules
from rawkit.lab.messages import get, put
from rawkit.lab.pickling import dumped, loaded
from rawkit.sockets.closing import Closes

P = ParamSpec("P")
T = TypeVar("T")

READY: Final = "ready"
VALUE: Final = "value"
ERROR: Final = "error"
END: Final = "end"
PATIENCE: Final = 5.0
"""Seconds that a process gets to end by itself."""


class Call:
    """A function on its way in a host.

    Args:
        popen: starts a program in the host.
        host: its name, for messages.
        function: what is called there.
        args: its arguments.
        kwargs: those with names.

    Raises LabError for what cannot be pickled.
    """

    def __init__(
        self,
        popen: Callable[..., subprocess.Popen[Any]],
        host: str,
        function: Callable[..., Any],
        args: Any,
        kwargs: Any,
    ) -> None:
        self.name = getattr(function, "__qualname__", None) or repr(function)
        self.host = host
        task = dumped((function, args, kwargs), f"what is given to {self.name}")
        self._channel, there = socket.socketpair()
        with there:
            command = [sys.executable, "-P", "-m", "rawkit.lab.calling", str(there.fileno())]
            self.process = popen(command, pass_fds=[there.fileno()], env=modules.environment())
        with suppress(OSError):
            put(self._channel, task)

    def hear(self) -> tuple[str, Any]:
        """What the process says next; LabError where it has ended without a word."""
        try:
            (kind, data), _ = get(self._channel)
        except (EOFError, OSError):
            self._ended()
        value = loaded(data)
        if kind == ERROR:
            raise value
        return kind, value

    def stop(self) -> None:
        """Has the process end what it is at."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGUSR1)

    def close(self) -> None:
        """Ends the process."""
        self._channel.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _ended(self) -> NoReturn:
        self._channel.close()
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        raise LabError(f"{self.name} on host {self.host} ended without a result (exit code {code}): see what it calls")


def call(
    start: Callable[[Callable[..., Any], Any, Any], Call], function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """What a function returns, by the call that `start` begins."""
    under_way = start(function, args, kwargs)
    try:
        _, value = under_way.hear()
        result: T = value
        return result
    finally:
        under_way.close()


class Iteration(Closes, Generic[T]):
    """What a function in a host gives, one after the other; a context manager, which ends it.

    Attributes:
        name: the function's.
    """

    def __init__(self, under_way: Call) -> None:
        self.name = under_way.name
        self._call: Call | None = under_way
        try:
            under_way.hear()
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        if self._call is None:
            raise StopIteration
        try:
            kind, value = self._call.hear()
        except BaseException:
            self.close()
            raise
        if kind == END:
            self.close()
            raise StopIteration
        result: T = value
        return result

    def wait(self) -> list[T]:
        """All that is still to come."""
        return list(self)

    def stop(self) -> None:
        """Ends it in order, from any thread; what was under way still comes."""
        under_way = self._call
        if under_way is not None:
            under_way.stop()

    def close(self) -> None:
        """Ends it at once; a second call does nothing."""
        under_way, self._call = self._call, None
        if under_way is not None:
            under_way.close()
