"""The rehearsal in a lab: the kernel counts its echoes, tcpdump sees none of them on the line."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from rawkit.errors import PrivilegeError
from rawkit.lab import Host, Lab, scenarios

COMMAND = [sys.executable, "-m", "rawkit", "ping", "--format", "json"]
TARGETS = {4: "192.0.2.20", 6: "2001:db8:1::20"}
COUNTERS = {4: ("/proc/net/snmp", r"Icmp: (.+)\nIcmp: (.+)\n"), 6: ("/proc/net/snmp6", r"Icmp6InEchos\s+(\d+)")}

pytestmark = pytest.mark.netns


@pytest.fixture(scope="module")
def pair() -> Iterator[Lab]:
    try:
        lab = Lab.from_spec(scenarios.load("pair"))
    except PrivilegeError as error:
        pytest.skip(str(error))
    with lab:
        yield lab


def echoes_received(host: Host, version: int) -> int:
    """The kernel's counter of echo requests that came to a host, from itself or others."""
    path, pattern = COUNTERS[version]
    found = re.search(pattern, host.run(["cat", path], check=True).stdout)
    assert found is not None
    if version == 6:
        return int(found[1])
    return int(dict(zip(found[1].split(), found[2].split(), strict=True))["InEchos"])


def ping(lab: Lab, *arguments: str) -> dict:
    done = lab["client"].run([*COMMAND, "-q", *arguments], check=True)
    return json.loads(done.stdout)


@pytest.mark.alone
@pytest.mark.parametrize("version", [4, 6])
def test_a_probe_after_a_pause_is_rehearsed_once(pair: Lab, version: int) -> None:
    before = [echoes_received(pair[name], version) for name in ("client", "server")]
    assert ping(pair, "-c", "20", "-i", "0.01", TARGETS[version])["received"] == 20
    after = [echoes_received(pair[name], version) for name in ("client", "server")]
    rehearsed, answered = (new - old for old, new in zip(before, after, strict=True))
    assert answered == 20
    assert 15 <= rehearsed <= 20, "a probe that makes up for a late one may follow it closely"


def test_probes_without_a_pause_are_not(pair: Lab) -> None:
    before = echoes_received(pair["client"], 4)
    assert ping(pair, "-c", "200", "-l", "200", TARGETS[4])["received"] == 200
    assert 1 <= echoes_received(pair["client"], 4) - before < 100


@pytest.mark.referee
def test_no_packet_more_is_on_the_line(pair: Lab) -> None:
    words = ["tcpdump", "-ni", "eth0", "--immediate-mode", "-l", "icmp"]
    with pair["client"].popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as dump:
        while "listening" not in dump.stderr.readline():
            pass
        ping(pair, "-c", "10", "-i", "0.002", TARGETS[4])
        pair["client"].run(["ping", "-c", "1", "-s", "1000", TARGETS[4]], check=True)
        lines = []
        while not lines or "reply" not in lines[-1] or "length 1008" not in lines[-1]:
            lines.append(dump.stdout.readline())
        dump.terminate()
    assert len(lines) == 2 * 10 + 2


@pytest.mark.parametrize("version", [4, 6])
def test_no_loopback_interface_is_no_hindrance(version: int) -> None:
    with Lab.from_spec(scenarios.load("pair")) as lab:
        lab["client"].run(["ip", "link", "set", "lo", "down"], check=True)
        assert ping(lab, "-c", "2", "-i", "0.01", TARGETS[version])["received"] == 2


@pytest.mark.root
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
def test_without_raw_sockets_too(pair: Lab) -> None:
    client = pair["client"]
    client.run(["sysctl", "-qw", "net.ipv4.ping_group_range=0 0"], check=True)
    before = echoes_received(client, 4)
    words = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw", *COMMAND, "-q", "-c", "5", "-i", "0.002"]
    assert json.loads(client.run([*words, TARGETS[4]], check=True).stdout)["received"] == 5
    assert 3 <= echoes_received(client, 4) - before <= 5
