"""Interfaces against what iproute2 says of them."""

from __future__ import annotations

import json

import pytest

from rawkit import linktypes
from rawkit.errors import TargetError
from rawkit.sockets import device
from rawkit.sockets.interfaces import interface, interfaces

pytestmark = [pytest.mark.root, pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

KINDS = {"ether": linktypes.ETHERNET, "loopback": linktypes.ETHERNET, "none": linktypes.RAW}


@pytest.fixture
def client(pair, tun_allowed):
    """A host with a tun device that has a peer, a bridge that is down and a dual-stack eth0."""
    host = pair["client"]
    for command in (
        "tuntap add tun0 mode tun",
        "addr add 203.0.113.1 peer 203.0.113.2 dev tun0",
        "link set tun0 up mtu 1280",
        "link add br0 type bridge",
        "addr add 198.51.100.7/28 dev eth0",
    ):
        host.run(["ip", *command.split()], check=True)
    return host


def test_all_of_them_are_as_iproute2_says(client):
    theirs = json.loads(client.run(["ip", "-j", "addr"], check=True).stdout)
    with client.entered():
        ours = interfaces()
    assert [one.name for one in ours] == ["lo", "eth0", "tun0", "br0"]
    for one, said in zip(ours, theirs, strict=True):
        assert (one.index, one.name, one.mtu) == (said["ifindex"], said["ifname"], said["mtu"])
        assert one.state.upper() == said["operstate"]
        assert one.link_type == KINDS[said["link_type"]]
        assert (one.mac.hex(":") if one.mac else None) == said.get("address")
        assert [str(a) for a in one.addresses] == [f"{a['local']}/{a['prefixlen']}" for a in said["addr_info"]]
        flags = said["flags"]
        assert one.is_up == ("UP" in flags)
        assert one.is_loopback == ("LOOPBACK" in flags)
        assert one.is_point_to_point == ("POINTOPOINT" in flags)
        assert one.asks_for_neighbours == (one.name in ("eth0", "br0"))


def test_by_name_and_by_index(client):
    with client.entered():
        for one in interfaces():
            assert interface(one.name) == interface(one.index) == one
            assert device.link_type(one.name) == one.link_type


@pytest.mark.parametrize("which", ["eth9", "", "a-name-of-an-interface-that-is-too-long", 99])
def test_one_that_is_not_there(client, which):
    with client.entered(), pytest.raises(TargetError, match=r"no interface .*: name one that `ip link` lists"):
        interface(which)
