"""The system calls for Linux namespaces, which Python 3.11 has no names for (namespaces(7), mount(2)).

A namespace is held here as a file descriptor of `/proc/PID/ns/*`: when the last descriptor and the last
thread in it are gone, the kernel frees it with everything that it holds.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

CLONE_FS: Final = 0x00000200
CLONE_NEWNS: Final = 0x00020000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

MS_BIND: Final = 0x1000
MS_REC: Final = 0x4000
MS_PRIVATE: Final = 0x40000


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, name: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def unshare(kinds: int) -> None:
    """Moves the calling thread into new namespaces of the given kinds (unshare(2)); OSError where it may not.

    >>> unshare(0)
    """
    _check(_libc().unshare(kinds), "unshare")


def setns(namespace: int, kind: int) -> None:
    """Moves the calling thread into the namespace that the descriptor holds (setns(2)), or raises OSError.

    >>> setns(-1, CLONE_NEWNET)
    Traceback (most recent call last):
    OSError: [Errno 9] setns: Bad file descriptor
    """
    _check(_libc().setns(namespace, kind), "setns")


def mount(source: str, target: str, kind: str | None = None, flags: int = 0) -> None:
    """Mounts `source` on `target` in the calling thread's mount namespace (mount(2)), or raises OSError.

    >>> mount("none", "/no/such/place", "tmpfs")
    Traceback (most recent call last):
    FileNotFoundError: [Errno 2] mount /no/such/place: No such file or directory
    """
    encoded = None if kind is None else kind.encode()
    result = _libc().mount(source.encode(), target.encode(), encoded, ctypes.c_ulong(flags), None)
    _check(result, f"mount {target}")


@contextmanager
def entered(network: int) -> Iterator[None]:
    """Runs the body with the calling thread inside the network namespace that the descriptor holds.

    Sockets that are opened there stay there. Threads that the body starts begin there too.

    >>> import os
    >>> here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    >>> try:  # entering a namespace, even one's own, needs CAP_SYS_ADMIN
    ...     with entered(here):
    ...         pass
    ... except PermissionError:
    ...     pass
    >>> os.close(here)
    """
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        setns(network, CLONE_NEWNET)
        try:
            yield
        finally:
            setns(before, CLONE_NEWNET)
    finally:
        os.close(before)
