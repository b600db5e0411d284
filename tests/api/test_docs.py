"""docs/api.md: every example in it runs and gives what it says."""

from __future__ import annotations

import doctest
import errno
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

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
    assert kinds.count("python") == len(LIVE), "they are run in a lab, each by its test"
    assert kinds.count("pycon") == len(blocks) - len(LIVE)


LIVE = {"rawkit.sniff": "## Live", "rawkit.scan": "## Pings and scans"}
"""What stands in the blocks that need an eth0 of their own, and the part of the page where each is."""


def block_with(page: str, call: str) -> str:
    """The block of plain Python in the part where a call is explained."""
    part = page[page.index(f"{LIVE[call]}\n") :]
    [found, *_] = [text for kind, text in BLOCK.findall(part) if kind == "python"]
    assert call in found
    return f"import rawkit\n{found}"


def ran(lab: rawkit.Lab, program: str) -> subprocess.CompletedProcess[str]:
    """A program of the page, run to its end in the lab's client."""
    return lab["client"].run([sys.executable, "-c", program], timeout=60)


@pytest.fixture
def lab() -> Iterator[rawkit.Lab]:
    try:
        made = rawkit.Lab("pair")
    except PrivilegeError as error:
        pytest.skip(str(error))
    with made:
        yield made


@pytest.mark.netns
def test_the_block_that_listens(page, lab):
    """For 60 seconds on the page, and here until what is sent in the meantime has come."""
    program = block_with(page, "rawkit.sniff")
    assert program.count("duration=60") == 1
    listening = lab["client"].popen(
        [sys.executable, "-c", program.replace("duration=60", "count=2")], stdout=subprocess.PIPE, text=True
    )
    with listening:
        until_listened_to(lab)
        assert lab["client"].call(refused, "192.0.2.20")
        lines = listening.communicate(timeout=60)[0].splitlines()
    assert listening.returncode == 0
    assert [re.sub(r"^\S+ |seq.*", "", line.replace(".http", ".80")) for line in lines] == [
        "IP 192.0.2.10.40000 > 192.0.2.20.80: Flags [S], ",
        "IP 192.0.2.20.80 > 192.0.2.10.40000: Flags [R.], ",
    ]


def until_listened_to(lab: rawkit.Lab) -> None:
    """Waits for the packet socket of the client's eth0, as the kernel's own list has it (packet(7))."""
    end = time.monotonic() + 60
    while not re.search(r" 0003 +\d+ +1 ", lab["client"].run(["cat", "/proc/net/packet"]).stdout):
        assert time.monotonic() < end


def refused(address: str) -> bool:
    """Whether port 80 is closed there, as this host's TCP finds."""
    import socket

    with socket.socket() as one:
        one.bind(("", 40000))
        return one.connect_ex((address, 80)) == errno.ECONNREFUSED


@pytest.mark.netns
def test_the_block_that_scans(page, lab):
    """The server has port 80 open, and all of the network is scanned, as the page has it."""
    with lab["server"].socket(socket.AF_INET, socket.SOCK_STREAM) as server:
        server.bind(("192.0.2.20", 80))
        server.listen()
        done = ran(lab, block_with(page, "rawkit.scan"))
    assert (done.stderr, done.returncode) == ("", 0)
    assert [re.sub(r"\d+$", "rtt", line) for line in done.stdout.splitlines()] == ["192.0.2.20 80 rtt"]


def test_names_in_the_text_exist(page):
    """Whatever stands in code and looks like a name of the package's front, or like a field."""
    fronts = re.findall(r"`rawkit\.(\w+)`", page)
    fields = re.findall(r"`((?:frame|ip|tcp|udp|stop)\.[a-z_]+)`", page)
    assert set(fronts) <= set(rawkit.__all__)
    assert set(fields) <= {*ALL_FIELDS, *flows.NAMES}
    assert len(fronts) > 3
    assert len(fields) > 5
