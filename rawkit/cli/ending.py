"""How the program ends where the system stops it: output that nobody takes, memory or descriptors at an end."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import Final, TextIO

_ADVICE: Final = {
    errno.EMFILE: "allow more open files (ulimit -n), or name fewer interfaces and files",
    errno.ENFILE: "end programs that hold many files open",
    errno.ENOMEM: "allow more memory (ulimit -v), or end other programs",
    errno.ENOBUFS: "allow more memory (ulimit -v), or end other programs",
}
"""What to do about errors of the system that any call can give."""

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def ended(call: Callable[[], int]) -> int:
    """The exit code of the call; where output cannot be written, or the system has no more to give, a line and 2.

    >>> ended(lambda: 3)
    3
    """
    code = _code_of(call)
    try:
        sys.stderr.flush()
    except OSError:
        _forget(sys.stderr)
    return code


def _code_of(call: Callable[[], int]) -> int:
    try:
        code = call()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone (`rawkit … | head`): nothing is left to say, not even at exit.
        _forget(sys.stdout)
        return 0
    except MemoryError:
        told = f"there is not enough memory: {_ADVICE[errno.ENOMEM]}"
    except OSError as error:
        told = _of_output(error) or _of_system(error)
        if not told:
            raise
    else:
        return code
    from rawkit.api.notices import say

    say(told)
    return 2


def _of_output(error: OSError) -> str:
    """The line, where standard output is what cannot be written: errors of files and devices are named by their own."""
    if error.errno not in _FULL or error.filename is not None:
        return ""
    _forget(sys.stdout)
    return f"cannot write to standard output: {error.strerror}: make room, or send it elsewhere"


def _of_system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror}: {_ADVICE[error.errno]}" if error.errno in _ADVICE else ""


def _forget(stream: TextIO) -> None:
    """Sends what is left in a stream nowhere: Python tries to write it once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
