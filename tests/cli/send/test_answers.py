"""Several answers to a frame: of a group, of all hosts of a link, and of two DHCP servers."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP
from scapy.layers.l2 import Ether

from rawkit.errors import PrivilegeError
from rawkit.files import open_capture
from rawkit.lab import Lab

pytestmark = [pytest.mark.root, pytest.mark.netns]

HOSTS = ("h02", "h03", "h04")
"""Those that answer echo requests to a group or a broadcast; for IPv6 all hosts do."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    try:
        with Lab.from_spec("lan20") as made:
            for host in HOSTS:
                made[host].run(["sysctl", "-qw", "net.ipv4.icmp_echo_ignore_broadcasts=0"], check=True)
            yield made
    except PrivilegeError as error:
        pytest.skip(str(error))


@pytest.fixture
def send(lab: Lab) -> Callable[..., subprocess.CompletedProcess[str]]:
    def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-m", "rawkit", "send", *map(str, arguments)]
        return lab["h01"].run(command, timeout=60)

    return call


@pytest.mark.parametrize("target", ["224.0.0.1", "192.0.2.255", "255.255.255.255"])
def test_all_hosts_that_answer_are_shown(send, target):
    done = send(f'IP(dst="{target}", ttl=1)/ICMP(id=7)', "-i", "eth0", "--reply", "--answers", "all", "--timeout", "1")
    assert set(re.findall(r"ICMP (\S+) > 192.0.2.1 echo-reply", done.stdout)) == {"192.0.2.2", "192.0.2.3", "192.0.2.4"}
    assert (done.returncode, done.stdout.count("\n")) == (0, 3)
    assert done.stderr.endswith("; 1 of 1 answered, 3 answers\n")


def test_so_many_are_enough(send):
    """Then it does not wait for the time-out."""
    done = send('IP(dst="192.0.2.255")/ICMP(id=7)', "--reply", "--answers", "2", "--timeout", "50")
    assert (done.returncode, done.stdout.count("\n")) == (0, 2)
    assert done.stderr.endswith("; 1 of 1 answered, 2 answers\n")


def test_a_group_of_ipv6_answers_from_link_local_addresses(send):
    done = send('IPv6(dst="ff02::1%eth0")/ICMPv6EchoRequest(id=7)', "--reply", "--answers", "all", "--timeout", "1")
    found = re.findall(r"Echo Reply .* from (\S+) after", done.stdout)
    assert len(found) == len(set(found)) > 10
    assert all(one.startswith("fe80::") for one in found)


def test_one_answer_is_enough_where_nothing_is_said(send):
    done = send('IP(dst="192.0.2.255")/ICMP(id=7)', "--reply", "--timeout", "50")
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert done.stderr.endswith("; 1 of 1 answered\n")


def test_all_answers_are_written_and_printed(send, tmp_path):
    options = ["--reply", "--answers", "all", "--timeout", "1", "--hex", "--write", tmp_path / "x.pcap"]
    done = send('IP(dst="192.0.2.255")/ICMP(id=7)', *options)
    with open_capture(tmp_path / "x.pcap") as capture:
        frames = [frame for batch in capture for frame in batch.frames()]
    assert [Ether(frame)[ICMP].type for frame in frames] == [8, 0, 0, 0]
    assert [frame.hex() for frame in frames] == [line for line in done.stdout.splitlines() if ":" not in line]
