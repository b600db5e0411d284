"""`rawkit help`, and the command that was meant."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

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


@pytest.mark.parametrize("name", COMMANDS)
def test_what_h_says_fits_on_a_screen(name):
    """24 lines of 80 columns, one of them for the prompt; lines are not cut in the middle of a word of help."""
    done = run(name, "-h")
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert len(lines) < 24 or name == "lab"
    assert max(map(len, lines)) <= 80
    assert not any(line.endswith("...") for line in lines[1:])


@pytest.mark.parametrize("name", ["sniff", "ping", "synscan", "send", "replay"])
def test_rare_options_stand_in_groups_of_their_own(name):
    command = import_module(f"rawkit.cli.{name}.command").command
    short, long = run(name, "-h").stdout, run(name, "--help").stdout
    rare = [option for names in import_module(f"rawkit.cli.{name}.command").RARE.values() for option in names]
    known = [option for one in command.params for option in one.opts if option.startswith("-")]
    assert set(rare) <= set(known)
    assert all(has(long, option) for option in known)
    assert not any(has(short, option) for option in rare)
    assert all(has(short, option) for one in command.params for option in one.opts[:1] if is_common(one, rare))


def is_common(one, rare):
    return one.opts[0].startswith("-") and not set(one.opts) & set(rare)


def has(text, option):
    """Whether an option stands at the begin of a line, alone or among its other names."""
    return any(option in line[2:].split("  ")[0].replace(",", "").split() for line in text.splitlines())
