"""Scans over other links than Ethernet with routed addresses: a tun device, and link-local addresses; beside nmap."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import struct
import sys
import threading
import xml.etree.ElementTree as ElementTree

import pytest

from rawkit.lab import ServiceSpec
from rawkit.sockets import layout

pytestmark = pytest.mark.netns
TUN, TUNSETIFF, TUNSETLINK, IFF_TUN, IFF_NO_PI = "/dev/net/tun", 0x400454CA, 0x400454CD, 0x1, 0x1000
LIKE_NMAP = pytest.mark.skipif(shutil.which("nmap") is None, reason="needs nmap")


@pytest.fixture(scope="module")
def pair(lab_up):
    with lab_up("pair") as lab:
        lab["server"].serve(ServiceSpec("tcp-echo", 2000))
        yield lab


def tunnel_end(host, kind):
    with host.entered():
        descriptor = os.open(TUN, os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN | IFF_NO_PI))
    fcntl.ioctl(descriptor, TUNSETLINK, kind)
    return descriptor


def carry(one, other):
    """Takes packets from one end of the tunnel to the other, until the end is closed."""
    try:
        while packet := os.read(one, 2000):
            os.write(other, packet)
    except OSError:
        return


@pytest.fixture(scope="module", params=[layout.ARPHRD_NONE, layout.ARPHRD_PPP], ids=["tun", "ppp"])
def tunnel(pair, request):
    """A tunnel between both hosts: two tun devices that say to be of a kind, and threads that carry packets."""
    if not os.access(TUN, os.R_OK | os.W_OK):
        pytest.skip(f"needs {TUN}")
    ends = [tunnel_end(pair[name], request.param) for name in ("client", "server")]
    for name, own, peer in (("client", 1, 2), ("server", 2, 1)):
        pair[name].run(["ip", "link", "set", "tun0", "up"], check=True)
        for address in (f"203.0.113.{own} peer 203.0.113.{peer}", f"2001:db8:9::{own} peer 2001:db8:9::{peer}"):
            pair[name].run(["ip", "addr", "add", *address.split(), "dev", "tun0"], check=True)
    for one, other in (ends, ends[::-1]):
        threading.Thread(target=carry, args=(one, other), daemon=True).start()
    yield pair
    for name in ("client", "server"):
        pair[name].run(["ip", "link", "delete", "tun0"], check=True)  # wakes the threads
    for end in ends:
        os.close(end)


def command(*arguments):
    return [sys.executable, "-m", "rawkit", "synscan", "--format", "json", *arguments]


def ours(host, *arguments):
    done = host.run(command(*arguments), check=True, timeout=60)
    found = map(json.loads, done.stdout.splitlines())
    return {(one["host"], one["port"]): (one["state"], one["reason"], one["reason_ttl"]) for one in found}


def nmaps(host, *arguments):
    done = host.run(["nmap", "-sS", "-n", "-Pn", "-oX", "-", *arguments], check=True, timeout=60)
    found = {}
    for one in ElementTree.fromstring(done.stdout).iter("host"):
        address = one.find("address").get("addr")
        for port in one.iter("port"):
            state = port.find("state")
            told = state.get("state"), state.get("reason"), int(state.get("reason_ttl"))
            found[address, int(port.get("portid"))] = told
    return found


@pytest.mark.referee
@LIKE_NMAP
@pytest.mark.parametrize("target", ["203.0.113.2", "2001:db8:9::2"])
def test_through_a_tunnel(tunnel, target):
    version = ["-6"] if ":" in target else []
    found = ours(tunnel["client"], "-p", "1999-2001", target)
    assert found == nmaps(tunnel["client"], "-p", "1999-2001", *version, target)
    assert found[target, 2000] == ("open", "syn-ack", 64)


def link_local(host):
    shown = host.run(["ip", "-6", "addr", "show", "dev", "eth0", "scope", "link"], check=True).stdout
    return re.search(r"inet6 (fe80::[0-9a-f:]+)/", shown)[1]


@pytest.mark.referee
@LIKE_NMAP
def test_a_link_local_address(pair):
    address = link_local(pair["server"])
    found = ours(pair["client"], "-p", "1999-2001", f"{address}%eth0")
    theirs = nmaps(pair["client"], "-p", "1999-2001", "-6", f"{address}%eth0")  # it leaves the link out
    assert found == {(f"{host}%eth0", port): told for (host, port), told in theirs.items()}
    assert found == ours(pair["client"], "-p", "1999-2001", "-i", "eth0", address)
    assert found[f"{address}%eth0", 2000] == ("open", "syn-ack", 64)


def test_a_scan_of_a_link_local_address_goes_on(pair, tmp_path):
    """The interface is in the file too."""
    target = f"{link_local(pair['server'])}%eth0"
    arguments = command("-p", "1999-2001", "--resume", str(tmp_path / "state"), target)
    assert " 3 probes sent" in pair["client"].run(arguments, check=True).stderr
    assert " 0 probes sent" in pair["client"].run(arguments, check=True).stderr


def test_a_link_local_address_needs_its_interface(pair):
    address = link_local(pair["server"])
    done = pair["client"].run(command("-p", "80", address))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"rawkit: {address}: may be on any link: name the interface, as in {address}%eth0\n"
    twice = pair["client"].run(command("-p", "80", f"{address}%eth0", f"{address}%lo"))
    assert f"rawkit: skipped {address}%lo: no route through lo: Network is unreachable: " in twice.stderr
    assert twice.stderr.splitlines()[-1].startswith("1 host up: 0 open, 1 closed, 0 filtered; ")
