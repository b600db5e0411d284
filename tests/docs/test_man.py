"""Manual pages: mandoc finds nothing wrong with them, and man shows every option of the command."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from rawkit.cli.commands import COMMANDS, FRONT_OPTIONS

FOLDER = Path(__file__).resolve().parents[2] / "man"


def named(name):
    """The command of that name, one of a group behind the group's."""
    first, *rest = name.split()
    command = import_module(f"rawkit.cli.{first}.command").command
    return command.commands[rest[0]] if rest else command


NAMES = [*COMMANDS, *(f"lab {name}" for name in named("lab").commands)]


def page(name):
    return FOLDER / f"rawkit-{name.replace(' ', '-')}.1"


@pytest.mark.referee
@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_mandoc_finds_nothing_wrong(path):
    if shutil.which("mandoc") is None:
        pytest.skip("needs mandoc")
    done = subprocess.run(["mandoc", "-Tlint", "-W", "warning", path], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("", 0)


def test_there_is_a_page_for_each_command():
    assert {path.name for path in FOLDER.iterdir()} == {"rawkit.1", *(page(name).name for name in NAMES)}


def shown(path):
    if shutil.which("man") is None:
        pytest.skip("needs man")
    done = subprocess.run(
        ["man", "-l", path],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": "200"},
    )
    assert done.stderr == ""
    return re.sub(r"\s+", " ", done.stdout.replace("‐", "-"))


@pytest.mark.referee
@pytest.mark.parametrize("name", NAMES)
def test_man_shows_all_options(name):
    text = shown(page(name))
    for one in named(name).params:
        assert all(re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text) for option in one.opts if "-" in option)
    assert f"rawkit {name} " in text


@pytest.mark.referee
def test_the_first_page_names_all_commands():
    text = shown(FOLDER / "rawkit.1")
    assert all(f"rawkit-{name}(1)" in text for name in COMMANDS)
    assert all(option in text for option in FRONT_OPTIONS)
