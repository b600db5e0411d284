"""The same link-local address on two links: each is a target of its own (RFC 4007), as for fping."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from ipaddress import ip_interface

import pytest

from rawkit.errors import PrivilegeError
from rawkit.lab import EndSpec, HostSpec, Lab, LabSpec, LinkSpec, ServiceSpec

pytestmark = pytest.mark.netns

ROUTER = "fe80::1"


@pytest.fixture(scope="module")
def lab():
    """A host between two routers, both of which are fe80::1."""
    links = [
        LinkSpec(tuple(EndSpec(name, (ip_interface(f"{net}.{last}/24"),)) for name, last in (("host", 1), (router, 2))))
        for net, router in (("192.0.2", "left"), ("198.51.100", "right"))
    ]
    try:
        with Lab(LabSpec((HostSpec("host"), HostSpec("left"), HostSpec("right")), tuple(links))) as made:
            for router in ("left", "right"):
                made[router].run(["ip", "addr", "add", f"{ROUTER}/64", "dev", "eth0", "nodad"], check=True)
                made[router].serve(ServiceSpec("tcp-echo", 7))
            yield made
    except PrivilegeError as error:
        pytest.skip(str(error))


def ping(lab, *arguments):
    command = [sys.executable, "-m", "rawkit", "ping", *arguments]
    return lab["host"].run(command, timeout=60)


BOTH = (f"{ROUTER}%eth0", f"{ROUTER}%eth1")


@pytest.mark.parametrize("method", [("icmp",), ("tcp", "--port", "7"), ("udp",)])
def test_each_answers_for_itself(lab, method):
    done = ping(lab, "-c", "2", "-i", "0.2", "-W", "2", "--format", "json", "--method", *method, *BOTH)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    replies = [(one["target"], one["address"], one["seq"]) for one in told if one["type"] == "reply"]
    assert sorted(replies) == [(target, target, seq) for target in BOTH for seq in (1, 2)]
    summaries = [(one["target"], one["received"], one["duplicates"]) for one in told if one["type"] == "summary"]
    assert summaries == [(target, 2, 0) for target in BOTH]


def test_lines_say_from_where(lab):
    lines = ping(lab, "-c", "1", *BOTH).stdout.splitlines()
    assert [re.match(r"64 bytes from (\S+):", line)[1] for line in lines if "bytes from" in line] == list(BOTH)


def test_a_number_names_the_interface_too(lab):
    """Both names of one interface are one target."""
    index = lab["host"].run(["cat", "/sys/class/net/eth1/ifindex"], check=True).stdout.strip()
    assert ping(lab, "--alive", f"{ROUTER}%{index}", f"{ROUTER}%eth1").stdout == f"{ROUTER}%{index}\n"


def test_groups_on_two_links(lab):
    done = ping(lab, "-c", "1", "-W", "1", "--format", "json", "ff02::1%eth0", "ff02::1%eth1")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    replies = [(one["target"], one["address"]) for one in told if one["type"] == "reply"]
    for link in ("eth0", "eth1"):
        assert (f"ff02::1%{link}", f"{ROUTER}%{link}") in replies
    assert all(target.partition("%")[2] == address.partition("%")[2] for target, address in replies)
    assert not [one for one in told if one["type"] == "timeout"]


def test_the_other_link_does_not_answer_for_it(lab):
    lab["left"].run(["ip", "link", "set", "eth0", "down"], check=True)
    try:
        done = ping(lab, "--alive", "--unreachable", *BOTH)
    finally:
        lab["left"].run(["ip", "link", "set", "eth0", "up"], check=True)
        lab["left"].run(["ip", "addr", "add", f"{ROUTER}/64", "dev", "eth0", "nodad"], check=True)
    assert sorted(done.stdout.splitlines()) == [f"{BOTH[0]} is unreachable", f"{BOTH[1]} is alive"]


# -I, and who asks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "through",
    [("-I", "eth1", "-I", "198.18.107.7"), ("-I", "198.18.107.7", "-I", "eth1"), ("-I", "198.18.107.7%eth1")],
)
def test_an_interface_and_an_address(lab, through):
    """As with iputils both hold, in either order."""
    host, right = lab["host"], lab["right"]
    host.run(["ip", "addr", "replace", "198.18.107.7/32", "dev", "lo"], check=True)
    right.run(["ip", "route", "replace", "198.18.107.7/32", "via", "198.51.100.1"], check=True)
    done = ping(lab, "-c", "1", "-W", "1", *through, "198.51.100.2")
    assert (
        done.stdout.splitlines()[0] == "PING 198.51.100.2 (198.51.100.2) from 198.18.107.7 eth1: 56(84) bytes of data."
    )
    assert done.returncode == 0
    elsewhere = ping(lab, "-c", "1", "-W", "0.3", "-I", "eth0", "-I", "198.18.107.7", "198.51.100.2")
    assert elsewhere.returncode == 1


def test_arp_finds_its_link_and_asks_from_the_address_there(lab):
    """Some hosts, as BSDs, answer only who is in their network (arp_ignore 2)."""
    host, right = lab["host"], lab["right"]
    host.run(["ip", "addr", "replace", "203.0.113.1/24", "dev", "eth1"], check=True)
    right.run(["ip", "addr", "replace", "203.0.113.2/24", "dev", "eth0"], check=True)
    right.run(["sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=2"], check=True)
    for target in ("203.0.113.2", "198.51.100.2"):
        assert ping(lab, "-c", "1", "-W", "1", "--method", "arp", target).returncode == 0
    assert ping(lab, "--alive", "--method", "arp", "203.0.113.0/30").stdout == "203.0.113.2\n"


def test_two_arp_pings_at_once_have_their_own_answers(lab):
    """Both see all answers, and arping would count them; each hears what the other, and the kernel, asks."""
    command = [sys.executable, "-m", "rawkit", "ping", "--method", "arp", "-c", "30", "-i", "0.05", "--format", "json"]
    run = [lab["host"].popen([*command, "192.0.2.2"], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    summaries = [json.loads(one.communicate(timeout=60)[0].splitlines()[-1]) for one in run]
    assert [(one["sent"], one["received"], one["duplicates"]) for one in summaries] == [(30, 30, 0)] * 2


def test_arp_asks_neighbours_alone(lab):
    lab["host"].run(["ip", "route", "replace", "198.18.9.0/24", "via", "192.0.2.2"], check=True)
    done = ping(lab, "-c", "1", "--method", "arp", "198.18.9.1")
    assert (done.returncode, done.stderr) == (
        2, "rawkit: 198.18.9.1 is behind 192.0.2.2: --method arp asks neighbours alone\n"
    )  # fmt: skip
    some = ping(lab, "--alive", "--method", "arp", "198.18.9.1", "198.18.99.1", "192.0.2.2")
    assert some.stdout == "192.0.2.2\n"
    both = ping(lab, "-c", "1", "--method", "arp", "192.0.2.2", "198.51.100.2")
    assert both.stderr.endswith("asks on one link, and the targets are on eth0, eth1: name one with -I\n")
