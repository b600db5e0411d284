"""`rawkit help`, and the command that was meant."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rawkit.cli.commands import COMMANDS


def run(*words):
    return subprocess.run([sys.executable, "-m", "rawkit", *words], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", [*COMMANDS, "lab up"])
def test_it_says_what_the_option_says(name):
    asked, told = run("help", *name.split()), run(*name.split(), "--help")
    assert (asked.returncode, asked.stdout, asked.stderr) == (0, told.stdout, "")
    assert asked.stdout.startswith(f"Usage: rawkit {name} ")


def test_without_a_command_it_names_them_all():
    assert run("help").stdout == run("--help").stdout
    assert all(f"\n  {name} " in run("help").stdout for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["snif"], "No such command 'snif'. Did you mean 'sniff'?: see 'rawkit --help'"),
        (["scan"], "No such command 'scan'. Did you mean 'synscan'?: see 'rawkit --help'"),
        (["help", "pign"], "No such command 'pign'. Did you mean 'ping'?: see 'rawkit --help'"),
        (["lab", "dwon"], "No such command 'dwon'. Did you mean 'down'?: see 'rawkit lab --help'"),
        (["qqqq"], "No such command 'qqqq': see 'rawkit --help'"),
    ],
)
def test_the_command_that_was_meant(words, error):
    done = run(*words)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"rawkit: {error}\n")
