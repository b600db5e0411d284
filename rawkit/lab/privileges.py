"""The right to make namespaces: as root, or as root of a user namespace of one's own (user_namespaces(7))."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from rawkit.errors import PrivilegeError
from rawkit.lab.loopback import loopback_up
from rawkit.lab.namespaces import CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, setns, unshare

CAP_NET_ADMIN: Final = 12
CAP_NET_RAW: Final = 13
CAP_SYS_ADMIN: Final = 21
_NEEDED: Final = 1 << CAP_NET_ADMIN | 1 << CAP_NET_RAW | 1 << CAP_SYS_ADMIN

_SWITCHES: Final = (
    ("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=10000"),
    ("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
)
_CONTAINER: Final = (
    "use sudo, or start the container with --cap-add SYS_ADMIN --cap-add NET_ADMIN "
    "--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
)


def ensure_namespaces() -> None:
    """Leaves the process able to make namespaces, or raises PrivilegeError with what to switch on.

    A process with CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW is left as it is. Any other becomes root of a
    new user namespace: it keeps its own files and rights, and gains the capabilities over what it makes from
    now on. It leaves the machine's network for an empty one of its own: to the machine's it could not come back
    from a lab's host, for that takes rights outside (setns(2)).
    """
    if not may_make_namespaces():
        enter_user_namespace()
    if not may_come_back():
        unshare(CLONE_NEWNET)
        loopback_up()


def may_come_back() -> bool:
    """Whether the calling thread may enter the network namespace that it is in."""
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        setns(here, CLONE_NEWNET)
    except PermissionError:
        return False
    finally:
        os.close(here)
    return True


def may_make_namespaces() -> bool:
    """Whether the calling thread has the capabilities that a lab takes (capabilities(7))."""
    lines = Path("/proc/thread-self/status").read_text().splitlines()
    effective = next(int(line.split()[1], 16) for line in lines if line.startswith("CapEff:"))
    return effective & _NEEDED == _NEEDED


def enter_user_namespace() -> None:
    """Makes the process root of a user namespace of its own.

    The kernel allows it only to a process without threads. Whether it is allowed is tried in a child first,
    so a process that gets the PrivilegeError is as it was before.
    """
    if len(os.listdir("/proc/self/task")) > 1:
        raise PrivilegeError(
            "a lab needs root, and a process with threads cannot become root of a user namespace: "
            "start it with `unshare -Urm COMMAND`, or use sudo"
        )
    if not _allowed():
        raise PrivilegeError(f"a lab needs root or user namespaces, which this system forbids: {_advice()}")
    _become_root()


def _allowed() -> bool:
    child = os.fork()
    if child == 0:
        try:
            _become_root()
            unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _become_root() -> None:
    user, group = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def _advice(system: Path = Path("/proc/sys")) -> str:
    for key, off, command in _SWITCHES:
        switch = system / key
        if switch.exists() and switch.read_text().strip() == off:
            return f"use sudo, or switch them on with `{command}`"
    return _CONTAINER
