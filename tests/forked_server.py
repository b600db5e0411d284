"""Loads rawkit and what it uses, and clones itself for each process that is asked for: a program of `tests/forked.py`.

It has one thread. clone(2) with CLONE_PARENT makes a child of the process that asks, so that all that is done with
children works: waiting, signals, times. The namespaces of processes are entered before, the others by the clone.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import io
import os
import pickle
import pkgutil
import platform
import runpy
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

NAMESPACES = ("pid_for_children", "net", "mnt", "uts")
CLONE = {"x86_64": 56, "aarch64": 220}.get(platform.machine())
CLONE_PARENT = 0x8000
SPARED = ("rawkit.testing", "rawkit.__main__", "rawkit.kernels.compiler")
"""Modules that are loaded by those alone who need them: pytest, numba."""
OTHERS = ("numpy", "numpy.ma", "click", "rich.console", "rich.table", "rich.text", "concurrent.futures.thread")
OUT_OF_THE_WAY = 500
"""The first number for files until they are where they belong."""


@dataclass
class Wanted:
    """A process: its arguments behind `-m`, folders of modules before all others, and what it holds.

    With it come files: those of 0, 1 and 2, those of `kept`, and those of `namespaces`.
    """

    words: list[str]
    path: list[str]
    folder: str
    environment: dict[str, str]
    kept: list[int]
    new_session: bool
    namespaces: list[str] = field(default_factory=list)


def load() -> None:
    """Everything that a command may import."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # no threads, which a clone would not have
    import rawkit
    from rawkit.craft.quiet import scapy_module, without_routes

    for info in pkgutil.walk_packages(rawkit.__path__, "rawkit."):
        if not info.name.startswith(SPARED):
            import_module(info.name)
    for name in OTHERS:
        import_module(name)
    without_routes()
    for name in ("inet", "inet6", "l2", "dhcp", "dns"):
        scapy_module(f"scapy.layers.{name}")
    gc.collect()
    gc.freeze()


def serve(channel: socket.socket) -> tuple[Wanted, list[int]] | None:
    """What a clone is to be, in the clone; None where nobody asks any more."""
    libc = ctypes.PyDLL(None, use_errno=True)
    loaded = False
    while True:
        head, files, _, _ = socket.recv_fds(channel, 4, 64)
        if len(head) < 4:
            return None
        wanted = pickle.loads(channel.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL))
        if not loaded:
            load()
            loaded = True
        number = clone(libc, wanted, files)
        if number == 0:
            channel.close()
            return wanted, files
        for file in files:
            os.close(file)
        channel.sendall(max(number, 0).to_bytes(4, "big"))


def clone(libc: ctypes.PyDLL, wanted: Wanted, files: list[int]) -> int:
    """The number of the new process; 0 in that one, -1 where there is none."""
    if CLONE is None:
        return -1
    own = os.open("/proc/self/ns/pid", os.O_RDONLY)
    entered = files[3 + len(wanted.kept)] if wanted.namespaces[:1] == [NAMESPACES[0]] else own
    try:
        if libc.setns(entered, 0) != 0:
            return -1
        ctypes.pythonapi.PyOS_BeforeFork()
        number: int = libc.syscall(CLONE, CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)
        if number == 0:
            ctypes.pythonapi.PyOS_AfterFork_Child()
        else:
            ctypes.pythonapi.PyOS_AfterFork_Parent()
            libc.setns(own, 0)
        return number
    finally:
        os.close(own)


def settle(wanted: Wanted, files: list[int]) -> None:
    """Takes the place of the process that was wanted, from inside it."""
    libc = ctypes.PyDLL(None, use_errno=True)
    for kind, file in zip(wanted.namespaces, files[3 + len(wanted.kept) :], strict=True):
        if kind != NAMESPACES[0] and libc.setns(file, 0) != 0:
            raise OSError(ctypes.get_errno(), f"setns: {kind}")
    os.chdir(wanted.folder)
    if wanted.new_session:
        os.setsid()
    take_places(dict(zip((0, 1, 2, *wanted.kept), files, strict=False)))
    os.environ.clear()
    os.environ.update(wanted.environment)
    time.tzset()
    sys.path[:0] = wanted.path
    sys.argv[:] = wanted.words
    sys.stdin = sys.__stdin__ = stream(0, "r", sys.__stdin__)
    sys.stdout = sys.__stdout__ = stream(1, "w", sys.__stdout__)
    sys.stderr = sys.__stderr__ = stream(2, "w", sys.__stderr__)


def take_places(places: dict[int, int]) -> None:
    """Files get their numbers, and all others are closed."""
    import fcntl

    away = {number: fcntl.fcntl(file, fcntl.F_DUPFD, OUT_OF_THE_WAY) for number, file in places.items()}
    os.closerange(0, OUT_OF_THE_WAY)
    for number, file in away.items():
        os.dup2(file, number, inheritable=True)
        os.close(file)


def stream(number: int, mode: str, was: Any) -> Any:
    """One of Python's own streams, as it makes them; None where there is none."""
    if was is None:
        return None
    unbuffered = mode == "w" and was.write_through  # PYTHONUNBUFFERED
    file = open(number, f"{mode}b", buffering=0 if unbuffered else -1, closefd=False)  # noqa: SIM115
    by_line = mode == "w" and not unbuffered and (number == 2 or file.isatty())
    return io.TextIOWrapper(
        file, was.encoding, was.errors, newline=None if mode == "r" else "\n", line_buffering=by_line,
        write_through=unbuffered,
    )  # fmt: skip


def main() -> None:
    channel = socket.socket(fileno=int(sys.argv[1]))
    try:
        found = serve(channel)
    except KeyboardInterrupt:
        return
    if found is not None:
        settle(*found)
        end(run(found[0].words[0]))


def run(module: str) -> int:
    """The exit code of a module that is run as a program; what Python would tell of is raised."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as error:
        if error.code is not None and not isinstance(error.code, int):
            raise
        return error.code or 0
    return 0


def end(code: int) -> None:
    """Ends the process as Python does, without taking apart all modules first: that takes longer than most commands.

    Where the last lines cannot be written, Python says so.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        for file in (sys.stdout, sys.stderr):
            if file is not None and not file.closed:
                file.flush()
    except OSError:
        sys.exit(code)
    os._exit(code & 0xFF)


if __name__ == "__main__":
    sys.modules["tests.forked_server"] = sys.modules["__main__"]  # as which `Wanted` was pickled
    main()
