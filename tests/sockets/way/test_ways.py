"""Ways beside what `ip route get` says, where rules choose them (ip-rule(8)), and many neighbours at once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from ipaddress import ip_address, ip_interface

import pytest

from rawkit.errors import TargetError
from rawkit.lab import EndSpec, HostSpec, Lab, LabSpec, LinkSpec
from rawkit.probe.targets import AddressRange
from rawkit.run.scan.ways import Asked, find_ways
from rawkit.sockets.way import ways as ways_module
from rawkit.sockets.way.neighbours import neighbour_macs
from rawkit.sockets.way.rtnetlink import link
from rawkit.sockets.way.ways import Ways, mac_steps

pytestmark = [pytest.mark.root, pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

RULES = """
ip route add default via 192.0.2.20
ip route add default via 198.51.100.20 table 100
ip route add 198.51.100.0/24 dev eth1 table 100
ip rule add from 198.51.100.10 lookup 100
ip rule add to 203.0.113.128/25 lookup 100
ip -6 route add default via 2001:db8:1::20
ip -6 route add default via 2001:db8:2::20 table 100
ip -6 route add 2001:db8:2::/64 dev eth1 table 100
ip -6 rule add from 2001:db8:2::10 lookup 100
ip -6 rule add to 2001:db8:9:8000::/49 lookup 100
ip route add blackhole 198.18.1.0/24
ip route add 198.18.2.0/24 via 192.0.2.99
"""


@pytest.fixture
def host(namespaces):
    """A host between two routers, with rules that tell which of them is for whom."""
    links = []
    for number, (net4, net6) in enumerate((("192.0.2", "2001:db8:1"), ("198.51.100", "2001:db8:2"))):
        ends = [
            EndSpec(name, (ip_interface(f"{net4}.{last}/24"), ip_interface(f"{net6}::{last}/64")))
            for name, last in (("host", 10), (f"router{number}", 20))
        ]
        links.append(LinkSpec(tuple(ends)))
    hosts = (HostSpec("host"), HostSpec("router0"), HostSpec("router1"))
    with Lab(LabSpec(hosts, tuple(links))) as lab:
        for line in RULES.strip().splitlines():
            lab["host"].run(line.split(), check=True)
        yield lab["host"]


def told(host, target, source=None):
    """What the kernel says: interface, router, source."""
    asked = ["ip", "-j", "route", "get", target, *(["from", source] if source else [])]
    (said,) = json.loads(host.run(asked, check=True).stdout)
    return said["dev"], said["gateway"], source or said["prefsrc"]


@pytest.mark.referee
@pytest.mark.parametrize("source", [None, "192.0.2.10", "198.51.100.10"])
@pytest.mark.parametrize("target", ["203.0.113.1", "203.0.113.127", "203.0.113.128", "203.0.113.255"])
def test_rules_choose_the_way(host, target, source):
    with host.entered():
        way = Ways(source=source and ip_address(source)).way(ip_address(target))
    assert (way.link.name, str(way.gateway), str(way.source)) == told(host, target, source)


@pytest.mark.referee
@pytest.mark.parametrize("source", [None, "2001:db8:1::10", "2001:db8:2::10"])
@pytest.mark.parametrize("target", ["2001:db8:9::1", "2001:db8:9:8000::1"])
def test_rules_choose_the_way_of_ipv6(host, target, source):
    with host.entered():
        way = Ways(source=source and ip_address(source)).way(ip_address(target))
    assert (way.link.name, str(way.gateway), str(way.source)) == told(host, target, source)


@pytest.mark.parametrize(("most", "each"), [(ways_module.MOST_ROUTES, 0), (0, 256), (0, 0)])
def test_a_range_is_cut_where_a_rule_begins(host, monkeypatch, most, each):
    """Also where there are more routes than are read: by each address, or in a large range by all routes after all."""
    monkeypatch.setattr(ways_module, "MOST_ROUTES", most)
    monkeypatch.setattr("rawkit.run.scan.ways.EACH", each)
    with host.entered():
        found = find_ways([AddressRange(ip_address("203.0.113.0"), ip_address("203.0.113.255"))], Asked())
    assert [(str(one.first), way.link.name) for one, way in zip(found.ranges, found.ways, strict=True)] == [
        ("203.0.113.0", "eth0"), ("203.0.113.128", "eth1"),
    ]  # fmt: skip


@pytest.mark.parametrize("most", [ways_module.MOST_ROUTES, 0])
def test_what_nothing_can_be_sent_to_is_left_out(host, monkeypatch, most):
    monkeypatch.setattr(ways_module, "MOST_ROUTES", most)
    monkeypatch.setattr("rawkit.run.scan.ways.mac_steps", lambda targets, is_stopped=None: mac_steps(targets, 0.1))
    with host.entered():
        found = find_ways([AddressRange(ip_address("198.18.0.250"), ip_address("198.18.2.5"))], Asked())
    assert [str(one.first) for one in found.ranges] == ["198.18.0.250"]
    assert [(one.text, one.count) for one in found.skipped] == [
        ("198.18.1.0-198.18.1.255", 256), ("198.18.2.0-198.18.2.5", 6),
    ]  # fmt: skip
    assert found.skipped[0].reason.startswith("no route: ")
    assert found.skipped[1].reason.startswith("192.0.2.99: no answer on eth0 to who has it")


@pytest.mark.parametrize(("source", "link"), [("192.0.2.10", "eth0"), ("198.51.100.10", "eth1"), (None, "eth0")])
def test_what_is_sent_goes_where_its_source_belongs(host, source, link):
    written = f'src="{source}", ' if source else ""
    command = [sys.executable, "-m", "rawkit", "send", f'IP({written}dst="203.0.113.1")/ICMP()']
    assert host.run(command, timeout=60).stderr == f"rawkit: 1 frame (42 bytes) on {link}\n"


def test_destinations_that_leave_by_two_links_are_refused_before_anything_is_sent(host):
    expression = 'IP(dst=["203.0.113.1", "203.0.113.129"])/ICMP()'
    done = host.run([sys.executable, "-m", "rawkit", "send", "--reply", expression], timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    said = "203.0.113.129: the destinations leave by eth0 and eth1: give -i, or send them apart"
    assert done.stderr == f"rawkit: {said}\n"


@pytest.mark.parametrize("bad", ["198.18.1.1", "198.18.2.1", "2001:db8:99::1"])
def test_what_is_sent_goes_to_the_rest(host, bad):
    """A blackhole, a router that does not answer, no route: it has no answer; where nothing else is to be sent it is an
    error."""
    host.run(["ip", "-6", "route", "replace", "unreachable", "2001:db8:99::/64"], check=True)
    good, layer = (
        ("2001:db8:1::20", "IPv6(dst={})/ICMPv6EchoRequest()") if ":" in bad else ("192.0.2.20", "IP(dst={})/ICMP()")
    )
    command = [sys.executable, "-m", "rawkit", "send", "--reply", "--timeout", "0.5"]
    done = host.run([*command, layer.format(json.dumps([good, bad]))], timeout=60)
    assert done.returncode == 1, done.stderr
    assert f"; 1 of 1 answered; nothing was sent to {bad}" in done.stderr
    alone = host.run([*command, layer.format(json.dumps(bad))], timeout=60)
    assert (alone.returncode, alone.stdout) == (2, "")
    assert len(alone.stderr.splitlines()) == 1


def test_each_address_without_a_way_is_named(host):
    with host.entered():
        ways = Ways()
        for target in ("198.18.1.1", "198.18.1.2"):
            with pytest.raises(TargetError, match=f"{target}: no route: "):
                ways.way(ip_address(target))


def test_many_neighbours_are_asked_for_at_once(host):
    """One after the other they would take 0.3 s each: 36 s."""
    absent = [ip_address(f"192.0.2.{number}") for number in range(100, 220)]
    present = ip_address("192.0.2.20")
    with host.entered():
        index = next(number for number in range(1, 99) if _name(number) == "eth0")
        begin = time.monotonic()
        found = neighbour_macs([*absent, present], link(index), timeout=0.3)
    assert list(found) == [present]
    assert time.monotonic() - begin < 18


def _name(index):
    try:
        return link(index).name
    except TargetError:
        return ""


@pytest.mark.slow
def test_many_routes_change_nothing(host):
    """A router of the Internet has a million; here 200,000 in place of a dozen."""
    lines = "".join(f"route add 10.{n >> 14}.{n >> 6 & 255}.{n * 4 & 255}/30 via 192.0.2.20\n" for n in range(200_000))
    host.run(["ip", "-batch", "-"], input=lines, check=True)
    with host.entered():
        begin = time.perf_counter()
        ways = Ways()
        first = ways.way(ip_address("10.0.0.1"))
        assert first.link.name == "eth0"
        assert ways.bounds(4) is None
        taken = time.perf_counter() - begin
        command = [sys.executable, "-m", "rawkit", "send", 'IP(dst="10.0.0.1")/ICMP()']
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        subprocess.run(["ip", "route", "flush", "root", "10.0.0.0/8"], check=True)
    assert taken < 1
    assert done.stderr == "rawkit: 1 frame (42 bytes) on eth0\n"  # scapy alone would take minutes to read them
