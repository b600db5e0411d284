"""Giving up root, once what needs it is open: nothing of rawkit does that by itself in somebody else's program."""

from __future__ import annotations


def drop_privileges(user: str | None = None) -> str | None:
    """Gives up root and all capabilities for good, in the whole process; captures and runs that are open go on.

    What comes from outside is then read by somebody who may do nothing else to this host. Call it before starting
    threads: the kernel keeps capabilities a thread.

    Args:
        user: who to be. Without one, it is who called sudo; where nobody did, root stays, and None is returned. A
            process that is not root, but has capabilities, loses these.

    Returns the name of the user it is now. Raises PrivilegeError where there is no such user, or root could come back.

    >>> import subprocess, sys
    >>> code = "import os, rawkit; rawkit.drop_privileges(); print(os.geteuid() == 1000)"
    >>> root_of_sudo = {"SUDO_UID": "1000", "SUDO_GID": "1000"}
    >>> import os
    >>> done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **root_of_sudo}, capture_output=True)
    >>> done.stdout.strip() == (b"True" if os.geteuid() in (0, 1000) else b"False")
    True
    """
    from rawkit.sockets.privileges import drop

    return drop(user)
