"""The command that each finished file of a recording is handed to, as with tcpdump's -z."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rawkit.errors import CaptureError

if TYPE_CHECKING:
    from subprocess import Popen


class Following:
    """Starts the command with a file's name behind its words, and goes on; no shell reads any of them.

    A Ctrl-C at the terminal does not reach it: what it does with the last file is done to the end.

    >>> following = Following(["true"])
    >>> following.start("out.pcap")
    >>> following.wait()
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._running: list[Popen[bytes]] = []

    def start(self, path: str) -> None:
        """Has it do its work on a file; CaptureError where it cannot be started."""
        if not self._command:
            return
        import subprocess

        self._running = [one for one in self._running if one.poll() is None]
        command = [*self._command, path if not path.startswith("-") else f"./{path}"]
        try:
            self._running.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise CaptureError(f"{command[0]}: cannot be started: {reason}: give -z a command that can run") from None

    def wait(self) -> None:
        """Waits until all have ended."""
        for one in self._running:
            one.wait()
        self._running = []
