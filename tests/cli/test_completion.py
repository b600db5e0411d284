"""Completion in real bash, zsh and fish: what stands on the line after Tab. The table of options is click's own."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from rawkit.cli.complete.answer import FILES, answer

PATIENCE = 30
LINES = [
    ("rawkit sni", "rawkit sniff"),
    ("rawkit help syns", "rawkit help synscan"),
    ("rawkit sniff --vi", "rawkit sniff --view"),
    ("rawkit sniff --view hand", "rawkit sniff --view handshakes"),
    ("rawkit sniff --fields ip.src,tcp.srcp", "rawkit sniff --fields ip.src,tcp.srcport"),
    ("rawkit lab up tcp-f", "rawkit lab up tcp-faults"),
    ("rawkit -v sniff -r only-o", "rawkit -v sniff -r only-one.pcap"),
    ("rawkit sniff only-o", "rawkit sniff only-one.pcap"),
]
START = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(_RAWKIT_COMPLETE=bash_source rawkit)"'),
    "zsh": (
        ["zsh", "-f", "-i"],
        'bindkey -e; autoload -U compinit; compinit -u -D; eval "$(_RAWKIT_COMPLETE=zsh_source rawkit)"',
    ),
}


@pytest.fixture
def folder(tmp_path):
    """The working directory: a rawkit to call, and one file."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "rawkit"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rawkit "$@"\n')
    program.chmod(0o755)
    (tmp_path / "only-one.pcap").touch()
    return tmp_path


def environment(folder):
    paths = f"{folder / 'bin'}:{os.environ['PATH']}"
    wanted = {"PATH": paths, "HOME": str(folder), "TERM": "dumb", "PS1": "$ ", "EDITOR": "emacs"}
    return os.environ | wanted | {"PYTHONPATH": os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])}


@contextmanager
def terminal(command, folder):
    """A shell on a terminal: what sends it keys, and what waits until it has written a text."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=environment(folder), start_new_session=True
    ) as process:
        os.close(theirs)
        written = bytearray()

        def wait_for(text):
            limit = time.monotonic() + PATIENCE
            while text.encode() not in written:
                assert select.select([ours], [], [], max(0, limit - time.monotonic()))[0], bytes(written)
                written.extend(os.read(ours, 65536))
            del written[:]

        try:
            yield lambda keys: os.write(ours, keys.encode()), wait_for
        finally:
            process.kill()
            os.close(ours)


@pytest.mark.referee
@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_what_stands_on_the_line_after_tab(shell, folder):
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    command, begin = START[shell]
    with terminal(command, folder) as (send, wait_for):
        send(f"{begin}; echo rea''dy\n")
        wait_for("ready\r\n")
        for typed, expected in LINES:
            send(f"{typed}\t\x01printf '<%s>' \x05\n")
            wait_for("".join(f"<{word}>" for word in expected.split()))


@pytest.mark.referee
@pytest.mark.parametrize(("typed", "expected"), LINES)
def test_fish(folder, typed, expected):
    if shutil.which("fish") is None:
        pytest.skip("needs fish")
    script = f"_RAWKIT_COMPLETE=fish_source rawkit | source; complete -C '{typed}'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", script], capture_output=True, text=True, cwd=folder, env=environment(folder)
    )
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == [expected.split()[-1]], done.stderr


def texts(*words):
    found = answer(words[:-1], words[-1])
    return found if isinstance(found, str) else [word.text for word in found]


def test_interfaces_are_those_of_this_host():
    assert texts("sniff", "-i", "") == [*sorted(os.listdir("/sys/class/net")), "any"]
    assert "any" not in texts("send", "-i", "")


def test_labs_that_are_up_and_their_hosts(tmp_path, monkeypatch):
    """Who holds a lab has its file locked; a file without a lock is what is left of one that is gone."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "rawkit").mkdir()
    for name in ("office", "gone"):
        host = {"name": f"{name}-client", "addresses": ["192.0.2.1"]}
        (tmp_path / "rawkit" / f"{name}.json").write_text(json.dumps({"name": name, "hosts": [host]}))
    with (tmp_path / "rawkit" / "office.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert texts("lab", "down", "") == texts("lab", "exec", "--lab", "") == ["office"]
        assert texts("lab", "shell", "off") == ["office-client"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("sniff", "-w", ""), FILES),
        (("check", ""), FILES),
        (("-v", ""), ["sniff", "ping"]),
        (("sniff", "-Y", "tcp.port == 80 && !tcp.analysis.fl"), ["tcp.port == 80 && !tcp.analysis.flags"]),
        (("sniff", "--view", "x"), []),
        (("nonsense", ""), []),
        (("nonsense", "-"), []),
    ],
)
def test_answers(words, expected):
    found = texts(*words)
    assert found == expected if isinstance(expected, str) else found[: len(expected)] == expected


@pytest.mark.parametrize("asked", ["bash_complete", "bash_source"])
def test_neither_click_nor_numpy_is_loaded(asked):
    script = "import sys; from rawkit.__main__ import main; main(); print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", script, "sniff", "--fields", ""]
    env = os.environ | {"_RAWKIT_COMPLETE": asked}
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, env=env).stderr.split()
    assert {"click", "numpy", "inspect", "dataclasses"}.isdisjoint(loaded)


def test_another_shell_gets_nothing():
    env = os.environ | {"_RAWKIT_COMPLETE": "tcsh_source"}
    done = subprocess.run([sys.executable, "-m", "rawkit"], capture_output=True, text=True, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


@pytest.mark.alone
def test_a_key_is_answered_at_once(monkeypatch):
    """80 ms on a machine that starts Python in 25."""
    monkeypatch.setenv("_RAWKIT_COMPLETE", "bash_complete")
    fastest = min(seconds("-m", "rawkit", "sniff", "--fields", "tcp.") for _ in range(9))
    assert fastest <= max(0.08, 3.2 * min(seconds("-c", "pass") for _ in range(9)))


def seconds(*command):
    begin = time.perf_counter()
    subprocess.run([sys.executable, *command], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin
