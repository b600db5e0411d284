"""One table for ping, synscan and send: packets leave as the kernel says (`ip route get`), and as those of iputils."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest
from scapy.layers.l2 import Ether
from scapy.utils import PcapReader

from rawkit.errors import PrivilegeError
from rawkit.facts.icmp import ECHO_REQUEST
from rawkit.lab import Lab, LabSpec
from rawkit.wire.address import UNSPECIFIED, mac_text

pytestmark = [pytest.mark.netns, pytest.mark.referee]

NETWORK = """
[hosts.client]
[hosts.left]
[hosts.other]
[hosts.right]

[[links]]
ends = [
  { host = "client", addresses = ["192.0.2.1/24", "192.0.2.9/24", "2001:db8:1::1/64", "2001:db8:1::9/64"] },
  { host = "left", addresses = ["192.0.2.254/24", "2001:db8:1::fe/64"] },
  { host = "other", addresses = ["192.0.2.253/24", "2001:db8:1::fd/64"] },
]

[[links]]
ends = [
  { host = "client", addresses = ["203.0.113.1/24", "2001:db8:3::1/64"] },
  { host = "right", addresses = ["203.0.113.2/24", "2001:db8:3::2/64"] },
]
"""
WAYS = """
route add default via 192.0.2.254
route add default via 203.0.113.2 metric 200
route add 198.51.100.77 via 192.0.2.253
route add 198.18.0.0/24 via 192.0.2.254 src 192.0.2.9
route add blackhole 198.18.9.0/24
route add default via 203.0.113.2 table 100
rule add to 198.51.100.128/25 table 100
rule add from 192.0.2.9 to 198.51.100.0/24 table 100
-6 route add default via 2001:db8:1::fe
-6 route add default via 2001:db8:3::2 metric 2000
-6 route add 2001:db8:9::77 via 2001:db8:1::fd
-6 route add 2001:db8:9:1::/64 via 2001:db8:1::fe src 2001:db8:1::9
-6 route add blackhole 2001:db8:9:9::/64
-6 route add default via 2001:db8:3::2 table 100
-6 rule add to 2001:db8:9:2::/64 table 100
-6 rule add from 2001:db8:1::9 to 2001:db8:9::/64 table 100
"""
LISTENERS = {"client": "lo", "left": "eth0", "other": "eth0", "right": "eth0"}


@dataclass(frozen=True, slots=True)
class Case:
    """A destination, and what the user sets beside it."""

    name: str
    target: str
    source: str = ""
    link: str = ""

    def __str__(self) -> str:
        return f"{'IPv6' if ':' in self.target else 'IPv4'} {self.name}"


CASES = [
    Case("on the link", "192.0.2.254"),
    Case("on the other link", "203.0.113.2"),
    Case("by the router", "198.51.100.20"),
    Case("by a router of its own", "198.51.100.77"),
    Case("rule for the destination", "198.51.100.130"),
    Case("rule for the source", "198.51.100.20", source="192.0.2.9"),
    Case("no rule for that source", "198.51.100.20", source="192.0.2.1"),
    Case("the route's source", "198.18.0.5"),
    Case("another link", "198.51.100.20", link="eth1"),
    Case("own address", "192.0.2.1"),
    Case("own address of the other link", "203.0.113.1"),
    Case("loopback", "127.0.0.5"),
    Case("on the link", "2001:db8:1::fe"),
    Case("on the other link", "2001:db8:3::2"),
    Case("by the router", "2001:db8:9::20"),
    Case("by a router of its own", "2001:db8:9::77"),
    Case("rule for the destination", "2001:db8:9:2::20"),
    Case("rule for the source", "2001:db8:9::20", source="2001:db8:1::9"),
    Case("the route's source", "2001:db8:9:1::5"),
    Case("another link", "2001:db8:9::20", link="eth1"),
    Case("own address", "2001:db8:1::1"),
    Case("loopback", "::1"),
]
NOWHERE = [Case("blackhole", "198.18.9.1"), Case("blackhole", "2001:db8:9:9::1")]
TOOLS = ("iputils", "ping", "ping --method tcp", "ping --method udp", "synscan", "send")
ONE_AT_A_TIME = ("iputils", "send")
"""The others are given all destinations for which the user sets the same."""


def given(case: Case) -> tuple[str, str]:
    return case.source, case.link


GROUPS = list(dict.fromkeys(map(given, CASES)))


def mark(case: Case, tool: str) -> int:
    """What tells a probe from others to its destination: a port, or the bytes of an echo request's data."""
    return 40 + len(TOOLS) * GROUPS.index(given(case)) + TOOLS.index(tool)


def commands(tool: str) -> Iterator[list[str]]:
    for group in GROUPS:
        cases = [case for case in CASES + NOWHERE if given(case) == group]
        targets = [[case.target] for case in cases] if tool in ONE_AT_A_TIME else [[case.target for case in cases]]
        yield from (command(tool, str(mark(cases[0], tool)), *group, *some) for some in targets)


def command(tool: str, sign: str, source: str, link: str, *targets: str) -> list[str]:
    own = [sys.executable, "-m", "rawkit"]
    through = [word for one in (source, link) if one for word in ("-I", one)]
    once = ["-c", "1", "-W", "1", *through, *targets]
    match tool:
        case "iputils":
            return ["ping", "-n", "-s", sign, *once]
        case "ping":
            return [*own, "ping", "-s", sign, *once]
        case "synscan":
            through = [*(["-S", source] if source else []), *(["-i", link] if link else [])]
            return [*own, "synscan", "-Pn", "-p", sign, "--retries", "0", "--timeout", "0.2", *through, *targets]
        case "send":
            layer = "IPv6" if ":" in targets[0] else "IP"
            layer += f"(dst='{targets[0]}'" + (f", src='{source}')" if source else ")")
            return [*own, "send", *(["-i", link] if link else []), f"{layer}/UDP(sport=9, dport={sign})"]
    return [*own, *tool.split(), "--port", sign, *once]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    try:
        with Lab(LabSpec.from_toml(NETWORK)) as made:
            for line in WAYS.strip().splitlines():
                made["client"].run(["ip", *line.split()], check=True)
            yield made
    except PrivilegeError as error:
        pytest.skip(str(error))


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of all probes of a tool: the host that heard each, its source, and the next hop's MAC address."""

    tool: str
    probes: dict[tuple[int, str], tuple[str, str, str]]

    def of(self, case: Case) -> tuple[str, str, str] | None:
        return self.probes.get((mark(case, self.tool), case.target))


@pytest.fixture(scope="module", params=TOOLS)
def heard(request, lab, tmp_path_factory) -> Heard:
    folder = tmp_path_factory.mktemp("ways")
    captures = [listening(lab, host, folder / f"{host}.pcap") for host in LISTENERS]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: lab["client"].popen(one, **quiet).wait(), commands(request.param)))
    for one in captures:
        one.send_signal(signal.SIGINT)
        one.communicate(timeout=60)
    return Heard(
        request.param, {sign: way for host in LISTENERS for sign, way in heard_by(host, folder / f"{host}.pcap")}
    )


def listening(lab, host: str, path: Path) -> subprocess.Popen[str]:
    """A tcpdump that has begun to write what comes to a host, and of this host what it sends itself."""
    arguments = ["--immediate-mode", "-U", "-p", "-Z", "root", "-Q", "in", "-i", LISTENERS[host], "-w", path]
    one = lab[host].popen(["tcpdump", *arguments], stderr=subprocess.PIPE, text=True)
    assert any("listening on" in line for line in one.stderr)
    return one


def heard_by(host: str, path: Path) -> Iterator[tuple[tuple[int, str], tuple[str, str, str]]]:
    with PcapReader(str(path)) as packets:
        for packet in packets:
            if (sign := mark_of(packet)) is not None:
                inside = packet[Ether].payload
                yield (sign, inside.dst), (host, inside.src, packet[Ether].dst)


def mark_of(packet) -> int | None:
    """That of a probe; none of what answers one."""
    for layer in (TCP, UDP):
        if layer in packet:
            return packet[layer].dport
    if ICMPv6EchoRequest in packet:
        return len(packet[ICMPv6EchoRequest].data)
    return len(packet[ICMP].payload) if ICMP in packet and packet[ICMP].type == ECHO_REQUEST else None


def kernels(lab, case: Case) -> tuple[str, str, str]:
    """What `ip route get` says: who hears it, the source, and the MAC address of the next hop."""
    words = ["from", case.source] * bool(case.source) + ["oif", case.link] * bool(case.link)
    done = lab["client"].run(["ip", "-json", "route", "get", case.target, *words], check=True)
    (route,) = json.loads(done.stdout)
    source = case.source or route["prefsrc"]
    if route.get("type") == "local":
        return "client", source, mac_text(UNSPECIFIED)
    hop = ip_address(route.get("gateway", case.target))
    interface = next(one for one in lab.spec.interfaces() if hop in [its.ip for its in one.addresses])
    return interface.host, source, interface.mac


@pytest.mark.parametrize("case", CASES, ids=str)
def test_packets_take_the_kernels_way(lab, heard, case):
    assert heard.of(case) == kernels(lab, case)


@pytest.mark.parametrize("case", NOWHERE, ids=str)
def test_where_the_kernel_sends_nothing_nobody_does(heard, case):
    assert heard.of(case) is None
