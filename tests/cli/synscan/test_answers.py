"""Hosts that answer oddly, beside nmap: half of a simultaneous open, ECN, an ACK alone, other addresses, all ports."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from rawkit.lab import ServiceSpec

pytestmark = pytest.mark.netns
BARE_SYN, ECN, ACK_FIRST, ELSEWHERE, WRONG_NUMBER = 9001, 9002, 9003, 9004, 9005
PORTS = f"{BARE_SYN}-{WRONG_NUMBER}"
RESPONDER = f"""
import socket
from rawkit.facts import tcp
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.tcp import Tcp

listen = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
talk = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
both, acked = tcp.SYN | tcp.ACK, False
print("ready", flush=True)
while True:
    packet, segment = Ipv4.unpack(listen.recv(2048))
    if packet.protocol != 6:
        continue
    syn = Tcp.unpack(segment)[0]
    if syn.dst_port not in range({BARE_SYN}, {WRONG_NUMBER} + 1) or syn.flags != tcp.SYN:
        continue
    port, source, ack, flags = syn.dst_port, packet.dst, syn.seq + 1 & 0xFFFFFFFF, both
    if port == {BARE_SYN}:
        ack, flags = 0, tcp.SYN
    elif port == {ECN}:
        flags = both | tcp.ECE
    elif port == {ACK_FIRST} and (acked := not acked):
        flags = tcp.ACK
    elif port == {ELSEWHERE}:
        source += 1
    elif port == {WRONG_NUMBER}:
        ack = ack + 5 & 0xFFFFFFFF
    answer = Tcp(port, syn.src_port, 77, ack, flags=flags).pack(src=source, dst=packet.src)
    talk.sendto(Ipv4(source, packet.src, 6).pack(answer), (str(packet.src), 0))
"""


@pytest.fixture(scope="module")
def pair(lab_up):
    with lab_up("pair") as lab:
        rules = f"table ip odd {{ chain in {{ type filter hook input priority 0; tcp dport {PORTS} drop; }}; }}"
        lab["server"].run(["nft", rules], check=True)
        process = lab["server"].popen([sys.executable, "-c", RESPONDER], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield lab


def ours(host, *arguments):
    done = host.run([sys.executable, "-m", "rawkit", "synscan", "--format", "json", *arguments], check=True, timeout=60)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {one["port"]: (one["state"], one["reason"]) for one in found}


def nmaps(host, *arguments):
    done = host.run(["nmap", "-sS", "-n", "-Pn", "-oX", "-", *arguments], check=True, timeout=60)
    states = {int(port.get("portid")): port.find("state") for port in ElementTree.fromstring(done.stdout).iter("port")}
    return {port: (state.get("state"), state.get("reason")) for port, state in states.items()}


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("nmap") is None, reason="needs nmap")
def test_odd_answers_are_judged_as_nmap_judges_them(pair):
    target = str(pair["server"].ipv4)
    found = ours(pair["client"], "-p", PORTS, target)
    theirs = nmaps(pair["client"], "-p", PORTS, target)
    assert found.pop(WRONG_NUMBER) == ("filtered", "no-response")
    assert theirs.pop(WRONG_NUMBER) == ("open", "syn-ack"), "nmap looks at no numbers"
    assert found == theirs
    assert found[BARE_SYN][0] == found[ECN][0] == found[ACK_FIRST][0] == "open"
    assert found[ELSEWHERE] == ("filtered", "no-response")


STALE = """
import socket, sys
with socket.socket() as client:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    client.bind(("", 4444))
    client.connect((sys.argv[1], 7777))
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\1\\0\\0\\0" + bytes(4))
"""


def test_a_connection_that_the_host_still_has_hides_no_port(pair):
    """The kernel answers a SYN within a connection by an ACK (RFC 5961); our kernel resets it; the next SYN opens."""
    client, target = pair["client"], str(pair["server"].ipv4)
    pair["server"].serve(ServiceSpec("tcp-echo", 7777))
    drop = "table ip odd { chain out { type filter hook output priority 0; tcp flags & rst == rst drop; }; }"
    client.run(["nft", drop], check=True)
    client.run([sys.executable, "-c", STALE, target], check=True)
    client.run(["nft", "delete table ip odd"], check=True)
    assert "4444" in pair["server"].run(["ss", "-tnH", "state", "established"], check=True).stdout
    assert ours(client, "-p", "7777", "--source-port", "4444", target) == {7777: ("open", "syn-ack")}


def test_a_host_that_answers_on_every_port_is_told_once(pair):
    client, server = pair["client"], pair["server"]
    server.serve(ServiceSpec("tcp-echo", 2000))
    chain = "type nat hook prerouting priority -100; tcp dport 3000-3039 redirect to :2000;"
    every = f"table ip tarpit {{ chain in {{ {chain} }}; }}"
    server.run(["nft", every], check=True)
    done = client.run([sys.executable, "-m", "rawkit", "synscan", "-p", "3000-3039", str(server.ipv4)], check=True)
    warning = f"rawkit: {server.ipv4}: all 40 ports are open: a tarpit or a proxy answers for them"
    assert done.stderr.splitlines()[1:] == [warning]
