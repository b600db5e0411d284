"""Makes the namespaces of a lab's hosts and starts programs in them; all of them die with the lab.

A thread of its own moves between the namespaces, so that the caller's threads never do. The programs live in
one PID namespace: when its process 1 goes, the kernel kills every one of them, daemons and grandchildren too.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

from rawkit.errors import LabError
from rawkit.lab.namespaces import (
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUTS,
    MS_BIND,
    MS_PRIVATE,
    MS_REC,
    entered,
    mount,
    setns,
    unshare,
)
from rawkit.sockets.packet_socket import open_packet_socket
from rawkit.values import dataclass

GRACE: Final = 2.0
"""Seconds that programs get to end by themselves after SIGTERM, before the lab kills them."""

RESOLVERS: Final = ("/run/nscd", "/run/systemd/resolve", "/run/avahi-daemon")
"""Where the machine's own resolvers listen: a lab's programs must not ask those, which would ask the world outside."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Descriptors of one host's namespaces: network, mount, UTS (its host name), and PID, which all hosts share."""

    network: int
    mount: int
    uts: int
    pid: int


class Launcher:
    """The thread that makes namespaces and starts programs in them.

    Args:
        files: texts that the programs see in place of the machine's files, by path (/etc/hosts and the like).
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._closed = False
        self._held: list[int] = []
        self._running: list[subprocess.Popen[Any]] = []
        self._init: subprocess.Popen[str] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rawkit-lab")
        try:
            self.call(self._begin, files)
        except OSError as error:
            self.close()
            raise LabError(f"the lab's namespaces cannot be made ({error}): use sudo") from error
        except BaseException:
            self.close()
            raise

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` returns, called in the launcher's thread; LabError where the lab is closed."""
        self.check_open()
        try:
            waiting = self._thread.submit(function, *args, **kwargs)
        except RuntimeError:  # closed meanwhile
            self.check_open()
            raise
        return waiting.result()

    def check_open(self) -> None:
        """Raises LabError where the lab is closed: its descriptors' numbers may be those of other files by now."""
        if self._closed:
            raise LabError("the lab is closed: build it again")

    def new_host(self, name: str) -> Namespaces:
        """Namespaces for a new host, in which nothing is configured yet."""
        return self.call(self._new_host, name)

    def inside(self, host: Namespaces, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` returns, called in the launcher's thread with that inside the host."""
        return self.call(self._inside, host, lambda: function(*args, **kwargs))

    def popen(self, host: Namespaces, command: Sequence[str | Path], **options: Any) -> subprocess.Popen[Any]:
        """Starts a program in a host; the options are those of `subprocess.Popen`."""
        options.setdefault("cwd", os.getcwd())
        return self.inside(host, lambda: self._popen(command, options))

    def entered(self, host: Namespaces) -> AbstractContextManager[None]:
        """Runs a `with` body with the calling thread in a host's network."""
        self.check_open()
        return entered(host.network)

    def open_socket(self, _name: str, host: Namespaces, *kind: int) -> socket.socket:
        """A socket of a host; OSError where it cannot be opened."""
        with self.entered(host):
            return socket.socket(*kind)

    def open_listening(self, _name: str, host: Namespaces) -> tuple[socket.socket, int]:
        """A packet socket of a host, and its /proc/net/dev."""
        with self.entered(host):
            return open_packet_socket(), os.open("/proc/thread-self/net/dev", os.O_RDONLY | os.O_CLOEXEC)

    def close(self) -> None:
        """Ends all programs, SIGTERM first and SIGKILL after `GRACE`, and lets go of all namespaces."""
        # The thread first: a program that it has yet to start would be waited for by nobody, and process 1 of a PID
        # namespace does not end before all others there were waited for.
        self._closed = True
        self._thread.shutdown()
        end_all(self._running)
        if self._init is not None:
            end_process(self._init, 0)
        while self._held:
            os.close(self._held.pop())

    def _begin(self, files: Mapping[str, str]) -> None:
        self._own = self._hold(os.open("/proc/thread-self/ns", os.O_RDONLY | os.O_CLOEXEC))
        unshare(CLONE_NEWPID | CLONE_NEWNS)
        mount("none", "/", flags=MS_REC | MS_PRIVATE)
        for place in RESOLVERS:
            if Path(place).is_dir():
                mount("tmpfs", place, "tmpfs")
        for path, text in files.items():
            _replace(Path(path), text)
        self._start_init()
        self._mount = self._open("mnt")
        self._pid = self._open("pid_for_children")

    def _start_init(self) -> None:
        lab = os.pidfd_open(os.getpid())
        try:
            command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("init.py")), str(lab)]
            pipe = subprocess.PIPE
            self._init = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=pipe,
                pass_fds=[lab],
                start_new_session=True,
                text=True,
            )
        finally:
            os.close(lab)
        assert self._init.stdout is not None
        with self._init.stdout as output:
            if (line := output.readline().strip()) != "ready":
                raise LabError(f"/proc cannot be mounted for the lab ({line}): use sudo")

    def _new_host(self, name: str) -> Namespaces:
        setns(self._mount, CLONE_NEWNS)
        unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS)
        mount("sysfs", "/sys", "sysfs")
        socket.sethostname(name)
        return Namespaces(self._open("net"), self._open("mnt"), self._open("uts"), self._pid)

    def _inside(self, host: Namespaces, function: Callable[[], T]) -> T:
        setns(host.network, CLONE_NEWNET)
        setns(host.mount, CLONE_NEWNS)
        setns(host.uts, CLONE_NEWUTS)
        return function()

    def _popen(self, command: Sequence[str | Path], options: dict[str, Any]) -> subprocess.Popen[Any]:
        process: subprocess.Popen[Any] = subprocess.Popen(command, **options)
        self._running = [*(old for old in self._running if old.returncode is None), process]
        return process

    def _open(self, kind: str) -> int:
        return self._hold(os.open(kind, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._own))

    def _hold(self, descriptor: int) -> int:
        self._held.append(descriptor)
        return descriptor


def _replace(path: Path, text: str) -> None:
    """Lets the programs see a text in place of a file; a file that is not there at all stays away."""
    target = path.resolve()
    if any(target.is_relative_to(place) for place in RESOLVERS):
        target.write_text(text)
    elif target.exists():
        with tempfile.NamedTemporaryFile("w", prefix="rawkit-lab-") as source:  # its mount outlives its name
            source.write(text)
            source.flush()
            os.chmod(source.name, 0o644)
            mount(source.name, str(target), flags=MS_BIND)


def end_all(processes: Sequence[subprocess.Popen[Any]]) -> None:
    """Ends programs, SIGTERM first and SIGKILL after `GRACE`."""
    deadline = time.monotonic() + GRACE
    for process in processes:
        process.terminate()
    for process in processes:
        end_process(process, deadline)


def end_process(process: subprocess.Popen[Any], deadline: float) -> None:
    """Waits for a program's end until a time of the monotonic clock, kills it then, and closes its pipes."""
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
