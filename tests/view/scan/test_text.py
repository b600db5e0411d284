"""A scan's text: each host once, in order, when its ports are known; what was ended is said."""

from __future__ import annotations

import io
import re
from ipaddress import IPv4Address

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.probe.scan.kinds import CLOSED, FILTERED, ICMP, NO_RESPONSE, OPEN, RESET, SYN_ACK
from rawkit.probe.scan.space import Space
from rawkit.probe.scan.values import Verdicts
from rawkit.probe.targets import AddressRange
from rawkit.view.scan import text as text_view
from rawkit.view.scan.facts import MANY, ScanFacts
from rawkit.view.scan.text import TextView

FIRST = IPv4Address("198.18.0.1")
KINDS = {OPEN: SYN_ACK, CLOSED: RESET, FILTERED: NO_RESPONSE}
NAME = "evil\x1b[31m"


def space(hosts, ports):
    return Space([AddressRange(FIRST, FIRST + hosts - 1)], list(ports))


def verdicts(where, told, kind=None):
    """Of (host's number, port, state)."""
    hosts, ports, states = (np.array(column, dtype=np.int64) for column in zip(*told, strict=True))
    ends = where.addresses(hosts, ports)
    kinds = np.array([KINDS[state] for state in states.tolist()]) if kind is None else np.full(len(told), kind)
    unknown = np.full(len(told), -1, dtype=np.int64)
    rtt = np.where(kinds == NO_RESPONSE, -1, 41_300)
    return Verdicts(hosts, ends, states, kinds, unknown, rtt, unknown, ends)


def view(where, **options):
    out = io.StringIO()
    facts = ScanFacts("1", "rawkit synscan", tuple(where.ports.tolist()), {str(FIRST + 1): NAME}, {}, where.hosts, 0, 0)
    return TextView(out, facts, where, **options), out


def hosts_in(text):
    return [int(IPv4Address(one)) - int(FIRST) for one in re.findall(r"report for (?:\S+ \()?(198[\d.]+)", text)]


def test_a_host_waits_for_those_before_it():
    where = space(3, [22, 80])
    shown, out = view(where)
    shown.write(verdicts(where, [(2, 22, OPEN), (2, 80, CLOSED), (0, 22, CLOSED)]))
    assert out.getvalue() == ""
    shown.write(verdicts(where, [(0, 80, OPEN)]))
    assert out.getvalue() == (
        "Scan report for 198.18.0.1\nHost is up (41.3 us latency).\n\n"
        "PORT   STATE  SERVICE\n22/tcp closed ssh\n80/tcp open   http\n\n"
    )
    shown.write(verdicts(where, [(1, 22, FILTERED), (1, 80, FILTERED)]))
    shown.end(0, whole=True)
    assert hosts_in(out.getvalue()) == [0, 1, 2]


def test_names_of_others_are_made_harmless():
    where = space(2, [22])
    shown, out = view(where)
    shown.write(verdicts(where, [(0, 22, OPEN), (1, 22, FILTERED)]))
    assert "Scan report for evil\\x1b[31m (198.18.0.2)\nHost is up.\n" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_a_host_that_is_not_whole_says_so_at_the_end_and_untouched_ones_are_not_named():
    where = space(3, [22, 80, 443])
    shown, out = view(where, comments=True)
    shown.write(verdicts(where, [(1, 80, OPEN), (1, 22, CLOSED)]))
    assert out.getvalue() == "# rawkit 1 scan initiated as: rawkit synscan\n"
    shown.end(0, whole=False)
    assert "(198.18.0.2), not finished: 2 of 3 ports are known\n" in out.getvalue()
    assert hosts_in(out.getvalue()) == [1]
    assert out.getvalue().splitlines()[-1].startswith("# rawkit was ended at ")


def test_ports_are_listed_up_to_as_many_as_nmap_lists():
    ports = range(1, 2 * MANY + 2)
    where = space(1, ports)
    shown, out = view(where)
    for port in ports:  # one by one: the first 25 closed ones are not known to be too many
        shown.write(verdicts(where, [(0, port, CLOSED if port <= MANY + 1 else FILTERED)]))
    assert f"Not shown: {MANY + 1} closed tcp ports (reset)\n" in out.getvalue()
    assert re.findall(r"^\d+/tcp +(\S+)", out.getvalue(), re.MULTILINE) == ["filtered"] * MANY


def test_what_is_not_shown_is_told_by_reason_the_most_first():
    where = space(1, range(1, 61))
    shown, out = view(where)
    shown.write(verdicts(where, [(0, port, FILTERED) for port in range(1, 41)]))
    shown.write(verdicts(where, [(0, port, FILTERED) for port in range(41, 61)], kind=ICMP | 3 << 8 | 13))
    assert "All 60 scanned ports on 198.18.0.1 are in ignored states.\n" in out.getvalue()
    ignored = "Not shown: 40 filtered tcp ports (no-response), 20 filtered tcp ports (admin-prohibited)\n"
    assert ignored in out.getvalue()


def test_of_many_hosts_each_is_written_at_once_if_something_is_open(monkeypatch):
    monkeypatch.setattr(text_view, "IN_ORDER", 2)
    where = space(3, [22, 80])
    shown, out = view(where)
    shown.write(verdicts(where, [(2, 22, OPEN), (2, 80, CLOSED), (1, 22, CLOSED), (1, 80, CLOSED), (0, 22, OPEN)]))
    assert hosts_in(out.getvalue()) == [2]
    assert "Not shown: 1 closed tcp port (reset)\nPORT " in out.getvalue()
    shown.end(0, whole=False)
    assert hosts_in(out.getvalue()) == [2, 0]


@given(st.integers(1, 12), st.integers(1, 40), st.randoms(use_true_random=False), st.booleans())
def test_every_port_of_every_host_is_told_once_in_any_order(hosts, ports, random, in_order):
    where = space(hosts, range(1, ports + 1))
    told = [
        (host, port, random.choice([OPEN, CLOSED, FILTERED])) for host in range(hosts) for port in range(1, ports + 1)
    ]
    random.shuffle(told)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_view, "IN_ORDER", hosts if in_order else 0)
        shown, out = view(where)
        while told:
            some = random.randint(1, 30)
            shown.write(verdicts(where, told[:some]))
            told = told[some:]
        shown.end(0, whole=True)
    found = hosts_in(out.getvalue())
    assert found == list(range(hosts)) if in_order else sorted(found) == sorted(set(found))
    for block in out.getvalue().split("Scan report for ")[1:]:
        listed = len(re.findall(r"^\d+/tcp", block, re.MULTILINE))
        hidden = sum(int(number) for number in re.findall(r"(\d+) \S+ tcp port", block))
        assert listed + hidden == ports
