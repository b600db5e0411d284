"""Examples that listen: what they say is what the lab did, and what its kernels and tshark say."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether

import rawkit
from tests.examples.conftest import LONG, command, killed, listening, options

pytestmark = [pytest.mark.netns, pytest.mark.slow]

LIAR = "02:00:00:00:99:99"
EVERYBODY = "ff:ff:ff:ff:ff:ff"


def mac(host: rawkit.lab.Host) -> str:
    return str(json.loads(host.run(["ip", "-j", "link", "show", "eth0"]).stdout)[0]["address"])


def test_arp_watch(lab):
    """The addresses are those that the kernels have; then somebody lies. A probe says nothing of its sender."""
    hosts = lab("pair")
    client, server = hosts["client"], hosts["server"]
    with listening(client, "arp_watch", "eth0") as watch:
        server.run(["ping", "-c1", "192.0.2.10"], check=True)
        server.send(
            Ether(dst=EVERYBODY, src=LIAR) / ARP(hwsrc=LIAR, psrc="0.0.0.0", pdst="192.0.2.20"), interface="eth0"
        )
        lie = ARP(op="is-at", hwsrc=LIAR, psrc="192.0.2.20", pdst="192.0.2.10")
        server.send(Ether(dst=EVERYBODY, src=LIAR) / lie, interface="eth0")
        client.run(["ping", "-c1", "192.0.2.20"])
    assert watch.lines[:3] == [
        f"new 192.0.2.20 {mac(server)}",
        f"new 192.0.2.10 {mac(client)}",
        f"changed 192.0.2.20 {mac(server)} -> {LIAR}",
    ]


def connections(count: int) -> int:
    """How many connections to the server's other port were finished."""
    return sum(urllib.request.urlopen("http://198.51.100.20:8080/").status == 200 for _ in range(count))


def test_syn_flood(lab):
    """Three hundred SYNs from nowhere are told, as many connections of a client who means it are not."""
    hosts = lab("firewalled")
    client, server = hosts["client"], hosts["server"]
    flood = rawkit.Template(
        IP(dst="198.51.100.20") / TCP(dport=80, flags="S"), sport=range(1024, 1324), src=["203.0.113.9"]
    )
    with listening(server, "syn_flood", "eth0", "--more", "100") as watch:
        assert client.send(flood).frames == 300
        assert client.call(connections, 300) == 300
    assert watch.lines == ["198.51.100.20 port 80: 300 SYNs unfinished"]


@pytest.mark.referee
def test_syn_flood_of_a_file(root, tshark):
    """Of what nobody finished, tshark has as many SYNs."""
    wanted = Counter(tshark("syn-scan", "!icmp and tcp.flags.syn == 1 and tcp.flags.ack == 0", "ip.dst", "tcp.dstport"))
    done = subprocess.run(
        command("syn_flood", "captures/syn-scan.pcap", "--more", "0"), cwd=root, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = re.findall(r"^(\S+) port (\d+): (\d+) SYNs unfinished$", done.stdout, re.MULTILINE)
    found = Counter[tuple[str, str]]()
    for address, port, count in told:
        found[address, port] += int(count)
    assert found == wanted


@pytest.fixture
def tshark(root):
    """Fields of the packets of a capture that pass a display filter."""
    try:
        subprocess.run(["tshark", "--version"], capture_output=True, check=True)
    except FileNotFoundError:
        pytest.skip("needs tshark")

    def ask(name: str, only: str, *fields: str) -> list[tuple[str, ...]]:
        words = [word for field in fields for word in ("-e", field)]
        path = name if isinstance(name, Path) else root / "captures" / f"{name}.pcap"
        read = ["tshark", "-n", "-r", path, "-Y", only, "-T", "fields", *words]
        done = subprocess.run(read, capture_output=True, text=True, check=True)
        return [tuple(line.split("\t")) for line in done.stdout.splitlines()]

    return ask


def question(name: str, server: str, number: int) -> object:
    return IP(dst=server) / UDP(sport=40000 + number) / DNS(id=number, qd=DNSQR(qname=name))


def test_dns_log(lab):
    """A name that there is, one that there is not, and a server that there is not."""
    hosts = lab("firewalled")
    client = hosts["client"]
    with listening(client, "dns_log", "eth0") as log:
        for number, (name, server) in enumerate(
            [("server.example", "198.51.100.20"), ("nosuch.example", "198.51.100.20"), ("any.example", "192.0.2.1")]
        ):
            assert client.ask(question(name, server, number), timeout=10).answered
    shown = [re.sub(r"after [\d.]+ ms", "after N ms", line) for line in log.lines]
    assert shown == [
        "192.0.2.10 A 'server.example.' 198.51.100.20 after N ms",
        "192.0.2.10 A 'nosuch.example.' name-error after N ms",
        "192.0.2.10 A 'any.example.' no answer",
    ]


@pytest.mark.referee
def test_dns_log_of_a_file(root, tshark):
    """Names and times are tshark's."""
    wanted = tshark("dns", "udp && dns.flags.response == 1", "dns.qry.name", "dns.time")
    done = subprocess.run(command("dns_log", "captures/dns.pcap"), cwd=root, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    found = re.findall(r"^\S+ \w+ '(\S+)\.' .* after (\S+) ms$", done.stdout, re.MULTILINE)
    assert found == [(name, f"{float(time) * 1000:.3f}") for name, time in wanted]


def test_health_check(lab):
    """One host is there, goes down and comes back; the other never was there."""
    hosts = lab("pair")
    client, server = hosts["client"], hosts["server"]
    asked = command("health_check", "192.0.2.20", "192.0.2.99", "--every", "0.1", "--missed", "2")
    with client.popen(asked, **options()) as running, killed(running):
        assert re.fullmatch(r"192\.0\.2\.20 is up, \d+\.\d{3} ms\n", running.stdout.readline())
        assert running.stdout.readline() == "192.0.2.99 is down\n"
        server.run(["ip", "link", "set", "eth0", "down"], check=True)
        assert running.stdout.readline() == "192.0.2.20 is down\n"
        server.run(["ip", "link", "set", "eth0", "up"], check=True)
        assert running.stdout.readline().startswith("192.0.2.20 is up, ")
        running.send_signal(signal.SIGINT)
        assert (running.wait(LONG), running.stdout.read(), running.stderr.read()) == (0, "", "")
