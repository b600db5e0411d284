"""`rawkit synscan -sU`, `-sA` and the others as a program, in the lab: formats, summaries, shards, resuming."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from rawkit.lab import ServiceSpec

pytestmark = pytest.mark.netns
DTD = Path("/usr/share/nmap/nmap.dtd")
PORTS = "7,53,54,55"
STATES = {7: "open", 53: "open", 54: "closed", 55: "open|filtered"}


@pytest.fixture(scope="module")
def pair(lab_up):
    with lab_up("pair") as lab:
        server = lab["server"]
        server.run(["sysctl", "-qw", "net.ipv4.icmp_ratelimit=0"], check=True)
        server.run(["nft", "table ip q { chain in { type filter hook input priority 0; udp dport 55 drop; }; }"])
        server.serve(ServiceSpec("udp-echo", 7), ServiceSpec("dns", 53))
        yield lab


def scan(lab, *arguments, ports=PORTS, check=True):
    command = [sys.executable, "-m", "rawkit", "synscan", "-p", ports, *arguments, lab["server"].ipv4]
    return lab["client"].run(list(map(str, command)), timeout=60, check=check)


def told(text):
    return {one["port"]: one["state"] for one in map(json.loads, text.splitlines())}


def test_rows_have_the_protocol_and_its_services(pair):
    done = scan(pair, "-sU", "--format", "json")
    assert told(done.stdout) == STATES
    rows = {one["port"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert {one["protocol"] for one in rows.values()} == {"udp"}
    assert [rows[port]["reason"] for port in STATES] == ["udp-response", "udp-response", "port-unreach", "no-response"]
    assert done.stderr.startswith("1 host up: 2 open, 1 open|filtered, 1 closed, 0 filtered; ")
    table = scan(pair, "-sU", "--format", "csv").stdout.splitlines()
    assert sorted(line.split(",")[1:4] for line in table[1:]) == sorted([str(n), "udp", s] for n, s in STATES.items())


def test_text_names_the_services_of_the_protocol(pair):
    text = scan(pair, "-sU").stdout
    assert any("53/udp" in line and "domain" in line for line in text.splitlines())
    text = scan(pair, "-sA", ports="53").stdout
    assert any("53/tcp" in line and "unfiltered" in line for line in text.splitlines())


def test_open_shows_what_may_be_open(pair):
    """As nmap's --open."""
    assert told(scan(pair, "-sU", "--open", "--format", "json").stdout) == {
        port: state for port, state in STATES.items() if state != "closed"
    }


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("nmap") is None, reason="needs nmap")
@pytest.mark.parametrize("letter", "UAX")
def test_xml_says_what_nmap_says(pair, letter):
    def facts(text):
        root = ElementTree.fromstring(text)
        ports = [(p.get("protocol"), p.get("portid"), p.find("state").get("state")) for p in root.iter("port")]
        extra = [(e.get("state"), e.get("count")) for e in root.iter("extraports")]
        reasons = [(e.get("reason"), e.get("count"), e.get("proto"), e.get("ports")) for e in root.iter("extrareasons")]
        return root.find("scaninfo").attrib, ports, extra, reasons

    ours = scan(pair, f"-s{letter}", "--format", "xml", ports="7,53-90").stdout
    nmap = ["nmap", f"-s{letter}", "-n", "-Pn", "-T4", "-p", "7,53-90", "-oX", "-", str(pair["server"].ipv4)]
    assert facts(ours) == facts(pair["client"].run(nmap, check=True).stdout)


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("xmllint") is None or not DTD.exists(), reason="needs xmllint and nmap's DTD")
def test_xml_is_valid_by_nmaps_dtd(pair, tmp_path):
    scan(pair, "-sU", "-oX", tmp_path / "udp.xml", ports="1-90")
    done = subprocess.run(
        ["xmllint", "--noout", "--dtdvalid", DTD, tmp_path / "udp.xml"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_grepable(pair):
    line = next(one for one in scan(pair, "-sU", "-oG", "-").stdout.splitlines() if "Ports:" in one)
    assert "53/open/udp//domain///, 54/closed/udp//" in line
    assert "55/open|filtered/udp//" in line


def test_shards_together_are_the_whole(pair):
    parts = [told(scan(pair, "-sU", "--seed", 3, "--shard", f"{part}/2", "--format", "json").stdout) for part in (1, 2)]
    assert [len(part) for part in parts] == [2, 2]
    assert parts[0] | parts[1] == STATES


def test_what_was_done_is_not_asked_again_and_another_kind_is_refused(pair, tmp_path):
    state = ("--resume", tmp_path / "state", "--format", "json")
    assert told(scan(pair, "-sU", *state).stdout) == STATES
    assert " 0 probes sent" in scan(pair, "-sU", *state).stderr
    for other in ([], ["-sA"]):
        done = scan(pair, *other, *state, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert "is of another scan: give the same targets, ports and options, or another file" in done.stderr


def test_a_port_of_ours_that_is_taken(pair):
    pair["client"].serve(ServiceSpec("udp-echo", 4444))
    done = scan(pair, "-sU", "--source-port", 4444, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("rawkit: source port 4444: Address already in use: leave --source-port out")


def test_this_kernel_sends_no_errors_for_the_answers(pair):
    """A socket of the scan has the port, and nobody reads it: what comes is read from the ring."""
    counters = lambda: pair["client"].run(["cat", "/proc/net/snmp"], check=True).stdout  # noqa: E731
    before = counters()
    scan(pair, "-sU")
    lines = [text.splitlines() for text in (before, counters())]
    names, values = zip(
        *[[line.split()[1:] for line in text if line.startswith("Icmp:")] for text in lines], strict=True
    )
    assert names[0] == names[1]
    at = names[0].index("OutDestUnreachs")
    assert values[0][at] == values[1][at]
