"""Targets that nothing can be sent to are left out, said, and end no scan; nmap leaves out the same."""

from __future__ import annotations

import json
import re
import sys

import pytest

from rawkit.errors import PrivilegeError
from rawkit.lab import Lab, ServiceSpec

pytestmark = pytest.mark.netns

GOOD = "192.0.2.20"
SILENT = "no answer on eth0 to who has it: see that it is up and on that link"
BAD = {
    "no route": ("198.18.9.1", "198.18.9.1: no route: Network is unreachable: see `ip route`"),
    "blackhole": ("198.18.1.1", "198.18.1.1: no route: Invalid argument: see `ip route`"),
    "prohibited": ("198.18.2.1", "198.18.2.1: no route: Permission denied: see `ip route`"),
    "unreachable": ("198.18.3.1", "198.18.3.1: no route: No route to host: see `ip route`"),
    "a network": ("198.18.3.0/30", "198.18.3.0-198.18.3.3: no route: No route to host: see `ip route`"),
    "dead router": ("198.18.4.1", f"198.18.4.1: 192.0.2.99: {SILENT}"),
    "IPv6 without a route": ("2001:db8:99::1", "2001:db8:99::1: no route: Network is unreachable: see `ip route`"),
}  # fmt: skip


@pytest.fixture(scope="module")
def client():
    try:
        with Lab.from_spec("pair") as lab:
            lab["server"].serve(ServiceSpec("tcp-echo", 7))
            host = lab["client"]
            for line in (
                "blackhole 198.18.1.0/24", "prohibit 198.18.2.0/24", "unreachable 198.18.3.0/24",
                "198.18.4.0/24 via 192.0.2.99",
            ):  # fmt: skip
                host.run(["ip", "route", "add", *line.split()], check=True)
            yield host
    except PrivilegeError as error:
        pytest.skip(str(error))


def synscan(host, *arguments):
    command = [sys.executable, "-m", "rawkit", "synscan", "-p", "7,8", "--format", "json", *arguments]
    return host.run(command, timeout=60)


@pytest.mark.parametrize("kind", BAD)
def test_the_rest_is_scanned(client, kind):
    bad, said = BAD[kind]
    done = synscan(client, GOOD, bad)
    found = {(one["host"], one["port"], one["state"]) for one in map(json.loads, done.stdout.splitlines())}
    assert found == {(GOOD, 7, "open"), (GOOD, 8, "closed")}
    assert (done.returncode, done.stderr.splitlines()[0]) == (0, f"rawkit: skipped {said}")


@pytest.mark.parametrize("kind", BAD)
def test_nothing_else_is_an_error(client, kind):
    bad, said = BAD[kind]
    done = synscan(client, bad)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"rawkit: {said}\n"


@pytest.mark.referee
@pytest.mark.parametrize("kind", ["no route", "blackhole", "prohibited", "unreachable", "dead router"])
def test_nmap_scans_the_same(client, kind):
    done = client.run(["nmap", "-n", "-sS", "-p", "7,8", GOOD, BAD[kind][0]], timeout=60, check=True)
    assert re.findall(r"^Nmap scan report for (.*)$", done.stdout, re.MULTILINE) == [GOOD]


def test_a_scan_that_goes_on_does_not_lose_its_way(client, tmp_path):
    """What was scanned before is not numbered anew: without a way to all of it the scan waits for a better time."""
    client.run(["ip", "route", "add", "198.18.5.0/24", "via", GOOD], check=True)
    arguments = ("-Pn", "--resume", str(tmp_path / "state"), GOOD, "198.18.5.1")
    assert synscan(client, "--timeout", "0.1", "--retries", "0", *arguments).returncode == 0
    client.run(["ip", "route", "del", "198.18.5.0/24"], check=True)
    done = synscan(client, *arguments)
    assert done.returncode == 2
    assert done.stderr == "rawkit: 198.18.5.1: no route: Network is unreachable: see `ip route`\n"


def test_a_name_that_nobody_knows(client):
    done = synscan(client, GOOD, "nosuch.invalid")
    said, counts = done.stderr.splitlines()
    assert said.startswith("rawkit: skipped nosuch.invalid: ")
    assert counts.startswith("1 host up: 1 open, 1 closed")
    alone = synscan(client, "nosuch.invalid")
    assert (alone.returncode, alone.stdout) == (2, "")
    assert alone.stderr.startswith("rawkit: nosuch.invalid: ")
