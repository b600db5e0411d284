"""Giving up root, once what needs it is open: nothing of rawkit does that by itself in somebody else's program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rawkit.kernels import Engine, Mode

READING: Final = (
    "files", "frames", "decode", "flow", "count", "query", "streams", "view", "run.capture", "sockets.filter",
    "api.where", "api.kinds", "api.stream_choice",
)  # fmt: skip
"""Rooms, and parts of them, that going through a capture file may need."""
SENDING: Final = ("files", "frames", "decode", "sockets", "craft", "wire", "run.send", "run.replay")
"""The same for sending frames of a file."""
ANONYMIZING: Final = ("files", "frames", "decode", "rewrite", "view.capture", "run.capture")
"""The same for `rawkit anonymize`."""
LIBRARIES: Final = (
    "zlib", "lzma", "zstandard", "re2", "dpkt.dhcp", "dpkt.ntp", "cryptography.hazmat.primitives.ciphers",
)  # fmt: skip
"""What these import where they use it."""


def drop_privileges(user: str | None = None, *, processes: bool = False) -> str | None:
    """Gives up root and all capabilities for good, in the whole process; captures and runs that are open go on.

    What comes from outside is then read by somebody who may do nothing else to this host. Call it before starting
    threads: the kernel keeps capabilities a thread.

    Args:
        user: who to be. Without one, it is who called sudo. Where nobody did, user 0 stays, and None is returned: of
            root's capabilities it keeps the one that opens files in anybody's folders. A process that is not root, but
            has capabilities, loses these.
        processes: user 0, where it stays, may still look which process has which socket.

    Returns the name of the user it is now. Raises PrivilegeError where there is no such user, or root could come back.

    >>> import subprocess, sys
    >>> code = "import os, rawkit; rawkit.drop_privileges(); print(os.geteuid() == 1000)"
    >>> root_of_sudo = {"SUDO_UID": "1000", "SUDO_GID": "1000"}
    >>> import os
    >>> done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **root_of_sudo}, capture_output=True)
    >>> done.stdout.strip() == (b"True" if os.geteuid() in (0, 1000) else b"False")
    True
    """
    from rawkit.sockets.privileges import CAP_SYS_PTRACE, drop

    return drop(user, as_root=[CAP_SYS_PTRACE] * processes)


def give_up_before_reading(
    paths: Sequence[str],
    user: str | None = None,
    *,
    kernels: Mode = "auto",
    rooms: Sequence[str] = READING,
    sends: bool = False,
    administers: bool = False,
) -> tuple[list[str], Engine]:
    """Opens the files, loads what is needed, and gives up root before the first byte of a file is looked at.

    It is for a command, whose process does nothing else.

    Args:
        paths: the files; `-` stays standard input.
        user: as of `drop_privileges`.
        kernels: how kernels are to run: what root has compiled is loaded before.
        rooms: parts of the package that may be needed later: Python itself may be where only root can read it.
        sends: keep the right to open raw sockets (CAP_NET_RAW), and nothing else.
        administers: keep that to change the network too (CAP_NET_ADMIN): to add to the packet filter, or to have the
            kernel ask for next hops without a datagram of ours.

    Returns the paths, as values that know their open files, and what runs the kernels. Raises CaptureError where a
    file cannot be read, PrivilegeError as `drop_privileges`.
    """
    from rawkit.api.checks import made_engine
    from rawkit.sockets import privileges

    engine = made_engine(kernels)
    if user is None and not privileges.has_any():
        return list(paths), engine
    from rawkit.files.streams import Held

    if privileges.becomes_another(user):
        engine = _loaded(rooms, engine, kernels)
        _go_home(privileges.home_of(user))
    held = [path if path == "-" else Held.open(path) for path in paths]
    kept = [privileges.CAP_NET_RAW] * sends + [privileges.CAP_NET_ADMIN] * administers
    privileges.drop(user, kept)
    return held, engine


def _loaded(rooms: Sequence[str], engine: Engine, kernels: Mode) -> Engine:
    """Loads what may be needed and could not be read any more: the package, and the kernels that root has compiled.

    Returns what the kernels are to run with: where neither they nor the compiler can be loaded they stay interpreted.
    """
    from rawkit.api.compile_all import is_ready, make_ready, run_all
    from rawkit.kernels import Engine

    is_open = _is_open_to_all()
    for name in () if is_open else (*(f"rawkit.{room}" for room in rooms), *LIBRARIES):
        _import_all(name)
    if "craft" in rooms and not is_open:
        _import_scapy()
    if kernels != "interpreted" and is_ready():
        run_all(make_ready(engine))
        return engine
    return engine if is_open or kernels == "compiled" else Engine("interpreted")


def _import_all(name: str) -> None:
    """Imports a module and all below it, and what they import by themselves where it is used."""
    from contextlib import suppress
    from importlib import import_module
    from pkgutil import iter_modules

    with suppress(ImportError):  # of a library that is not there
        module = import_module(name)
        for found in iter_modules(getattr(module, "__path__", ())) if name.startswith("rawkit.") else ():
            _import_all(f"{name}.{found.name}")


def _import_scapy() -> None:
    """Imports scapy and its layers; never its routes, which may be many."""
    from rawkit.craft.layers import layer_homes
    from rawkit.craft.quiet import scapy_module, without_routes

    without_routes()
    for name in sorted({"scapy.volatile", "scapy.layers.all", *layer_homes().values()}):
        scapy_module(name)


def _is_open_to_all() -> bool:
    """Whether every user can read the folders that Python imports from."""
    import os
    import stat
    import sys
    from pathlib import Path

    wanted = stat.S_IXOTH | stat.S_IROTH
    folders = {Path(os.path.realpath(one or ".")) for one in (*sys.path, os.path.dirname(os.__file__))}
    steps = {step for folder in folders for step in (folder, *folder.parents) if step.exists()}
    return all(step.stat().st_mode & stat.S_IXOTH for step in steps) and all(
        folder.stat().st_mode & wanted == wanted for folder in folders if folder.exists()
    )


def _go_home(home: str | None) -> None:
    """Says where the new user's files are: kernels that it compiled are found there, and root's are not."""
    import os

    os.environ.pop("XDG_CACHE_HOME", None)
    os.environ["HOME"] = home or "/"
