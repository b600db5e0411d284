"""What a `with` body closes at its end, where its opening goes wrong half-way, and without waiting for it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Protocol, Self, TypeVar


class Closable(Protocol):
    """What is to be closed at its end."""

    def close(self) -> None:
        """Ends it."""


Some = TypeVar("Some", bound=Closable)


class Closes:
    """What is closed at the end of a `with` body, by its own `close`.

    >>> class Door(Closes):
    ...     def close(self) -> None:
    ...         print("closed")
    >>> with Door():
    ...     pass
    closed
    """

    __slots__ = ()

    def close(self) -> None:
        """Ends it."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Closing(Protocol):
    """Closes what it is given at the end of the body: `closed_aside`, or `contextlib.closing`."""

    def __call__(self, one: Some, /) -> AbstractContextManager[Some]:
        """A context manager that gives it."""


@contextmanager
def closed_on_error(sock: socket.socket) -> Iterator[None]:
    """Closes the socket where the body does not end well.

    >>> opened = socket.socket()
    >>> try:
    ...     with closed_on_error(opened):
    ...         raise OSError
    ... except OSError:
    ...     opened.fileno()
    -1
    """
    try:
        yield
    except BaseException:
        sock.close()
        raise


@contextmanager
def closed_aside(one: Some) -> Iterator[Some]:
    """Closes it at the end of the body, in a thread of its own.

    For each packet socket the kernel waits until all processors have passed a point (synchronize_net), 10 to 30 ms, and
    several at once wait no longer than one. The process does not end before they are closed.

    >>> with closed_aside(socket.socket()) as opened:
    ...     opened.fileno() > 0
    True
    """
    try:
        yield one
    finally:
        threading.Thread(target=one.close).start()
