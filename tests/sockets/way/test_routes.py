"""Routes against what iproute2 says, and neighbours that are and are not there."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from ipaddress import ip_address

import pytest

from rawkit import linktypes
from rawkit.errors import TargetError
from rawkit.sockets.receive.ring import ReceiveRing
from rawkit.sockets.way.routes import Route, route_to

pytestmark = [pytest.mark.root, pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

CLIENT, ROUTER = bytes.fromhex("020000000100"), bytes.fromhex("020000000200")


@pytest.fixture
def client(routed, tun_allowed):
    """The client of the scenario `router`, with a tun device and routes of several kinds."""
    host = routed["client"]
    for command in (
        "tuntap add tun0 mode tun",
        "addr add 203.0.113.1 peer 203.0.113.2 dev tun0",
        "addr add 2001:db8:9::1 peer 2001:db8:9::2 dev tun0",
        "link set tun0 up",
        "route add 198.18.0.0/16 via 192.0.2.1 mtu 1400",
        "route add blackhole 198.19.0.0/16",
        "route add 198.51.100.77 via inet6 2001:db8:1::1",
    ):
        host.run(["ip", *command.split()], check=True)
    return host


@pytest.mark.referee
@pytest.mark.parametrize(
    "target",
    [
        "192.0.2.1",
        "198.51.100.20",
        "198.18.0.1",
        "2001:db8:1::1",
        "2001:db8:2::20",
        "203.0.113.2",
        "2001:db8:9::2",
        "127.0.0.1",
        "::1",
        "192.0.2.10",
        "198.51.100.77",
    ],
)
def test_as_iproute2_says(client, target):
    (said,) = json.loads(client.run(["ip", "-j", "route", "get", target], check=True).stdout)
    with client.entered():
        route = route_to(target)
    neighbours = json.loads(client.run(["ip", "-j", "neigh"], check=True).stdout)
    (link,) = json.loads(client.run(["ip", "-j", "link", "show", said["dev"]], check=True).stdout)
    hop = said.get("gateway") or said.get("via", {}).get("host") or target
    assert (route.interface, route.source) == (said["dev"], ip_address(said["prefsrc"]))
    assert route.next_hop == ip_address(hop)
    if said["dev"] == "eth0":
        (known,) = {one["lladdr"] for one in neighbours if one["dst"] == hop}
        assert route.destination_mac == bytes.fromhex(known.replace(":", "")) == ROUTER
        assert (route.source_mac, route.link_type) == (CLIENT, linktypes.ETHERNET)
    assert route.mtu == (1400 if target.startswith("198.18") else link["mtu"])


def test_loopback_and_tun_links(client):
    with client.entered():
        loop, tunnel = route_to("127.0.0.1"), route_to("203.0.113.2")
    local = ip_address("127.0.0.1")
    assert loop == Route("lo", local, local, bytes(6), bytes(6), linktypes.ETHERNET, 65536, is_local=True)
    assert (tunnel.destination_mac, tunnel.source_mac, tunnel.link_type) == (None, None, linktypes.RAW)


@pytest.mark.parametrize(
    ("target", "interface", "mac"),
    [
        ("192.0.2.255", None, "ffffffffffff"),
        ("255.255.255.255", "eth0", "ffffffffffff"),
        ("224.0.0.251", "eth0", "01005e0000fb"),
        ("ff02::fb%eth0", None, "3333000000fb"),
        ("fe80::ff:fe00:200%eth0", None, "020000000200"),
    ],
)
def test_groups_and_link_local_addresses(client, target, interface, mac):
    with client.entered():
        route = route_to(target, interface=interface)
    assert (route.interface, route.destination_mac) == ("eth0", bytes.fromhex(mac))


@pytest.mark.parametrize(("target", "source"), [("198.51.100.20", "192.0.2.10"), ("2001:db8:2::20", "2001:db8:1::10")])
def test_from_a_source(client, target, source):
    with client.entered():
        assert route_to(target, source=source).source == ip_address(source)


def test_from_a_source_that_is_another_hosts(client):
    """The kernel names no way for such packets: any packet's is taken."""
    with client.entered():
        route = route_to("198.51.100.20", source="203.0.113.77")
    assert (route.source, route.interface, route.destination_mac) == (ip_address("203.0.113.77"), "eth0", ROUTER)


@pytest.mark.alone
@pytest.mark.parametrize("target", ["192.0.2.99", "2001:db8:1::99"])
def test_a_neighbour_that_is_not_there_is_asked_for_and_then_given_up(client, target):
    with client.entered(), ReceiveRing("eth0", filter="arp or icmp6", direction="out", memory=1) as ring:
        begin = time.monotonic()
        with pytest.raises(TargetError, match=f"{target}: no answer on eth0 to who has it: see that it is up"):
            route_to(target, timeout=0.2)
        assert 0.15 < time.monotonic() - begin < 2.5  # the kernel itself gives up after 3 s
        batch = ring.read(1)
        assert batch is not None
        asked = list(batch.frames())
    assert any(frame.endswith(ip_address(target).packed) or ip_address(target).packed in frame for frame in asked)


def test_a_neighbour_is_found_without_privileges_too(client):
    code = "from rawkit.sockets.way.routes import route_to\nprint(route_to('192.0.2.1').destination_mac.hex())"
    without = ["setpriv", "--bounding-set", "-net_admin,-net_raw", sys.executable, "-c", code]
    with client.entered():
        done = subprocess.run(without, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ROUTER.hex()


@pytest.mark.parametrize(
    ("target", "options", "reason"),
    [
        ("198.19.0.1", {}, "198.19.0.1: no route: "),
        ("2001:db8:2::20", {"interface": "lo"}, "no route through lo: "),
        ("192.0.2.1", {"interface": "eth9"}, "no interface 'eth9'"),
    ],
)
def test_no_route(client, target, options, reason):
    with client.entered(), pytest.raises(TargetError, match=reason):
        route_to(target, **options)
