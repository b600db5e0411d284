"""Processes of rawkit that tests start are forks that had everything loaded: they are to be what others are."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.forked import Real

RAWKIT = [sys.executable, "-P", "-m", "rawkit"]
PATIENCE = 60
SPACES = 4
"""Where the program has the numbers of its namespaces; the last one, of users, a host has none of its own of."""
SHOWS = """
import json, os, signal, sys, time
if sys.argv[1] == "fail":
    1 / 0
elif sys.argv[1] == "text":
    sys.exit("no number")
elif sys.argv[1] == "closed":
    print("lost")
    sys.exit(3)
streams = [(one.encoding, one.errors, one.line_buffering, one.isatty()) for one in (sys.stdin, sys.stdout, sys.stderr)]
signals = [str(signal.getsignal(one)) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)]
files = sorted(int(name) for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}"))
ids = [os.getppid(), os.getsid(0) == os.getpid(), os.getuid(), os.getgid(), os.stat("/proc/self").st_uid]
spaces = [os.stat(f"/proc/self/ns/{kind}").st_ino for kind in ("net", "mnt", "uts", "pid", "user")]
files = [(number, os.fstat(number).st_ino) for number in files if number > 2]
environment = sorted((name, value) for name, value in os.environ.items())
print(json.dumps([streams, signals, files, ids, spaces, os.getcwd(), environment, time.tzname, sys.argv[1:]]))
sys.exit(3)
"""


@pytest.fixture
def shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a program `shows`, which stands for one of rawkit's and says what it is in."""
    (tmp_path / "shows.py").write_text(SHOWS)
    monkeypatch.setattr("tests.forked.PACKAGE", "shows")
    return tmp_path


def is_fork(process: subprocess.Popen[bytes]) -> bool:
    return b"forked_server" in Path(f"/proc/{process.pid}/cmdline").read_bytes()


def begun(command: list[str], **options: object) -> bool:
    """Whether a command is a fork, which is killed."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options) as process:
        found = is_fork(process)
        process.kill()
    return found


def test_a_program_of_rawkit_is_a_fork_but_where_python_itself_is_asked_for_something(tmp_path: Path) -> None:
    wait = ["sniff", "-r", "-"]
    assert begun([*RAWKIT, *wait])
    assert begun([sys.executable, "-m", "rawkit", *wait])
    assert begun([*RAWKIT, *wait], cwd=tmp_path, env={**os.environ, "NO_COLOR": "1"}, start_new_session=True)
    assert not begun([sys.executable, "-P", "-X", "utf8", "-m", "rawkit", *wait])
    assert not begun([*RAWKIT, *wait], env={**os.environ, "PYTHONUTF8": "0"})
    assert not begun([*RAWKIT, *wait], env={**os.environ, "LC_ALL": "C"})
    assert not begun([*RAWKIT, *wait], env={})
    assert not begun([*RAWKIT, *wait], preexec_fn=os.getpid)


@pytest.mark.fresh
def test_those_of_a_test_that_is_marked_are_none() -> None:
    assert not begun([*RAWKIT, "sniff", "-r", "-"])
    assert subprocess.Popen is Real


@pytest.mark.parametrize("new_session", [False, True])
def test_a_fork_is_what_a_process_is_that_began_from_nothing(shows: Path, new_session: bool) -> None:
    """Streams, signals, files, parent, session, rights, namespaces, folder, environment, arguments."""
    reading, writing = os.pipe()
    with open(reading, "rb"), open(writing, "wb"):
        options = {
            "cwd": shows, "env": {**os.environ, "SHOWN": "größer", "TZ": "UTC"}, "stdout": subprocess.PIPE,
            "stdin": subprocess.DEVNULL, "pass_fds": [writing, reading], "start_new_session": new_session,
        }  # fmt: skip
        mine, theirs = (
            kind([sys.executable, "-m", "shows", "a", "b c"], **options) for kind in (subprocess.Popen, Real)
        )
        said = [process.communicate(timeout=PATIENCE)[0] for process in (mine, theirs)]
    assert json.loads(said[0]) == json.loads(said[1])
    assert json.loads(said[0])[-1] == ["a", "b c"]
    assert (mine.returncode, theirs.returncode) == (3, 3)


def test_what_ends_it_is_known() -> None:
    for number in (signal.SIGKILL, signal.SIGTERM):
        with subprocess.Popen([*RAWKIT, "sniff", "-r", "-"], stdin=subprocess.PIPE) as process:
            assert is_fork(process)
            process.send_signal(number)
        assert process.returncode in (-number, 130)


def test_an_error_of_its_own_is_pythons(shows: Path) -> None:
    """Its traceback, its exit code and its last lines, written to a stream that is closed, are those of Python."""
    for option, words in (("fail", "ZeroDivisionError"), ("text", "no number"), ("closed", "Broken pipe")):
        reading, writing = os.pipe()
        os.close(reading)
        with open(writing, "wb") as out:
            command, options = [sys.executable, "-m", "shows", option], {"cwd": shows, "stdout": out, "text": True}
            done = [kind(command, stderr=subprocess.PIPE, **options) for kind in (subprocess.Popen, Real)]
            errors = [process.communicate(timeout=PATIENCE)[1].splitlines()[-1] for process in done]
        assert done[0].returncode == done[1].returncode > 0
        assert errors[0] == errors[1]
        assert words in errors[0]


@pytest.mark.root
@pytest.mark.netns
def test_a_fork_is_where_the_thread_is_that_started_it(shows: Path, lab_up: Callable[[str], Any]) -> None:
    """The namespaces of a lab's host, of its processes too; and the next one is outside again."""
    with lab_up("pair") as lab:
        command, options = [sys.executable, "-m", "shows", "here"], {"cwd": shows, "env": dict(os.environ)}
        inside = lab["client"].popen(command, stdout=subprocess.PIPE, **options)
        said = [json.loads(inside.communicate(timeout=PATIENCE)[0])]
        with patch.object(subprocess, "Popen", Real):
            real = lab["client"].popen(command, stdout=subprocess.PIPE, **options)
        said.append(json.loads(real.communicate(timeout=PATIENCE)[0]))
        outside = subprocess.run(command, stdout=subprocess.PIPE, timeout=PATIENCE, **options)
    assert said[0] == said[1]
    assert set(said[0][SPACES][:-1]).isdisjoint(json.loads(outside.stdout)[SPACES])
