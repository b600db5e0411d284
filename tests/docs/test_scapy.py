"""docs/scapy.md: both sides of every row run, over captures or in a lab, and the same comes of them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import rawkit
from rawkit.errors import PrivilegeError
from rawkit.lab import Host
from tests.docs import beside
from tests.docs.beside import Outcome, Row

OVER_CAPTURES = ("Files", "A packet", "Lists and tables", "Packets to send")
ON_WIRE = ("Sending", "Asking", "Listening", "This host")
ENDLESS = "Until somebody ends it"
LEFT_TO_SCAPY = "What rawkit has not"
CAPTURE_ROWS = [row for section in OVER_CAPTURES for row in beside.rows(section)]
WIRE_ROWS = [row for section in ON_WIRE for row in beside.rows(section)]

Pair = tuple[Outcome, Outcome]


def named(row: Row) -> str:
    return row.theirs[:40]


def same(pair: Pair, row: Row) -> None:
    theirs, ours = pair
    assert (theirs.error, ours.error) == ("", "")
    if row.section == "Sending":
        assert ours.left == theirs.left
        assert ours.left
        return
    if theirs.value is None or ours.value is None:
        assert ours.printed == theirs.printed
        assert ours.printed
        return
    assert ours.value == theirs.value


@pytest.fixture(scope="module")
def of_captures() -> dict[Row, Pair]:
    return dict(zip(CAPTURE_ROWS, beside.run_all(CAPTURE_ROWS, on_wire=False), strict=True))


@pytest.fixture(scope="module")
def namespaces() -> None:
    try:
        rawkit.Lab("pair").close()
    except PrivilegeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def of_a_network(namespaces: None) -> Iterator[dict[Row, Pair]]:
    """All rows that need a network, in one process on the lab's client, which the server pings meanwhile."""
    with rawkit.Lab("firewalled") as lab:
        pings = lab["server"].popen(["ping", "-q", "-i", "0.05", str(lab["client"].ipv4)], stdout=subprocess.DEVNULL)
        try:
            yield dict(zip(WIRE_ROWS, lab["client"].call(beside.run_all, WIRE_ROWS, on_wire=True), strict=True))
        finally:
            pings.kill()
            pings.wait()


@pytest.mark.referee
@pytest.mark.parametrize("row", CAPTURE_ROWS, ids=named)
def test_rows_over_captures(row: Row, of_captures: dict[Row, Pair]) -> None:
    same(of_captures[row], row)


@pytest.mark.netns
@pytest.mark.referee
@pytest.mark.slow
@pytest.mark.fresh  # scapy reads the routes of the host when it is imported
@pytest.mark.parametrize("row", WIRE_ROWS, ids=named)
def test_rows_in_a_network(row: Row, of_a_network: dict[Row, Pair]) -> None:
    same(of_a_network[row], row)


BRIDGED = """
[hosts.client]
[hosts.server]
[hosts.middle]
[[links]]
ends = [{ host = "client", addresses = ["192.0.2.10/24"] }, { host = "middle" }]
[[links]]
ends = [{ host = "server", addresses = ["192.0.2.20/24"] }, { host = "middle" }]
"""


@pytest.mark.netns
@pytest.mark.referee
@pytest.mark.slow
@pytest.mark.parametrize("side", ["theirs", "ours"])
def test_who_answers_arp_is_in_the_neighbour_table(side: str, namespaces: None) -> None:
    """One that nobody answers for is not."""
    with rawkit.Lab("pair") as lab, endless(lab["server"], beside.rows(ENDLESS)[0], side):
        until(lambda: "02:00:00:00:02:00" in resolved(lab["client"], "192.0.2.77"))
        assert "lladdr" not in resolved(lab["client"], "192.0.2.78")


@pytest.mark.netns
@pytest.mark.referee
@pytest.mark.slow
@pytest.mark.parametrize("side", ["theirs", "ours"])
def test_what_is_bridged_is_answered(side: str, namespaces: None, tmp_path: Path) -> None:
    (tmp_path / "bridged.toml").write_text(BRIDGED)
    with rawkit.Lab(tmp_path / "bridged.toml") as lab:
        pings = ["ping", "-c1", "-W1", "192.0.2.20"]
        assert lab["client"].run(pings, check=False).returncode == 1
        with endless(lab["middle"], beside.rows(ENDLESS)[1], side):
            until(lambda: lab["client"].run(pings, check=False).returncode == 0)


@contextmanager
def endless(host: Host, row: Row, side: str) -> Iterator[None]:
    """A cell that runs in a host for as long as it is entered."""
    program = beside.setup() + beside.NAMES + getattr(row, side)
    running = host.popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True)
    try:
        yield
        assert running.poll() is None, running.stderr.read()
    finally:
        running.kill()
        running.communicate()


def resolved(host: Host, address: str) -> str:
    """What the kernel knows of a neighbour, when it has asked for it."""
    host.run(["ping", "-c1", "-W1", address], check=False)
    return host.run(["ip", "neigh", "show", address]).stdout


def until(true: Callable[[], bool]) -> None:
    """Asks again until it is so; what is asked waits by itself."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end


def test_there_are_many() -> None:
    """And every section is run."""
    assert len(CAPTURE_ROWS) + len(WIRE_ROWS) > 60
    assert {*OVER_CAPTURES, *ON_WIRE, ENDLESS, LEFT_TO_SCAPY} == set(beside.sections())
    assert all(row.theirs and row.ours for row in CAPTURE_ROWS + WIRE_ROWS)


def test_what_is_left_to_scapy_is_there() -> None:
    """Of each name in the first column scapy has something, and rawkit nothing."""
    import scapy.all

    names = [name for cells in beside.table(LEFT_TO_SCAPY) for name in beside.code(cells[0]).splitlines()]
    assert len(names) > 10
    for name in names:
        found: Any = scapy.all
        for part in name.split("."):
            found = getattr(found, part)
        assert not hasattr(rawkit, name)


def test_what_differs_is_seen() -> None:
    row = Row("Files", "1", "2")
    with pytest.raises(AssertionError):
        same((Outcome([1], "", []), Outcome([2], "", [])), row)
    with pytest.raises(AssertionError):
        same((Outcome(None, "a", []), Outcome(None, "", [])), row)
    with pytest.raises(AssertionError):
        same((Outcome(None, "", []), Outcome(None, "", [])), row)
    with pytest.raises(AssertionError):
        same((Outcome(None, "", ["00"]), Outcome(None, "", [])), row._replace(section="Sending"))


def test_an_error_is_told() -> None:
    [(theirs, ours)] = beside.run_all([Row("Files", "1 / 0", "sum([1])")], on_wire=False)
    assert "ZeroDivisionError" in theirs.error
    assert ours.value == 1
