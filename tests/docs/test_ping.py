"""docs/ping.md: every field of a result and of a summary, and every option that iputils' ping does not have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rawkit.cli.ping.command import command
from rawkit.view.ping.records import RESULT_NAMES, SUMMARY_NAMES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "ping.md").read_text()


@pytest.mark.parametrize("name", [*RESULT_NAMES, *SUMMARY_NAMES])
def test_every_field_is_explained(name):
    assert f"`{name}`" in PAGE


def test_no_field_is_explained_that_is_not_there():
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", PAGE.partition("## Records")[2], re.MULTILINE)
    assert set(re.findall(r"\w+", " ".join(rows))) <= {*RESULT_NAMES, *SUMMARY_NAMES}
    assert len(rows) > 10


def test_every_option_is_there():
    """Options with two dashes are not iputils'."""
    own = {option for one in command.params for option in one.opts if option.startswith("--")} - {"--port"}
    assert {option for option in own if option not in PAGE} == set()


def test_no_option_is_told_of_that_is_not_there():
    told = set(re.findall(r"`(--?[\w-]+)", PAGE))
    assert told <= {option for one in command.params for option in one.opts} | {"--help", "-i", "-r"}
