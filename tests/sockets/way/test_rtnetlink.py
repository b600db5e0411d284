"""Routes and interfaces beside what pyroute2 and `ip` say of them."""

from __future__ import annotations

import json
import subprocess
from ipaddress import ip_address

import pytest

from rawkit.errors import PrivilegeError, TargetError
from rawkit.lab import Lab
from rawkit.probe.targets import AddressRange
from rawkit.run.scan.ways import Asked, find_ways
from rawkit.sockets.interfaces import interfaces
from rawkit.sockets.way.rtnetlink import link, route_get

pytestmark = pytest.mark.netns


@pytest.fixture(scope="module")
def client():
    try:
        with Lab.from_spec("firewalled") as lab:
            yield lab["client"]
    except PrivilegeError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(
    "address", ["192.0.2.1", "192.0.2.10", "198.51.100.20", "127.0.0.9", "2001:db8:1::1", "2001:db8:2::20", "::1"]
)
def test_routes_are_those_of_ip(client, address):
    told = json.loads(client.run(["ip", "-j", "route", "get", address], check=True).stdout)[0]
    with client.entered():
        found = route_get(ip_address(address))
        name = link(found.interface).name
    assert name == told["dev"]
    assert str(found.source) == told["prefsrc"]
    assert str(found.gateway) == told.get("gateway", "None")


def test_interfaces_are_those_of_rtnetlink(client):
    with client.entered():
        for theirs in interfaces():
            ours = link(theirs.index)
            assert (ours.name, ours.link_type, ours.mtu) == (theirs.name, theirs.link_type, theirs.mtu)
            assert (ours.mac, ours.flags & 0xFFFF) == (theirs.mac, theirs.flags & 0xFFFF)


def test_a_range_is_cut_where_its_routes_differ(client):
    with client.entered():
        first, last = ip_address("192.0.2.0"), ip_address("192.0.2.255")
        found = find_ways([AddressRange(first, last)], Asked())
    local = [str(piece.first) for piece, way in zip(found.ranges, found.ways, strict=True) if way.is_local]
    assert local == ["192.0.2.10"]
    assert (sum(map(len, found.ranges)), found.skipped) == (256, ())


def test_no_route_and_no_interface(client):
    with client.entered():
        subprocess.run(["ip", "route", "add", "unreachable", "203.0.113.0/24"], check=True)
        with pytest.raises(TargetError, match=r"203\.0\.113\.1: no route: .*: see `ip route`"):
            route_get(ip_address("203.0.113.1"))
        with pytest.raises(TargetError, match="no interface 9999: name one"):
            link(9999)
        with pytest.raises(TargetError, match="no interface 'moon'"):
            find_ways([AddressRange(ip_address("192.0.2.1"), ip_address("192.0.2.1"))], Asked("moon"))
