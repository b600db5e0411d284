"""nmap's XML as python-libnmap reads it, and each host written as soon as its last port is known."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ElementTree
from ipaddress import IPv4Address

import numpy as np
import pytest
from libnmap.parser import NmapParser

from rawkit.probe.scan.kinds import CLOSED, FILTERED, ICMP, OPEN, RESET, SYN_ACK
from rawkit.probe.scan.space import Endpoints
from rawkit.probe.scan.values import Verdicts
from rawkit.view.scan.facts import ScanFacts
from rawkit.view.scan.hosts import GrepableView, XmlView

PORTS = (22, 80, 443)
KINDS = {OPEN: SYN_ACK, CLOSED: RESET, FILTERED: ICMP | 3 << 8 | 13}

NAMES = {"192.0.2.2": "two.example"}


def ends(hosts, ports):
    low = np.array([int(IPv4Address(host)) for host in hosts], dtype=np.uint64)
    none = np.zeros(len(hosts), dtype=np.uint64)
    return Endpoints(none, low, np.array(ports, dtype=np.int64), none != 0)


def verdicts(*told):
    hosts, ports, states = zip(*told, strict=True)
    kinds = np.array([KINDS[state] for state in states])
    fixed = [np.full(len(told), value) for value in (64, 1000, 1_700_000_000_000_000_000)]
    there = ends(hosts, ports)
    return Verdicts(np.arange(len(told)), there, np.array(states), kinds, *fixed, there)


def view(kind, **options):
    facts = ScanFacts("1", "rawkit synscan -o '\x1b<&.xml'", PORTS, NAMES, {}, 2, 1, 10**18)
    out = io.StringIO()
    return kind(out, facts, **options), out


FIRST = [("192.0.2.1", 22, OPEN), ("192.0.2.2", 80, OPEN), ("192.0.2.1", 80, CLOSED)]
LAST = [("192.0.2.1", 443, FILTERED)]


def test_a_host_is_written_when_its_last_port_is_known():
    shown, out = view(GrepableView)
    shown.write(verdicts(*FIRST))
    assert out.getvalue().count("\n") == 1
    shown.write(verdicts(*LAST))
    status, line = out.getvalue().splitlines()[1:]
    assert status == "Host: 192.0.2.1 ()\tStatus: Up"
    assert line.startswith("Host: 192.0.2.1 ()\tPorts: 22/open/tcp//ssh///, 80/closed/tcp//http///, 443/filtered/")
    assert "192.0.2.2" not in out.getvalue()
    shown.end(0, whole=True)
    assert "\nHost: 192.0.2.2 (two.example)\tPorts: 80/open/tcp//http///\n# rawkit done" in out.getvalue()


def test_a_scan_that_was_ended_says_so():
    shown, out = view(XmlView)
    shown.write(verdicts(*FIRST))
    shown.end(0, whole=False)
    finished = ElementTree.fromstring(out.getvalue()).find("runstats/finished")
    assert (finished.get("exit"), finished.get("errormsg")) == ("error", "ended by a signal")


def test_closed_ports_complete_a_host_of_which_open_ones_are_shown():
    shown, out = view(XmlView, only_open=True)
    shown.write(verdicts(*FIRST, *LAST))
    assert out.getvalue().endswith("</ports></host>\n")
    assert out.getvalue().count("<port ") == 1


@pytest.mark.parametrize("ended", [True, False])
def test_libnmap_reads_it(ended):
    shown, out = view(XmlView)
    shown.write(verdicts(*FIRST, *LAST))
    if ended:
        shown.end(1_500_000_000, whole=True)
    report = NmapParser.parse(out.getvalue(), incomplete=not ended)
    host = report.hosts[0]
    assert (host.address, host.status) == ("192.0.2.1", "up")
    assert [(one.port, one.protocol, one.state, one.service) for one in host.services] == [
        (22, "tcp", "open", "ssh"),
        (80, "tcp", "closed", "http"),
        (443, "tcp", "filtered", "https"),
    ]
    assert host.get_open_ports() == [(22, "tcp")]
    if ended:
        assert [one.address for one in report.hosts] == ["192.0.2.1", "192.0.2.2"]
        assert report.hosts[1].hostnames == ["two.example"]
        assert (report.hosts_up, report.hosts_down, report.hosts_total, report.elapsed) == (2, 1, 3, 1.5)
