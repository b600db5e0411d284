"""`python -m rawkit` as a fork of a process that has loaded everything: loading is most of what such a test takes.

A test that starts `[sys.executable, "-P", "-m", "rawkit", …]` by subprocess gets a process of its own: a child of the
test's, with the arguments, environment, folder, files, signals and rights that it was given, in the namespaces of the
thread that started it (the lab's hosts). It only did not begin from nothing: `tests/forked_server.py`, one for each
worker, loads the modules once and clones itself. What only a start from nothing heeds (PYTHON… and the locale in the
environment, other options of Python or of Popen) gets one, from the standard library's Popen. So do all programs of
tests marked `fresh` or `alone`.
"""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from inspect import signature
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from tests.forked_server import NAMESPACES, Wanted

PACKAGE: Final = "rawkit"
STARTS: Final = (("-P", "-m"), ("-m",))
SERVER: Final = Path(__file__).with_name("forked_server.py")
AT_START: Final = ("PYTHON", "LC_", "LANG")
"""How names in the environment begin that Python reads when it starts."""
USUAL: Final[dict[str, Any]] = {
    "executable": None, "preexec_fn": None, "close_fds": True, "shell": False, "gid": None, "gids": None, "uid": None,
    "umask": -1, "process_group": -1, "restore_signals": True,
}  # fmt: skip
"""Options of subprocess.Popen that have to be as they are when nobody gives them."""
EXECUTE: Final = tuple(signature(subprocess.Popen._execute_child).parameters)  # type: ignore[attr-defined]
Real: Final = subprocess.Popen


class Server:
    """The process that is cloned."""

    def __init__(self) -> None:
        self._channel, there = socket.socketpair()
        self._proc = os.open("/proc", os.O_PATH | os.O_CLOEXEC)  # which a host has another one of
        self._lock = threading.Lock()
        self._popen = type("Popen", (Popen,), {"server": self})
        with there:
            self._process = Real(
                [sys.executable, "-P", str(SERVER), str(there.fileno())],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                cwd="/",
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )

    def start(self, wanted: Wanted, files: list[int]) -> int:
        """The number of a new process, a child of this one; 0 where it could not be made."""
        with ExitStack() as stack, self._lock:
            for kind in NAMESPACES:
                here, there = f"thread-self/ns/{kind}", f"{self._process.pid}/ns/{kind}"
                if os.stat(here, dir_fd=self._proc).st_ino != os.stat(there, dir_fd=self._proc).st_ino:
                    files.append(os.open(here, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc))
                    stack.callback(os.close, files[-1])
                    wanted.namespaces.append(kind)
            data = pickle.dumps(wanted)
            socket.send_fds(self._channel, [len(data).to_bytes(4, "big")], files)
            self._channel.sendall(data)
            answer = self._channel.recv(4, socket.MSG_WAITALL)
        return int.from_bytes(answer, "big") if len(answer) == 4 else 0

    def in_use(self) -> AbstractContextManager[object]:
        """While it is entered, subprocess.Popen has this process cloned where it can."""
        return patch.object(subprocess, "Popen", self._popen)

    def close(self) -> None:
        self._channel.close()
        os.close(self._proc)
        self._process.wait()


class Popen(subprocess.Popen):  # type: ignore[type-arg]
    """subprocess.Popen, that has commands of rawkit cloned."""

    server: Server

    def _execute_child(self, *values: Any) -> None:
        given = dict(zip(EXECUTE[1:], values, strict=True))
        if not is_understood(given) or not self._cloned(given):
            super()._execute_child(*values)  # type: ignore[misc]

    def _cloned(self, given: dict[str, Any]) -> bool:
        ends = [given["p2cread"], given["c2pwrite"], given["errwrite"]]
        files = [number if end == -1 else end for number, end in enumerate(ends)]
        kept = [number for number in given["pass_fds"] if number > 2]
        environment = dict(os.environ if given["env"] is None else given["env"])
        folder, words = str(given["cwd"] or os.getcwd()), [str(word) for word in given["args"]]
        wanted = Wanted(
            words=words[words.index("-m") + 1 :],
            path=[] if "-P" in words[:2] else [folder],
            folder=folder,
            environment=environment,
            kept=kept,
            new_session=given["start_new_session"],
        )
        try:
            self.pid = self.server.start(wanted, [*files, *kept])
        except OSError:  # a stream that is closed here, a server that was killed
            return False
        if not self.pid:
            return False
        self._child_created = True
        pipes = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        self._close_pipe_fds(*(given[name] for name in pipes))  # type: ignore[attr-defined]
        return True


def is_understood(given: dict[str, Any]) -> bool:
    """Whether a start is one of rawkit, with nothing that a clone would do in another way."""
    if any(given.get(name, usual) != usual for name, usual in USUAL.items()):
        return False
    words = given["args"]
    if not isinstance(words, list | tuple) or words[0] != sys.executable:
        return False
    modules = [words[len(start) + 1 :][:1] for start in STARTS if tuple(words[1 : len(start) + 1]) == start]
    is_ours = any(str(one).split(".")[0] == PACKAGE for found in modules for one in found)
    return is_ours and Path(given["cwd"] or ".").is_dir() and finds_the_same(given["env"])


def finds_the_same(environment: Mapping[Any, Any] | None) -> bool:
    """Whether Python would start in an environment as it did in ours."""
    if environment is None:
        return True
    if not all(isinstance(word, str) for pair in environment.items() for word in pair):
        return False
    given = environment.get("PYTHONPATH")
    if given != os.environ.get("PYTHONPATH") and not set(str(given).split(os.pathsep)) <= set(sys.path):
        return False
    ours, theirs = (
        {name: value for name, value in one.items() if name.startswith(AT_START) and name != "PYTHONPATH"}
        for one in (os.environ, environment)
    )
    return ours == theirs
