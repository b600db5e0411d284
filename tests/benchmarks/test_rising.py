"""Growth on live links: what its rows and plots are made of."""

from __future__ import annotations

import pytest

from benchmarks import rising
from benchmarks.capture import Result


def result(name, received, rate=50_000.0, interface=0):
    return Result(name, 1000, received, 1000 - received, interface, 0.5, rate)


@pytest.mark.parametrize(
    ("received", "interface", "lost"),
    [(1000, 0, 0.0), (900, 0, 10.0), (900, 100, 0.0), (1007, 0, 0.0)],
)
def test_frames_that_neither_came_nor_were_dropped_before_are_lost(received, interface, lost):
    row = rising.rate_row(result("rawkit -w", received, 40_000.0, interface), result("tcpdump -w", 1000), 50_000)
    assert (row.ours, row.theirs, row.size) == (lost, 0.0, 45_000)


def test_a_scan_without_a_result_has_no_figure_and_the_note_says_so():
    turns = [{"rawkit": (0.5, 256), "nmap": None}, {"rawkit": (0.75, 255), "nmap": None}]
    row = rising.host_row(256, "nmap", turns)
    assert (row.ours, row.theirs, row.note) == (0.625, None, "found at least 255 and no result")


@pytest.mark.root
@pytest.mark.netns
def test_every_scanner_finds_every_host(lab_of_one_host):
    client, commands = lab_of_one_host
    assert {name: rising.scan(client, command)[1] for name, command in commands.items()} == dict.fromkeys(commands, 1)


@pytest.fixture
def lab_of_one_host():
    with rising.network() as (client, server):
        yield client, rising.installed(rising.scanners(client, server, "198.18.0.1/32"))
