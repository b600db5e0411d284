"""What is said on stderr: on a terminal broken between words at its width, elsewhere one line; and --color."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest

from rawkit.cli.commands import COMMANDS

RAWKIT = [sys.executable, "-m", "rawkit"]
LONG = ["sniff", "-r", "captures/dns.pcap", "-i", "eth0", "--format", "json"]


def on_terminal(words, columns, root):
    """What the command says on a stderr that is a terminal so wide."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    process = subprocess.Popen([*RAWKIT, *words], cwd=root, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 65536):
            said += part
    except OSError:  # EIO: it has ended
        pass
    os.close(ours)
    process.wait(timeout=30)
    return said.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [40, 80, 160])
def test_lines_break_between_words(root, columns):
    plain = subprocess.run([*RAWKIT, *LONG], cwd=root, capture_output=True, text=True, timeout=60).stderr
    assert plain.count("\n") == 1
    said = on_terminal(LONG, columns, root)
    assert all(len(line) <= columns for line in said.splitlines())
    assert len(said.splitlines()) == (1 if len(plain) <= columns else -(-len(plain) // columns))
    assert said.split() == plain.split()
    assert all(line.startswith("  ") for line in said.splitlines()[1:])


def test_a_path_stays_whole(root, tmp_path):
    path = tmp_path / ("n" * 100) / "no such-file.pcap"
    assert f"{path.parent}" in on_terminal(["check", str(path)], 40, root)


@pytest.mark.parametrize("name", [*COMMANDS, "lab up", "lab list", "lab exec"])
@pytest.mark.parametrize("option", [["--color", "never"], ["--color=always"], ["--no-color"]])
def test_colours_are_chosen_behind_every_commands_name(name, option):
    done = subprocess.run([*RAWKIT, *name.split(), *option, "--help"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    wrong = subprocess.run([*RAWKIT, *name.split(), "--color", "pink"], capture_output=True, text=True, timeout=60)
    assert wrong.returncode == 2
    assert "'pink' is not one of 'auto', 'always', 'never'" in wrong.stderr
