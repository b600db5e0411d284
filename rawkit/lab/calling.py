"""Calls a function for another process, run in a host as `python -m rawkit.lab.calling FD`.

FD is a Unix socket, by which function and arguments come, and value or error go back.
"""

from __future__ import annotations

import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from rawkit.errors import LabError
from rawkit.lab.calls import END, ERROR, READY, VALUE
from rawkit.lab.messages import get, put
from rawkit.lab.pickling import dumped, loaded


class Stopped(BaseException):
    """Somebody wants no more."""


def main(arguments: Sequence[str]) -> int:
    """Calls the function."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    channel = socket.socket(fileno=int(arguments[0]))
    try:
        function, args, kwargs = loaded(get(channel)[0])
        name = getattr(function, "__qualname__", None) or repr(function)
        given = function(*args, **kwargs)
        if hasattr(given, "__next__") or hasattr(given, "stop"):
            give_all(channel, given, name)
        else:
            put(channel, (VALUE, dumped(given, f"the result of {name}")))
    except BrokenPipeError:
        return 1
    except BaseException as error:  # it is the caller's
        put(channel, (ERROR, told(error)))
    return 0


def give_all(channel: socket.socket, given: Any, name: str) -> None:
    """Gives each value as it comes; SIGUSR1 stops it in order."""
    signal.signal(signal.SIGUSR1, lambda *_: stop(given))
    try:
        if hasattr(given, "open"):
            given.open()
        put(channel, (READY, dumped(None, name)))
        for value in given:
            put(channel, (VALUE, dumped(value, f"a result of {name}")))
    except Stopped:
        pass
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    if hasattr(given, "close"):
        given.close()
    put(channel, (END, dumped(None, name)))


def stop(given: Any) -> None:
    """Has what is gone through end by itself, or leaves it."""
    if not hasattr(given, "stop"):
        raise Stopped
    given.stop()


def told(error: BaseException) -> bytes:
    """An error for the caller, with a note of where it was raised; another where it cannot be pickled."""
    place = "".join(traceback.format_exception(error)).rstrip()
    error.add_note(f"In the lab's host:\n{place}")
    try:
        data = dumped(error, "the error")
        loaded(data)
    except LabError:
        shown = f"{type(error).__name__}: {error}"
        return dumped(LabError(f"{shown}: raised in the host, by an exception that cannot be pickled"), "the error")
    return data


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
