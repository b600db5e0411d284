"""`rawkit synscan --resume` killed at several moments: nothing is lacking, and the wire tells what was sent again."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from contextlib import contextmanager
from pathlib import Path

import pytest

from rawkit.lab import ServiceSpec
from rawkit.probe.scan.engine import BATCH
from rawkit.run.scan.journal import RECORD

# Alone: on a busy machine answers come late, and a scan that asks again sends more than a batch twice.
pytestmark = [pytest.mark.netns, pytest.mark.slow, pytest.mark.alone]
DTD = Path("/usr/share/nmap/nmap.dtd")
HOSTS, PORTS, OPEN = [f"192.0.2.{last}" for last in range(20, 24)], range(1, 3001), range(2000, 2010)
SILENT = range(2900, 3001)
PROBES = len(HOSTS) * len(PORTS)
NEEDED = PROBES + len(HOSTS) * len(SILENT)
"""What silence is asked about twice."""
STATES = {
    (host, port): "open" if port in OPEN else "filtered" if port in SILENT else "closed"
    for host in HOSTS
    for port in PORTS
}


@pytest.fixture(scope="module")
def pair(lab_up):
    with lab_up("pair") as lab:
        server = lab["server"]
        for host in HOSTS[1:]:
            server.run(["ip", "addr", "add", f"{host}/24", "dev", "eth0"], check=True)
        rule = f"type filter hook input priority 0; tcp dport {SILENT[0]}-{SILENT[-1]} drop;"
        server.run(["nft", f"table ip quiet {{ chain in {{ {rule} }}; }}"], check=True)
        server.serve(*(ServiceSpec("tcp-echo", port) for port in OPEN))
        yield lab


def command(*arguments):
    ports = f"{PORTS[0]}-{PORTS[-1]}"
    everything = [sys.executable, "-m", "rawkit", "synscan", "-p", ports, "--seed", 1, *arguments, "192.0.2.20-23"]
    return list(map(str, everything))


SEEN = """
table ip counts {
  set seen { type ipv4_addr . inet_service; flags dynamic; size 65536; counter; }
  chain in {
    type filter hook prerouting priority -300;
    tcp flags & (syn | ack) == syn add @seen { ip daddr . tcp dport counter }
  }
}
"""


@contextmanager
def counted_syns(host):
    """How many SYNs came to each address and port while the body ran, by the kernel's packet filter."""
    host.run(["nft", "-f", "-"], input=SEEN, check=True)
    sent: dict[tuple[str, int], int] = {}
    yield sent
    listed = json.loads(host.run(["nft", "-j", "list set ip counts seen"], check=True).stdout)
    host.run(["nft", "delete table ip counts"], check=True)
    for one in (found["elem"] for item in listed["nftables"] if "set" in item for found in item["set"]["elem"]):
        sent[tuple(one["val"]["concat"])] = one["counter"]["packets"]


def killed_after(host, arguments, written):
    """Starts a scan, and kills it when `written()` says so."""
    running = host.popen(command(*arguments), stderr=subprocess.DEVNULL)
    until = time.monotonic() + 30
    while not written():
        assert running.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < until
    running.send_signal(signal.SIGKILL)
    running.wait()


def size(path):
    return path.stat().st_size if path.exists() else 0


def check_sent(sent, kills=1):
    assert set(sent) == set(STATES)
    assert NEEDED <= sum(sent.values()) <= NEEDED + kills * BATCH


@pytest.mark.parametrize("share", [0.01, 0.4, 0.95])
def test_lines_are_complete_and_a_batch_is_sent_again_at_most(pair, tmp_path, share):
    client, out, state = pair["client"], tmp_path / "out.json", tmp_path / "state"
    arguments = ("--format", "json", "-o", out, "--resume", state)
    with counted_syns(pair["server"]) as sent:
        killed_after(client, arguments, lambda: size(out) > share * PROBES * 150)
        before = out.read_text().count("\n")
        client.run(command(*arguments), timeout=60, check=True)
    lines = list(map(json.loads, out.read_text().splitlines()))
    assert 0 < before < PROBES <= len(lines) <= PROBES + BATCH
    assert {(one["host"], one["port"]): one["state"] for one in lines} == STATES
    check_sent(sent)


def test_xml_is_whole_after_it_was_killed_three_times(pair, tmp_path):
    client, out, state = pair["client"], tmp_path / "out.xml", tmp_path / "state"
    arguments, journal = ("--format", "xml", "-o", out, "--resume", state), tmp_path / "state.found"
    with counted_syns(pair["server"]) as sent:
        for share in (0.01, 0.5, 0.9):
            killed_after(client, arguments, lambda share=share: size(journal) > share * PROBES * RECORD.itemsize)
            ElementTree.fromstring(out.read_text() + "</nmaprun>")
        client.run(command(*arguments), timeout=60, check=True)
    check_sent(sent, kills=3)
    hosts = ElementTree.parse(out).findall("host")
    assert sorted(host.find("address").get("addr") for host in hosts) == HOSTS
    for host in hosts:
        ports = {int(port.get("portid")): port.find("state").get("state") for port in host.iter("port")}
        extra = {one.get("state"): int(one.get("count")) for one in host.iter("extraports")}
        assert ports == dict.fromkeys(OPEN, "open")
        assert extra == {"filtered": len(SILENT), "closed": len(PORTS) - len(OPEN) - len(SILENT)}


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("ndiff") is None or not DTD.exists(), reason="needs ndiff and nmap's DTD")
def test_xml_that_was_resumed_is_what_it_had_been_anyway(pair, tmp_path):
    """By ndiff, and valid by the DTD; a scan that has ended is written again, and sends nothing."""
    client, whole, out, state = pair["client"], tmp_path / "whole.xml", tmp_path / "out.xml", tmp_path / "state"
    client.run(command("--format", "xml", "-o", whole), timeout=60, check=True)
    arguments, journal = ("--format", "xml", "-o", out, "--resume", state), tmp_path / "state.found"
    killed_after(client, arguments, lambda: size(journal) > 0.5 * PROBES * RECORD.itemsize)
    client.run(command(*arguments), timeout=60, check=True)
    assert " 0 probes sent" in client.run(command(*arguments), timeout=60, check=True).stderr
    subprocess.run(["xmllint", "--noout", "--dtdvalid", DTD, out], check=True)
    done = subprocess.run(["ndiff", whole, out], capture_output=True, text=True, check=False)
    hosts = [line for line in done.stdout.splitlines() if not line[1:].startswith("rawkit") and line[:1] in "+-"]
    assert [line for line in hosts if "scan initiated" not in line] == []


def test_a_journal_that_is_gone_is_told(pair, tmp_path):
    arguments = ("--format", "grepable", "-o", tmp_path / "out", "--resume", tmp_path / "state")
    pair["client"].run(command(*arguments), timeout=60, check=True)
    (tmp_path / "state.found").unlink()
    done = pair["client"].run(command(*arguments), timeout=60)
    assert done.returncode == 2
    assert "state.found, the verdicts of --resume: No such file or directory: bring it back, or" in done.stderr
