"""Verdicts in the lab beside nmap's: each port the same state, the same reason, the same sender."""

from __future__ import annotations

import json
import shutil
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from rawkit.errors import PrivilegeError
from rawkit.lab import Lab

pytestmark = [
    pytest.mark.netns,
    pytest.mark.referee,
    pytest.mark.skipif(shutil.which("nmap") is None, reason="needs nmap"),
]
PORTS = {
    "firewalled": "7,22,23,25,53,80,81,110,111,113,135-139,445,3306,5432,8080",
    "tcp-faults": "7,80,81,1001-1004,1100-1107",
}


@pytest.fixture(scope="module", params=list(PORTS))
def lab(request):
    try:
        with Lab.from_spec(request.param) as lab:
            yield lab, PORTS[request.param]
    except PrivilegeError as error:
        pytest.skip(str(error))


def ours(host, *arguments):
    done = host.run([sys.executable, "-m", "rawkit", "synscan", "--format", "json", *arguments], check=True, timeout=60)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {(one["host"], one["port"]): (one["state"], one["reason"], one.get("reason_ip")) for one in found}


def nmaps(host, *arguments):
    done = host.run(["nmap", "-sS", "-n", "-Pn", "-oX", "-", *arguments], check=True, timeout=60)
    found = {}
    for one in ElementTree.fromstring(done.stdout).iter("host"):
        assert not one.findall("ports/extraports"), "ask for fewer ports"
        address = one.find("address").get("addr")
        for port in one.iter("port"):
            state = port.find("state")
            told = state.get("state"), state.get("reason"), state.get("reason_ip")
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
    assert {state for state, _, _ in theirs.values()} == {"open", "closed"}
    assert ours(server, "-p", "7,80,81", address) == theirs
