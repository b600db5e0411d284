"""`KeptLauncher`: the hosts of a lab that a process of its own keeps (`rawkit.lab.keeper`), for one that may not.

The caller stays who it is, with its user, its network and its threads. It has descriptors of the hosts' namespaces,
and starts programs there through `enter.py`, a process without threads.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any, Final, NoReturn

from rawkit.errors import LabError, PrivilegeError
from rawkit.lab import modules
from rawkit.lab.launcher import GRACE, Namespaces, end_all, end_process
from rawkit.lab.messages import CLOSE, LISTENING, MIDDLEBOX, SOCKET, get, put
from rawkit.lab.middlebox.control import Middlebox
from rawkit.lab.spec import LabSpec

_ENTER: Final = str(Path(__file__).with_name("enter.py"))
_PATIENCE: Final = 3 * GRACE
"""Seconds that the keeper gets to end the lab."""


class KeptLauncher:
    """Starts programs in the hosts of a lab that another process keeps.

    Args:
        spec: of the lab, which is up when this returns.

    Raises PrivilegeError where the system forbids user namespaces, LabError where the network cannot be built.

    Attributes:
        namespaces: those of each host, by name: descriptors of this process.
        links: the places of the links that have a middlebox.
    """

    def __init__(self, spec: LabSpec) -> None:
        self._closed = False
        self._running: list[subprocess.Popen[Any]] = []
        self._held: list[int] = []
        self._lock = threading.RLock()
        self._channel, self._keeper = _start(spec)
        try:
            self.links, (self._user, pid) = self._hear()
            self._held += [self._user, pid]
            self.namespaces: dict[str, Namespaces] = {}
            for _ in spec.hosts:
                name, (network, mount, uts) = self._hear()
                self._held += [network, mount, uts]
                self.namespaces[name] = Namespaces(network, mount, uts, pid)
        except BaseException:
            self.close()
            raise

    def check_open(self) -> None:
        """Raises LabError where the lab is closed: its descriptors' numbers may be those of other files by now."""
        if self._closed:
            raise LabError("the lab is closed: build it again")

    def popen(self, host: Namespaces, command: Sequence[str | Path], **options: Any) -> subprocess.Popen[Any]:
        """Starts a program in a host; the options are those of `subprocess.Popen`, whose process stands for it."""
        self.check_open()
        folder = os.fspath(options.setdefault("cwd", os.getcwd()))
        words = [command] if isinstance(command, (str, Path)) else [*command]
        if options.pop("shell", False):
            words = ["/bin/sh", "-c", *words]
        words = [options.pop("executable", None) or words[0], *words[1:]]
        _check_found(words[0], options.get("env"))
        spaces = (self._user, host.pid, host.network, host.uts, host.mount)
        prefix = [sys.executable, "-I", "-S", _ENTER, *map(str, spaces), folder]
        kept = (*options.pop("pass_fds", ()), *spaces)
        process: subprocess.Popen[Any] = subprocess.Popen([*prefix, *words], pass_fds=kept, **options)
        process.args = command
        with self._lock:
            self._running = [*(old for old in self._running if old.returncode is None), process]
        return process

    def entered(self, host: Namespaces) -> AbstractContextManager[None]:
        """Raises PrivilegeError: this process has no rights over the host's network."""
        raise PrivilegeError(
            "an ordinary user's process cannot enter a host: use host.call(function) or host.socket(), or sudo"
        )

    def open_socket(self, name: str, _host: Namespaces, *kind: int) -> socket.socket:
        """A socket of a host; OSError where it cannot be opened."""
        _, (descriptor,) = self._asked(SOCKET, name, *kind)
        return socket.socket(fileno=descriptor)

    def open_listening(self, name: str, _host: Namespaces) -> tuple[socket.socket, int]:
        """A packet socket of a host, and its /proc/net/dev."""
        _, (descriptor, counters) = self._asked(LISTENING, name)
        return socket.socket(fileno=descriptor), counters

    def middlebox(self, link: int) -> Middlebox:
        """The middlebox of the link at that place."""
        return Middlebox(lambda question: self._asked(MIDDLEBOX, link, question)[0])

    def close(self) -> None:
        """Ends all programs, SIGTERM first and SIGKILL after `GRACE`, and has the lab taken down."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            end_all(self._running)
            with suppress(OSError):
                put(self._channel, (CLOSE,))
            end_process(self._keeper, time.monotonic() + _PATIENCE)
            self._channel.close()
            while self._held:
                os.close(self._held.pop())

    def _asked(self, *question: Any) -> tuple[Any, list[int]]:
        with self._lock:
            self.check_open()
            try:
                put(self._channel, question)
            except OSError:
                self._gone()
            return self._hear()

    def _hear(self) -> tuple[Any, list[int]]:
        try:
            value, descriptors = get(self._channel)
        except (EOFError, OSError):
            self._gone()
        if isinstance(value, Exception):
            raise value
        return value, descriptors

    def _gone(self) -> NoReturn:
        raise LabError("the process that keeps the lab has ended: build the lab again")


def _start(spec: LabSpec) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """The keeper, in a session of its own: Ctrl-C is for the caller, which closes the lab."""
    here, there = socket.socketpair()
    with there:
        command = [sys.executable, "-P", "-m", "rawkit.lab.keeper", str(there.fileno()), str(os.getpid())]
        keeper = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            pass_fds=[there.fileno()],
            start_new_session=True,
            env=modules.environment(),
        )
    put(here, spec)
    return here, keeper


def _check_found(program: str | Path, environment: Any) -> None:
    """FileNotFoundError as of `subprocess.Popen`, which would find the program that enters."""
    if os.sep in os.fspath(program):
        return  # which of the folders it is relative to, the child knows
    path = None if environment is None else dict(environment).get("PATH")
    if shutil.which(os.fspath(program), path=path) is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(program))
