"""docs/api.md: every example in it runs and gives what it says."""

from __future__ import annotations

import doctest
import re

import pytest

import rawkit
from rawkit.decode.fields import ALL_FIELDS
from rawkit.errors import PrivilegeError
from rawkit.flow.conn_log import columns as flows

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


IN_A_LAB = re.compile(r"^## Sending$.*?(?=^## When something is wrong$)", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def page(root) -> str:
    return (root / "docs" / "api.md").read_text()


@pytest.fixture(scope="module")
def runnable(page) -> str:
    """The page, without what needs a lab where there can be none."""
    try:
        rawkit.Lab("pair").close()
    except PrivilegeError:
        return IN_A_LAB.sub("", page)
    return page


def test_the_examples(runnable, root, monkeypatch):
    monkeypatch.chdir(root)
    test = doctest.DocTestParser().get_doctest(runnable, {}, "docs/api.md", "docs/api.md", 0)
    finished = doctest.DocTestRunner().run(test)
    assert finished.failed == 0
    assert finished.attempted == runnable.count(">>> ")


def test_every_block_is_an_example(page):
    blocks = BLOCK.findall(page)
    assert len(blocks) == page.count("```") / 2
    kinds = [kind for kind, text in blocks if kind == "python" or text.startswith(">>> ")]
    assert kinds.count("pycon") == len(blocks) - 1, "what needs root is run by a test of its own"


def test_names_in_the_text_exist(page):
    """Whatever stands in code and looks like a name of the package's front, or like a field."""
    fronts = re.findall(r"`rawkit\.(\w+)`", page)
    fields = re.findall(r"`((?:frame|ip|tcp|udp|stop)\.[a-z_]+)`", page)
    assert set(fronts) <= set(rawkit.__all__)
    assert set(fields) <= {*ALL_FIELDS, *flows.NAMES}
    assert len(fronts) > 3
    assert len(fields) > 5
