"""The right to open raw sockets, and giving up root once they are open (capabilities(7)).

A program that reads an enemy's bytes opens its sockets and files first, and then goes on as an ordinary user.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import struct
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final

from rawkit.errors import PrivilegeError

PR_SET_KEEPCAPS: Final = 8
PR_CAPBSET_DROP: Final = 24
PR_SET_NO_NEW_PRIVS: Final = 38
_CAPABILITY_VERSION_3: Final = 0x20080522
CAP_DAC_OVERRIDE: Final = 1
CAP_NET_ADMIN: Final = 12
CAP_NET_RAW: Final = 13
CAP_SYS_PTRACE: Final = 19
FOR_FILES: Final = (CAP_DAC_OVERRIDE,)
"""What root that becomes nobody else keeps: files may be in anybody's folders, as other programs of root have it."""


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


def drop(user: str | None = None, keep: Collection[int] = (), as_root: Collection[int] = ()) -> str | None:
    """Gives up root and all capabilities for good; sockets that are open stay open. Returns the user it is now.

    With no user named it becomes the one who called sudo (SUDO_UID, SUDO_GID). Where there is none, user 0 stays, and
    None is returned: all capabilities but `FOR_FILES` are given up. A process that is not root, but has capabilities,
    loses these.

    Call it before starting threads: the kernel keeps capabilities and no_new_privs a thread.

    Args:
        user: who to be.
        keep: capabilities that stay, where they are there, for what is opened later; a second call gives them up too.
        as_root: those that stay besides where user 0 does.

    Raises PrivilegeError where there is no such user, or root could come back.
    """
    identity = _identity(user)
    bits = _bits(keep if identity else {*keep, *as_root, *FOR_FILES}) & _capabilities()
    name, uid, gid = identity or ("", 0, os.getgid())
    if os.geteuid() == 0:
        try:
            if identity is not None:
                os.setgroups(os.getgrouplist(name, gid) if name else [gid])
                os.setresgid(gid, gid, gid)
            _clear_bounds(bits)  # with the right to do so still there, and nothing left that is likely to fail
            if bits and uid:
                ctypes.CDLL(None).prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
            os.setresuid(uid, uid, uid)
        except OSError as error:
            raise PrivilegeError(
                f"cannot become user {name or uid}: {error.strerror}: stay root or use sudo"
            ) from error
    _set_capabilities(bits)
    _forbid_new_privileges()
    _check_dropped(uid, gid, bits)
    return None if identity is None else name or str(uid)


def has_any() -> bool:
    """Whether there is something to give up: this is root, or a process with capabilities."""
    return os.geteuid() == 0 or _capabilities() != 0


def becomes_another(user: str | None) -> bool:
    """Whether `drop` would make this process somebody else; PrivilegeError as there."""
    identity = _identity(user)
    return identity is not None and identity[1] != os.geteuid()


def home_of(user: str | None) -> str | None:
    """The home that the user database has for who `drop` would make this; None where it has none."""
    identity = _identity(user)
    try:
        return None if identity is None else pwd.getpwuid(identity[1]).pw_dir
    except KeyError:
        return None


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


def _clear_bounds(kept: int) -> None:
    """Takes all but those bits out of the bounding set: no program that is started can have others again.

    It takes CAP_SETPCAP.
    """
    prctl, number = ctypes.CDLL(None, use_errno=True).prctl, 0
    while kept >> number & 1 or prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0:
        number += 1


def _bits(capabilities: Collection[int]) -> int:
    return sum(1 << one for one in set(capabilities))


def _set_capabilities(bits: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    low, high = bits & 0xFFFFFFFF, bits >> 32
    if libc.capset(header, struct.pack("=6I", low, low, 0, high, high, 0)) != 0:
        raise PrivilegeError(f"cannot give up capabilities: {os.strerror(ctypes.get_errno())}: stay root")


def _forbid_new_privileges() -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise PrivilegeError(f"cannot set no_new_privs: {os.strerror(ctypes.get_errno())}: stay root")


def _check_dropped(uid: int, gid: int, bits: int) -> None:
    """PrivilegeError if the process has kept a way back to root."""
    kept = os.getresuid() != (uid,) * 3 or os.getresgid() != (gid,) * 3 or _capabilities() & ~bits != 0
    if uid != 0:
        kept = kept or _becomes_root()
    if kept:
        raise PrivilegeError("root was not given up for good: use another user")


def _capabilities() -> int:
    """Bits of the capabilities that the calling thread has (capget(2)), which /proc need not be there to tell."""
    header, found = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), ctypes.create_string_buffer(24)
    ctypes.CDLL(None, use_errno=True).capget(header, found)
    effective, permitted, _, *high = struct.unpack("=6I", found.raw)
    return int(effective | permitted | (high[0] | high[1]) << 32)


def _becomes_root() -> bool:
    try:
        os.setuid(0)
    except PermissionError:
        return False
    return True
