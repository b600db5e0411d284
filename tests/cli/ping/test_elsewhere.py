"""A host that answers from another of its addresses; fping and iputils' ping mark such answers."""

from __future__ import annotations

import json
import re
import sys
from ipaddress import ip_interface

import pytest

from rawkit.errors import PrivilegeError
from rawkit.lab import EndSpec, HostSpec, Lab, LabSpec, LinkSpec

pytestmark = pytest.mark.netns

ASKED, ANSWERS, OTHER = "192.0.2.2", "192.0.2.3", "192.0.2.4"
RULES = (
    "add table ip m; add chain ip m o { type route hook output priority mangle; };"
    f"add rule ip m o ip saddr {ASKED} icmp type echo-reply ip saddr set {ANSWERS}"
)


@pytest.fixture(scope="module")
def lab():
    """A client, and a server whose echo replies from one address leave from another."""
    ends = (EndSpec("client", (ip_interface("192.0.2.1/24"),)), EndSpec("server", (ip_interface(f"{ASKED}/24"),)))
    try:
        with Lab(LabSpec((HostSpec("client"), HostSpec("server")), (LinkSpec(ends),))) as made:
            for address in (ANSWERS, OTHER):
                made["server"].run(["ip", "addr", "add", f"{address}/24", "dev", "eth0"], check=True)
            made["server"].run(["nft", RULES], check=True)
            yield made
    except PrivilegeError as error:
        pytest.skip(str(error))


def ping(lab, *arguments, user: str | None = None):
    command = [sys.executable, "-m", "rawkit", "ping", *arguments]
    if user is not None:
        lab["client"].run(["sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647"], check=True)
        command = ["setpriv", f"--reuid={user}", "--clear-groups", "--bounding-set=-all", *command]
    return lab["client"].run(command, timeout=60)


@pytest.mark.parametrize("user", [None, pytest.param("65534", marks=pytest.mark.root)], ids=["raw", "ping socket"])
def test_each_target_has_its_own_answers(lab, user):
    done = ping(lab, "-c", "3", "-i", "0.1", "-W", "2", "--format", "json", ASKED, ANSWERS, OTHER, user=user)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    replies = {(one["target"], one["address"], one["seq"]) for one in told if one["type"] == "reply"}
    by = {ASKED: ANSWERS, ANSWERS: ANSWERS, OTHER: OTHER}
    assert replies == {(target, address, seq) for target, address in by.items() for seq in (1, 2, 3)}
    assert [one["duplicates"] for one in told if one["type"] == "summary"] == [0, 0, 0]
    assert done.returncode == 0


def test_lines_mark_them_and_name_the_target(lab):
    done = ping(lab, "-c", "1", ASKED, ANSWERS)
    lines = [re.sub(r"time=[\d.]+", "time=T", line) for line in done.stdout.splitlines() if "bytes from" in line]
    assert lines == [
        f"64 bytes from {ANSWERS}: icmp_seq=1 ttl=64 time=T ms (DIFFERENT ADDRESS!) (asked: {ASKED})",
        f"64 bytes from {ANSWERS}: icmp_seq=1 ttl=64 time=T ms",
    ]


@pytest.mark.parametrize("options", [("--alive",), ("-C", "1"), ("-q", "-c", "1")], ids=" ".join)
def test_where_no_answers_are_shown_a_line_at_the_end_says_so(lab, options):
    done = ping(lab, *options, ASKED, OTHER)
    assert (done.returncode, done.stderr) == (0, f"rawkit: another address answered for {ASKED}: {ANSWERS}\n")
    assert ping(lab, *options, OTHER, ANSWERS).stderr == ""


def test_errors_name_the_target_too(lab):
    lab["client"].run(["ip", "route", "replace", "198.18.0.0/30", "via", OTHER], check=True)
    lab["server"].run(["sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
    lab["server"].run(["ip", "route", "replace", "prohibit", "198.18.0.0/30"], check=True)
    done = ping(lab, "-c", "1", "-W", "1", "198.18.0.1", OTHER)
    assert re.search(r"^From 192\.0\.2\.\d icmp_seq=1 Packet filtered \(asked: 198\.18\.0\.1\)$", done.stdout, re.M)


@pytest.mark.referee
def test_fping_counts_the_same_answers(lab):
    """Alive are those whose probes were answered, whoever did."""
    theirs = lab["client"].run(["fping", ASKED, OTHER], timeout=60)
    assert sorted(re.findall(r"(\S+) is alive", theirs.stdout)) == [ASKED, OTHER]
    assert sorted(ping(lab, "--alive", ASKED, OTHER).stdout.split()) == [ASKED, OTHER]


@pytest.mark.referee
def test_a_networks_broadcast_is_a_group(lab):
    """All may answer: iputils' ping marks none of them either."""
    for host in ("client", "server"):
        lab[host].run(["sysctl", "-qw", "net.ipv4.icmp_echo_ignore_broadcasts=0"], check=True)
    theirs = lab["client"].run(["ping", "-b", "-c", "1", "192.0.2.255"], timeout=60)
    ours = ping(lab, "-b", "-c", "1", "-W", "1", "192.0.2.255")
    for done in (theirs, ours):
        assert "64 bytes from 192.0.2." in done.stdout
        assert "DIFFERENT" not in done.stdout
        assert "DUP" not in done.stdout
    assert ours.stdout.splitlines()[-1] == f"2 hosts answered: 192.0.2.1 (1), {ANSWERS} (1)"
