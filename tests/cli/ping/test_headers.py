"""What goes into the headers of probes: -R, -T, -m, -e, -L; iputils' ping and the kernel are the referees."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from ipaddress import ip_interface

import pytest

from rawkit.errors import PrivilegeError
from rawkit.lab import EndSpec, HostSpec, Lab, LabSpec, LinkSpec

pytestmark = pytest.mark.netns

SERVER, ROUTER = "198.51.100.2", "198.51.100.1"


@pytest.fixture(scope="module")
def lab():
    """A client, a router, and a server behind it; users may ping."""
    links = (("client", "192.0.2.1/24", "router", "192.0.2.2/24"), ("router", f"{ROUTER}/24", "server", f"{SERVER}/24"))
    specs = [
        LinkSpec((EndSpec(one, (ip_interface(at),)), EndSpec(other, (ip_interface(there),))))
        for one, at, other, there in links
    ]
    try:
        with Lab(LabSpec(tuple(map(HostSpec, ("client", "router", "server"))), tuple(specs))) as made:
            made["router"].run(["sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
            made["client"].run(["ip", "route", "add", "default", "via", "192.0.2.2"], check=True)
            made["server"].run(["ip", "route", "add", "default", "via", ROUTER], check=True)
            made["client"].run(["sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647"], check=True)
            yield made
    except PrivilegeError as error:
        pytest.skip(str(error))


RAWKIT = [sys.executable, "-m", "rawkit", "ping"]
AS_USER = ["setpriv", "--reuid=65534", "--clear-groups", "--bounding-set=-all"]
RIGHTS = pytest.mark.parametrize("rights", [[], pytest.param(AS_USER, marks=pytest.mark.root)], ids=["raw", "user"])


def ping(lab, *arguments, rights=()):
    return lab["client"].run([*rights, *RAWKIT, *arguments], timeout=60)


def below_reply(text):
    """What stands below the first reply, up to the statistics; clocks' readings are only that."""
    lines = re.search(r"^64 bytes from .*\n(?s:(.*?))\n---", text, re.M)[1]
    return re.sub(r"\d+ absolute|\t\d+$", "N", re.sub(r"time=[\d.]+", "time=T", lines), flags=re.M)


@RIGHTS
@pytest.mark.referee
@pytest.mark.parametrize(
    "options",
    [
        ("-R", SERVER),
        ("-R", "-t", "64", "192.0.2.1"),
        ("-T", "tsonly", SERVER),
        ("-T", "tsandaddr", SERVER),
        ("-T", "tsprespec", ROUTER, SERVER),
        ("-T", "tsprespec", ROUTER, SERVER, SERVER),
    ],
    ids=" ".join,
)
def test_routes_and_times_are_told_as_by_ping(lab, rights, options):
    theirs = lab["client"].run(["ping", "-n", "-c", "2", "-i", "0.2", *options], check=True).stdout
    ours = ping(lab, "-c", "2", "-i", "0.2", *options, rights=rights)
    assert ours.returncode == 0
    assert below_reply(ours.stdout) == below_reply(theirs)


def test_records_have_them_too(lab):
    route = ping(lab, "-c", "1", "--format", "json", "-R", SERVER).stdout
    hops = ["192.0.2.1", ROUTER, SERVER, SERVER, "192.0.2.2", "192.0.2.1"]
    assert json.loads(route.splitlines()[0])["route"] == hops
    times = ping(lab, "-c", "1", "--format", "json", "-T", "tsprespec", ROUTER, SERVER).stdout
    assert [stamp.split()[0] for stamp in json.loads(times.splitlines()[0])["timestamps"]] == [ROUTER]


@pytest.mark.referee
def test_headers_are_counted_as_they_are(lab):
    """tcpdump says how long packets are; iputils counts 40 bytes of options whatever it sends."""
    words = ["tcpdump", "-ni", "eth0", "--immediate-mode", "-l", "-v", "-c", "3", "icmp[icmptype]==icmp-echo"]
    with lab["router"].popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as dump:
        while "listening" not in dump.stderr.readline():
            pass
        headings = [
            ping(lab, "-c", "1", *options, SERVER).stdout.splitlines()[0]
            for options in (("-R",), ("-T", "tsandaddr"), ("-T", "tsprespec", ROUTER))
        ]
        seen, _ = dump.communicate(timeout=60)
    told = [int(re.search(r"56\((\d+)\)", heading)[1]) for heading in headings]
    assert told == [int(size) for size in re.findall(r"length (\d+)\b.*options", seen)]


@RIGHTS
@pytest.mark.referee
def test_an_identifier_is_on_the_wire(lab, rights):
    words = ["tcpdump", "-ni", "eth0", "--immediate-mode", "-l", "-c", "1", "icmp[icmptype]==icmp-echo"]
    with lab["router"].popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as dump:
        while "listening" not in dump.stderr.readline():
            pass
        assert ping(lab, "-c", "1", "-e", "4660", SERVER, rights=rights).returncode == 0
        assert "ICMP echo request, id 4660, seq 1" in dump.communicate(timeout=60)[0]


@pytest.mark.root
def test_a_user_has_no_identifier_0(lab):
    """To the kernel that is any."""
    done = ping(lab, "-c", "1", "-e", "0", SERVER, rights=AS_USER)
    assert (done.returncode, done.stderr) == (2, "rawkit: -e 0 takes a raw socket: use sudo, or another number\n")


@pytest.mark.parametrize("method", [("icmp",), ("udp", "--port", "9")], ids=["icmp", "udp"])
def test_a_mark_is_what_rules_see(lab, method):
    client = lab["client"]
    client.run(["ip", "rule", "add", "fwmark", "5", "prohibit"], check=True)
    try:
        done = [ping(lab, "-c", "1", "-W", "1", "--method", *method, "-m", mark, SERVER) for mark in ("5", "0x6")]
    finally:
        client.run(["ip", "rule", "del", "fwmark", "5"], check=True)
    assert [one.returncode for one in done] == [1, 0]
    assert "local error: permission denied" in done[0].stdout


@pytest.mark.root
def test_users_may_not_mark(lab):
    done = ping(lab, "-c", "1", "-m", "5", SERVER, rights=AS_USER)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "-m marks packets" in done.stderr


@pytest.mark.parametrize(("options", "answers"), [((), True), (("-L",), False)], ids=["", "-L"])
def test_a_group_on_this_host_may_be_left_out(lab, options, answers):
    """All hosts of the link, this one among them."""
    lab["client"].run(["sysctl", "-qw", "net.ipv4.icmp_echo_ignore_broadcasts=0"], check=True)
    done = ping(lab, "-c", "1", "-W", "0.5", *options, "-I", "eth0", "224.0.0.1")
    assert done.stdout.splitlines()[0].startswith("PING 224.0.0.1")
    assert ("64 bytes from 192.0.2.1:" in done.stdout) is answers
