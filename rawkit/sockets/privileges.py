"""The right to open raw sockets, and giving up root once they are open (capabilities(7)).

A program that reads an enemy's bytes opens its sockets first, and then goes on as an ordinary user.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rawkit.errors import PrivilegeError

PR_CAPBSET_DROP: Final = 24
PR_SET_NO_NEW_PRIVS: Final = 38
_CAPABILITY_VERSION_3: Final = 0x20080522


@contextmanager
def needing_net_raw(what: str) -> Iterator[None]:
    """Makes a PrivilegeError, which says what to do, of a PermissionError in the body.

    >>> with needing_net_raw("packet sockets"):  # doctest: +ELLIPSIS
    ...     raise PermissionError
    Traceback (most recent call last):
    rawkit.errors.PrivilegeError: packet sockets need CAP_NET_RAW: use sudo, ... or try it in `rawkit lab`
    """
    try:
        yield
    except PermissionError as error:
        # Never on the system's Python itself: it would give raw sockets to every script of every user.
        copy = "a copy of Python that has it (docs/sniffing.md, Rights)"
        raise PrivilegeError(f"{what} need CAP_NET_RAW: use sudo, {copy}, or try it in `rawkit lab`") from error


def drop(user: str | None = None) -> str | None:
    """Gives up root and all capabilities for good; sockets that are open stay open. Returns the user it is now.

    With no user named it becomes the one who called sudo (SUDO_UID, SUDO_GID), and where there is none, nothing is
    given up and None is returned. A process that is not root, but has capabilities, loses these.

    Call it before starting threads: the kernel keeps capabilities and no_new_privs a thread.

    Raises PrivilegeError where there is no such user, or root could come back.
    """
    identity = _identity(user)
    if identity is None:
        return None
    name, uid, gid = identity
    if os.geteuid() == 0:
        try:
            os.setgroups(os.getgrouplist(name, gid) if name else [gid])
            os.setresgid(gid, gid, gid)
            _clear_bounds()  # with the right to do so still there, and nothing left that is likely to fail
            os.setresuid(uid, uid, uid)
        except OSError as error:
            raise PrivilegeError(
                f"cannot become user {name or uid}: {error.strerror}: stay root or use sudo"
            ) from error
    _clear_capabilities()
    _forbid_new_privileges()
    _check_dropped(uid, gid)
    return name or str(uid)


def _identity(user: str | None) -> tuple[str, int, int] | None:
    """Name (empty where it has none), user and group number to become; None to stay."""
    if user is not None:
        return _named(user)
    if os.geteuid() != 0:
        return _with_name(os.getuid(), os.getgid())
    uid, gid = os.environ.get("SUDO_UID", ""), os.environ.get("SUDO_GID", "")
    if not (uid.isdecimal() and gid.isdecimal()) or int(uid) == 0:
        return None
    return _with_name(int(uid), int(gid))


def _named(user: str) -> tuple[str, int, int]:
    try:
        entry = pwd.getpwnam(user)
    except (KeyError, ValueError) as error:
        raise PrivilegeError(f"no user {user!r}: name one of this system") from error
    if os.geteuid() not in (0, entry.pw_uid):
        raise PrivilegeError(f"cannot become user {user}: only root can become another user: use sudo")
    return user, entry.pw_uid, entry.pw_gid


def _with_name(uid: int, gid: int) -> tuple[str, int, int]:
    try:
        return pwd.getpwuid(uid).pw_name, uid, gid
    except KeyError:
        return "", uid, gid


def _clear_bounds() -> None:
    """Empties the bounding set: no program that is started can have a capability again. Takes CAP_SETPCAP."""
    prctl, number = ctypes.CDLL(None, use_errno=True).prctl, 0
    while prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0:
        number += 1


def _clear_capabilities() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    if libc.capset(header, bytes(24)) != 0:
        raise PrivilegeError(f"cannot give up capabilities: {os.strerror(ctypes.get_errno())}: stay root")


def _forbid_new_privileges() -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise PrivilegeError(f"cannot set no_new_privs: {os.strerror(ctypes.get_errno())}: stay root")


def _check_dropped(uid: int, gid: int) -> None:
    """PrivilegeError if the process has kept a way back to root."""
    kept = os.getresuid() != (uid,) * 3 or os.getresgid() != (gid,) * 3 or _capabilities() != 0
    if uid != 0:
        kept = kept or _becomes_root()
    if kept:
        raise PrivilegeError("root was not given up for good: use another user")


def _capabilities() -> int:
    """Bits of the capabilities that the calling thread has or can take again."""
    fields = dict(line.split(":\t") for line in Path("/proc/thread-self/status").read_text().splitlines())
    return int(fields["CapPrm"], 16) | int(fields["CapEff"], 16) | int(fields["CapAmb"], 16)


def _becomes_root() -> bool:
    try:
        os.setuid(0)
    except PermissionError:
        return False
    return True
