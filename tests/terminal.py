"""A terminal for tests: a command runs in a pseudo-terminal of a given size, and what it writes there is kept."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Callable, Mapping, Sequence

SGR = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
    """A pseudo-terminal that a command has as its standard output; messages of its stderr are kept apart.

    Args:
        command: what is run.
        columns, lines: how large the terminal is (TIOCSWINSZ, ioctl_tty(2)).
        popen: starts it, in a lab's host for instance.
        variables: added to the environment; None takes one away.
    """

    def __init__(
        self,
        command: Sequence[str],
        columns: int,
        lines: int = 24,
        stdin: int = subprocess.DEVNULL,
        popen: Callable[..., subprocess.Popen[str]] = subprocess.Popen,
        **variables: str | None,
    ) -> None:
        self._ours, theirs = pty.openpty()
        self._left, self._ended = "", False
        self.resize(columns, lines)
        given = {"TERM": "xterm", "COLUMNS": None, "LINES": None, "NO_COLOR": None, **variables}
        self.process = popen(
            command, stdin=stdin, stdout=theirs, stderr=subprocess.PIPE, text=True, env=environment(given)
        )
        os.close(theirs)

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("4H", lines, columns, 0, 0))

    def read_line(self) -> str:
        """The next line, without its end; "" where there is none any more."""
        while "\n" not in self._left:
            try:
                self._left += os.read(self._ours, 65536).decode()
            except OSError:  # EIO: nobody has the other end any more
                self._ended = True
                return ""
        line, _, self._left = self._left.partition("\n")
        return line.rstrip("\r")

    def read(self) -> str:
        """What is written until the command has ended."""
        lines = []
        while (line := self.read_line()) or not self._ended:
            lines.append(line)
        _, self.errors = self.process.communicate(timeout=30)
        os.close(self._ours)
        return "\n".join(lines)


def environment(given: Mapping[str, str | None]) -> dict[str, str]:
    changed = {**os.environ, **given}
    return {name: value for name, value in changed.items() if value is not None}


def without_colors(text: str) -> str:
    """The text without what SGR says; every other escape is left."""
    return SGR.sub("", text)
