"""Verdicts in the lab beside nmap's: each port the same state, the same reason, the same sender."""

from __future__ import annotations

import json
import shutil
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from rawkit.errors import PrivilegeError
from rawkit.lab import Lab, ServiceSpec
from rawkit.probe.scan.kinds import KINDS

pytestmark = [
    pytest.mark.netns,
    pytest.mark.referee,
    pytest.mark.skipif(shutil.which("nmap") is None, reason="needs nmap"),
]
PORTS = {
    "firewalled": "7,22,23,25,53,80,81,110,111,113,135-139,445,3306,5432,8080",
    "tcp-faults": "7,80,81,1001-1004,1100-1107",
}
LETTERS = [kind.letter for kind in KINDS.values() if kind.name != "syn"]
QUIET = 9
MUTE = """
import socket
with socket.create_server(("::", {port}), family=socket.AF_INET6, dualstack_ipv6=True), \\
     socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as mute:
    mute.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    mute.bind(("::", {port}))
    print(flush=True)
    input()
"""
"""A program that has a port, and never answers a datagram."""


@pytest.fixture(scope="module", params=list(PORTS))
def lab(request):
    try:
        with Lab.from_spec(request.param) as lab:
            yield lab, PORTS[request.param]
    except PrivilegeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def unlimited(lab_up):
    """A lab whose hosts send as many ICMP errors as there are: nmap says less of those that do not."""
    with lab_up("firewalled") as lab:
        for host in (lab["server"], lab["firewall"]):
            unlimit(host, 0)
        server = lab["server"]
        mute = server.popen([sys.executable, "-c", MUTE.format(port=QUIET)], stdin=-1, stdout=-1)
        mute.stdout.readline()
        yield lab
        mute.communicate(b"\n")


def unlimit(host, milliseconds):
    names = ("net.ipv4.icmp_ratelimit", "net.ipv6.icmp.ratelimit")
    host.run(["sysctl", "-qw", *(f"{name}={milliseconds}" for name in names)], check=True)


def scan(host, *arguments):
    command = [sys.executable, "-m", "rawkit", "synscan", "--format", "json", *arguments]
    return host.run(command, check=True, timeout=60)


def ours(host, *arguments):
    done = scan(host, *arguments)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    told = ("state", "reason", "reason_ip", "protocol")
    return {(one["host"], one["port"]): tuple(one.get(name) for name in told) for one in found}


def nmaps(host, *arguments, letter="S"):
    done = host.run(["nmap", f"-s{letter}", "-n", "-Pn", "-oX", "-", *arguments], check=True, timeout=60)
    found = {}
    for one in ElementTree.fromstring(done.stdout).iter("host"):
        assert not one.findall("ports/extraports"), "ask for fewer ports"
        address = one.find("address").get("addr")
        for port in one.iter("port"):
            state = port.find("state")
            told = state.get("state"), state.get("reason"), state.get("reason_ip"), port.get("protocol")
            found[address, int(port.get("portid"))] = told
    return found


@pytest.mark.parametrize("version", [4, 6])
def test_verdicts_are_nmaps(lab, version):
    network, ports = lab
    target = str(network["server"].ipv4 if version == 4 else network["server"].ipv6)
    theirs = nmaps(network["client"], "-p", ports, *(["-6"] if version == 6 else []), target)
    assert len(theirs) > 10
    assert ours(network["client"], "-p", ports, target) == theirs


@pytest.mark.parametrize("target", ["127.0.0.1", "::1", "ipv4", "ipv6"])
def test_this_host_itself(lab, target):
    network, _ = lab
    server = network["server"]
    address = {"ipv4": str(server.ipv4), "ipv6": str(server.ipv6)}.get(target, target)
    theirs = nmaps(server, "-p", "7,80,81", *(["-6"] if ":" in address else []), address)
    assert {state for state, *_ in theirs.values()} == {"open", "closed"}
    assert ours(server, "-p", "7,80,81", address) == theirs


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("letter", LETTERS)
def test_verdicts_of_each_kind_are_nmaps(unlimited, letter, version):
    ports, server = f"{QUIET},{PORTS['firewalled']}", unlimited["server"]
    target = str(server.ipv4 if version == 4 else server.ipv6)
    theirs = nmaps(unlimited["client"], "-p", ports, *(["-6"] if version == 6 else []), target, letter=letter)
    assert len({state for state, *_ in theirs.values()}) > 1
    assert ours(unlimited["client"], f"-s{letter}", "-p", ports, target) == theirs


@pytest.mark.parametrize("target", ["127.0.0.1", "::1", "ipv4", "ipv6"])
def test_this_hosts_own_datagrams(unlimited, target):
    server = unlimited["server"]
    address = {"ipv4": str(server.ipv4), "ipv6": str(server.ipv6)}.get(target, target)
    theirs = nmaps(server, "-p", "7,9,53,81", *(["-6"] if ":" in address else []), address, letter="U")
    assert {state for state, *_ in theirs.values()} == {"open", "open|filtered", "closed"}
    assert ours(server, "-sU", "-p", "7,9,53,81", address) == theirs


@pytest.mark.parametrize("version", [4, 6])
def test_closed_ports_of_a_kernel_that_limits_its_errors_are_found(lab_up, version):
    """40 closed ports, of which Linux tells six at once; what is dropped and what answers stays what it is."""
    with lab_up("pair") as lab:
        server = lab["server"]
        unlimit(server, 100)
        server.serve(ServiceSpec("udp-echo", 7))
        server.run(["nft", "table inet q { chain in { type filter hook input priority 0; udp dport 20-22 drop; }; }"])
        target = str(server.ipv4 if version == 4 else server.ipv6)
        done = scan(lab["client"], "-sU", "-p", "1-44", target)
    found = {one["port"]: one["state"] for one in map(json.loads, done.stdout.splitlines())}
    assert "1 host limits its ICMP errors: silent ports there were asked slowly" in done.stderr
    silent = dict.fromkeys((20, 21, 22), "open|filtered")
    assert found == dict.fromkeys(range(1, 45), "closed") | silent | {7: "open"}
