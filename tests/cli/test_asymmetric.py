"""Answers that come in by another interface than the probes left by: each route is the kernel's own."""

from __future__ import annotations

import json
import sys

import pytest
from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6
from scapy.utils import rdpcap

from rawkit.errors import PrivilegeError
from rawkit.lab import Lab, LabSpec

pytestmark = pytest.mark.netns

THERE_AND_BACK = """
[hosts.client]
sysctls = { "net.ipv4.conf.all.rp_filter" = "0", "net.ipv4.conf.default.rp_filter" = "0" }
routes = [
  { to = "198.51.100.0/24", via = "192.0.2.254" },
  { to = "2001:db8:2::/64", via = "2001:db8:1::fe" },
]

[hosts.router]
forward = true

[hosts.server]
sysctls = { "net.ipv4.conf.all.rp_filter" = "0", "net.ipv4.conf.default.rp_filter" = "0" }
routes = [
  { to = "192.0.2.0/24", via = "203.0.113.1" },
  { to = "2001:db8:1::/64", via = "2001:db8:3::1" },
]
services = [
  { kind = "tcp-echo", port = 7 },
  { kind = "reject", port = 9, answer = "admin-prohibited" },
]

[[links]]
ends = [
  { host = "client", addresses = ["192.0.2.1/24", "2001:db8:1::1/64"] },
  { host = "router", addresses = ["192.0.2.254/24", "2001:db8:1::fe/64"] },
]

[[links]]
ends = [
  { host = "router", addresses = ["198.51.100.254/24", "2001:db8:2::fe/64"] },
  { host = "server", addresses = ["198.51.100.20/24", "2001:db8:2::20/64"] },
]

[[links]]
ends = [
  { host = "client", addresses = ["203.0.113.1/24", "2001:db8:3::1/64"] },
  { host = "server", addresses = ["203.0.113.20/24", "2001:db8:3::20/64"] },
]
"""
SERVERS = ["198.51.100.20", "2001:db8:2::20"]


@pytest.fixture(scope="module")
def client():
    try:
        with Lab(LabSpec.from_toml(THERE_AND_BACK)) as lab:
            yield lab["client"]
    except PrivilegeError as error:
        pytest.skip(str(error))


def scan(client, server, *more):
    command = [sys.executable, "-m", "rawkit", "synscan", "-p", "7,8,9", "--format", "json", *more, server]
    done = client.run(command, check=True, timeout=60)
    found = map(json.loads, done.stdout.splitlines())
    return {one["port"]: (one["state"], one["reason"]) for one in found}


@pytest.mark.parametrize("server", SERVERS)
def test_the_way_back_is_another(client, server):
    """What the test stands on: the kernel sends by one interface and hears by the other."""
    route = client.run(["ip", "route", "get", server], check=True).stdout
    assert " dev eth0 " in route
    before = counted(client, "eth1", "rx")
    client.run([sys.executable, "-m", "rawkit", "ping", "-c", "3", "-i", "0.01", server], check=True)
    assert counted(client, "eth1", "rx") >= before + 3


def counted(client, interface, way):
    return int(client.run(["cat", f"/sys/class/net/{interface}/statistics/{way}_packets"], check=True).stdout)


@pytest.mark.parametrize("more", [(), ("-i", "eth0"), ("-Pn",)], ids=["as the route", "-i", "-Pn"])
@pytest.mark.parametrize("server", SERVERS)
def test_answers_are_heard_on_all_interfaces(client, server, more):
    found = scan(client, server, *more)
    assert {port: state for port, (state, _) in found.items()} == {7: "open", 8: "closed", 9: "filtered"}
    assert "prohibited" in found[9][1]


@pytest.mark.parametrize("server", SERVERS)
def test_answers_to_what_is_sent_are_heard_on_all_interfaces(client, server, tmp_path):
    layer = "IPv6" if ":" in server else "IP"
    expression, written = f"{layer}(dst='{server}')/TCP(sport=40000, dport=[7, 8, 9], flags='S')", tmp_path / "all.pcap"
    command = [sys.executable, "-m", "rawkit", "send", expression, "--reply", "--timeout", "5", "--write", written]
    done = client.run(command, timeout=60)
    assert done.returncode == 0, done.stderr
    answers = {line.partition(": ")[0]: line.partition(" -> ")[2] for line in done.stdout.splitlines()}
    assert [answers[number].partition(" after ")[0].split()[-1] for number in "12"] == ["SA", "RA"]
    assert "unreach" in answers["3"].lower()
    frames = rdpcap(str(written))
    assert sum(frame[IPv6 if ":" in server else IP].src == server for frame in frames) == 3
    assert all(frame.src != "00:00:00:00:00:00" for frame in frames)
