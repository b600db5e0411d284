"""`rawkit ping` and its exit on a terminal, in a lab."""

from __future__ import annotations

import sys

import pytest

from tests.terminal import Terminal, without_colors

PING = [sys.executable, "-m", "rawkit", "ping"]


@pytest.fixture(scope="module")
def pair(lab_up):
    with lab_up("pair") as lab:
        yield lab


@pytest.mark.netns
def test_many_targets_end_as_a_table_in_the_order_of_addresses(pair):
    there, here = str(pair["server"].ipv4), str(pair["client"].ipv4)
    terminal = Terminal([*PING, "-c", "2", "-i", "0.01", there, here], 70, popen=pair["client"].popen)
    lines = terminal.read().splitlines()
    table = lines[lines.index("") + 1 :]
    assert [without_colors(line).split()[:2] for line in table] == [["STATE", "TARGET"], ["up", here], ["up", there]]
    assert all(line.startswith("\x1b[32mup\x1b[0m") for line in table[1:])
    assert max(len(without_colors(line)) for line in table) <= 70


@pytest.mark.netns
def test_one_target_is_told_as_ping_does_without_colours_where_they_are_not_wanted(pair):
    there = str(pair["server"].ipv4)
    terminal = Terminal([*PING, "--color", "never", "-c", "2", "-i", "0.01", there], 80, popen=pair["client"].popen)
    text = terminal.read()
    assert "\x1b" not in text
    assert f"64 bytes from {there}: icmp_seq=1" in text
    assert "2 packets transmitted, 2 received, 0% packet loss" in text
