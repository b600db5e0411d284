"""Pings and scans on a terminal: columns, colours, and the order of addresses."""

from __future__ import annotations

import io
import re
import tracemalloc
from ipaddress import IPv4Address, ip_address

import numpy as np
import pytest

from rawkit.probe.ping.results import Problem, Result
from rawkit.probe.ping.statistics import RoundTrips, Summary
from rawkit.probe.scan.kinds import CLOSED, NO_RESPONSE, OPEN, POSSIBLY_OPEN, RESET, STATES, SYN_ACK
from rawkit.probe.scan.space import Space
from rawkit.probe.scan.values import Verdicts
from rawkit.probe.targets import AddressRange, Target
from rawkit.view.columns import Screen
from rawkit.view.ping.show import Style
from rawkit.view.ping.text import result_line
from rawkit.view.scan.facts import ScanFacts
from rawkit.view.scan.text import TextView
from rawkit.view.screens import handshakes
from rawkit.view.screens.ping import ScreenTableView, ScreenTextView
from rawkit.view.screens.scan import COLORS
from tests.terminal import without_colors

HOST = Target("server", ip_address("192.0.2.20"))
OTHERS = [Target(text, ip_address(text)) for text in ("2001:db8::1", "192.0.2.100", "192.0.2.9")]
RESULTS = [
    Result("reply", HOST, 9, 0, "192.0.2.20", 31_400, "kernel", 64, 64),
    Result("error", HOST, 10, 0, "192.0.2.1", problem=Problem(3, 1, 4)),
    Result("duplicate", HOST, 11, 0, "192.0.2.20", 12_345_678, "kernel", 255, 64),
    Result("late", HOST, 100, 0, "192.0.2.20", 2_000_000_000, "kernel", 64, 64),
]


def screen(columns=80, *, color=True):
    return Screen(lambda: (columns, 24), color)


def pinged(results, summaries, *, color=True, columns=80):
    out = io.StringIO()
    view = ScreenTextView(out, Style(), lambda probe: False, screen(columns, color=color))
    view.begin([one.target for one in summaries])
    for result in results:
        view.result(result)
    view.end(summaries)
    return out.getvalue().splitlines()


def summary(target, sent, received, **options):
    times = RoundTrips()
    for number in range(received):
        times.add(1_000_000 * (number + 1))
    return Summary(target, times, sent=sent, received=received, **options)


def test_what_ping_says_stands_in_columns_in_its_words():
    lines = pinged(RESULTS, [summary(HOST, 4, 1)], color=False)[1:5]
    assert [" ".join(line.split()) for line in lines] == [result_line(result, "icmp") for result in RESULTS]
    assert [line.index("icmp_seq") for line in lines] == [lines[0].index("icmp_seq")] * 4
    assert len({line.index(" ms") for line in lines[:3] if " ms" in line}) == 1


def test_a_line_takes_no_more_memory_than_its_text():
    """Lines of a ping have no end: the last column is not made as wide as that."""
    tracemalloc.start()
    try:
        lines = pinged(RESULTS, [summary(HOST, 4, 1)])
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert lines[2].endswith("\x1b[31mDestination Host Unreachable\x1b[0m")
    assert most < 10_000_000


def test_what_went_wrong_is_coloured():
    lines = pinged(RESULTS, [summary(HOST, 4, 1)])
    assert "\x1b" not in lines[1]
    assert lines[2].endswith("\x1b[31mDestination Host Unreachable\x1b[0m")
    assert lines[3].endswith("\x1b[33m(DUP!)\x1b[0m")
    assert "\x1b[33m75% packet loss\x1b[0m" in "\n".join(lines)
    assert "\x1b[31m100% packet loss\x1b[0m" in "\n".join(pinged([], [summary(HOST, 2, 0)]))
    assert "\x1b[32m0% packet loss\x1b[0m" in "\n".join(pinged([], [summary(HOST, 2, 2)]))


def test_targets_stand_in_the_order_of_their_addresses():
    summaries = [summary(OTHERS[0], 2, 2), summary(OTHERS[1], 2, 1, duplicates=3), summary(OTHERS[2], 2, 0)]
    lines = pinged([], [*summaries, summary(HOST, 2, 0, cut_short=True)])
    rows = [line.split() for line in map(without_colors, lines[2:])]
    assert rows == [
        ["STATE", "TARGET", "SENT", "GOT", "LOSS", "MIN", "ms", "AVG", "ms", "MAX", "ms", "NOTES"],
        ["down", "192.0.2.9", "2", "0", "100%"],
        ["unknown", "server", "(192.0.2.20)", "2", "0", "100%"],
        ["lossy", "192.0.2.100", "2", "1", "50%", "1.00", "1.00", "1.00", "3", "dup"],
        ["up", "2001:db8::1", "2", "2", "0%", "1.00", "1.50", "2.00"],
    ]
    assert [re.search(r"\x1b\[(\d+)m", line)[1] for line in lines[3:]] == ["31", "2", "33", "32"]


def test_a_table_of_all_times_is_one_too():
    out = io.StringIO()
    view = ScreenTableView(out, 3, screen())
    view.result(Result("reply", OTHERS[1], 2, 0, "192.0.2.100", 31_400, "kernel", 64, 64))
    view.end([summary(OTHERS[1], 3, 1), summary(OTHERS[2], 3, 0)])
    assert [line.split() for line in map(without_colors, out.getvalue().splitlines())] == [
        ["TARGET", "1", "2", "3"],
        ["192.0.2.9", "-", "-", "-"],
        ["192.0.2.100", "-", "0.0314", "-"],
    ]
    assert out.getvalue().count("\x1b[31m-\x1b[0m") == 5


def test_states_of_ports_are_coloured_and_hosts_have_the_same_columns():
    first = IPv4Address("198.18.0.1")
    where = Space([AddressRange(first, first + 1)], [22, 50_000])
    facts = ScanFacts("1", "rawkit synscan", (22, 50_000), {}, {}, 2, 0, 0)
    out = io.StringIO()
    view = TextView(out, facts, where, why=True, screen=screen(60))
    hosts, ports = np.array([1, 0, 1, 0]), np.array([22, 22, 50_000, 50_000])
    states, kinds = np.array([OPEN, CLOSED, CLOSED, CLOSED]), np.array([SYN_ACK, RESET, RESET, NO_RESPONSE])
    ends, unknown = where.addresses(hosts, ports), np.full(4, -1, dtype=np.int64)
    view.write(Verdicts(hosts, ends, states, kinds, unknown, unknown, unknown, ends))
    view.end(0, whole=True)
    lines = out.getvalue().splitlines()
    assert [line for line in lines if "report" in line] == [f"Scan report for {first + n}" for n in range(2)]
    heads = [line for line in map(without_colors, lines) if line.startswith("PORT")]
    assert heads == ["PORT       STATE     SERVICE       REASON"] * 2
    assert "22/tcp     \x1b[32mopen\x1b[0m      ssh           syn-ack" in lines
    assert "50000/tcp  \x1b[31mclosed\x1b[0m    unknown       no-response" in lines


def test_every_state_has_a_colour():
    assert set(COLORS) == set(STATES.values())
    assert {STATES[state] for state in POSSIBLY_OPEN} <= set(COLORS)


@pytest.mark.parametrize("outcome", handshakes.COLORS)
def test_every_outcome_has_a_colour(outcome):
    assert handshakes.COLORS[outcome]
