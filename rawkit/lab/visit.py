"""Runs a program in a host of a lab that another process holds (setns(2), pid_namespaces(7))."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from rawkit.errors import LabError
from rawkit.lab import foreground
from rawkit.lab.namespaces import (
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    setns,
)
from rawkit.lab.record import HostRecord, LabRecord
from rawkit.lab.running import check_reachable


def run(lab: LabRecord, host: HostRecord, command: Sequence[str]) -> int:
    """Moves this process into the host, runs a program there with this terminal, and returns its exit code.

    The process must have no threads, and stays in the host. A program that a signal ended counts as 128 and the
    signal's number, as in a shell. LabError where the program cannot be started, or the lab has just ended.
    """
    folder = os.getcwd()
    _enter(lab, host)
    try:
        os.chdir(folder)
    except OSError:
        os.chdir("/")
    code = _run(command, host)
    return 128 - code if code < 0 else code


def _run(command: Sequence[str], host: HostRecord) -> int:
    in_front = foreground.is_foreground()
    with _signals_left_to_program() as relay:
        try:
            process = foreground.start(command) if in_front else subprocess.Popen(command)
        except OSError as error:
            raise LabError(f"{command[0]}: {error.strerror}: name a program that host {host.name} has") from error
        with process:
            relay.begin(process)
            return foreground.wait(process) if in_front else process.wait()


def _enter(lab: LabRecord, host: HostRecord) -> None:
    check_reachable(lab)
    place, spaces = f"/proc/{lab.pid}", host.namespaces
    wanted = (
        (f"{place}/ns/user", CLONE_NEWUSER),
        (f"{place}/fd/{spaces.pid}", CLONE_NEWPID),
        (f"{place}/fd/{spaces.network}", CLONE_NEWNET),
        (f"{place}/fd/{spaces.uts}", CLONE_NEWUTS),
        (f"{place}/fd/{spaces.mount}", CLONE_NEWNS),
    )
    try:
        # All are opened before the first is entered: then /proc is another, and so are this process's rights.
        opened = [(os.open(path, os.O_RDONLY | os.O_CLOEXEC), kind) for path, kind in wanted]
        for descriptor, kind in opened:
            if kind != CLONE_NEWUSER or not _is_own_user_namespace(descriptor):
                setns(descriptor, kind)
    except OSError as error:
        raise LabError(f"lab {lab.name} cannot be entered ({error.strerror}): see `rawkit lab list`") from error


def _is_own_user_namespace(descriptor: int) -> bool:
    return os.path.samestat(os.fstat(descriptor), os.stat("/proc/self/ns/user"))


class _Relay:
    """Passes signals on to a program; those that come before it has been started, afterwards."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)

    def begin(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        for number in self._early:
            process.send_signal(number)


@contextmanager
def _signals_left_to_program() -> Iterator[_Relay]:
    """Leaves the terminal's signals to the program, and passes those on that are sent to this process."""
    relay = _Relay()
    handlers: dict[signal.Signals, Callable[[int, FrameType | None], None]] = {
        signal.SIGINT: _leave,
        signal.SIGQUIT: _leave,
        signal.SIGTERM: relay,
        signal.SIGHUP: relay,
    }
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield relay
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _leave(_number: int, _frame: FrameType | None) -> None:
    return
