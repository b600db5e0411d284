"""Examples that send, ask and read: what they say is what the lab did, and what its kernels and other tools say."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.l2 import Ether

import rawkit
from rawkit.lab.services.http import GREETING
from tests.examples.conftest import LONG, ROOT, command, finished, killed, options, until

pytestmark = [pytest.mark.netns, pytest.mark.slow]

DOOR = """
[hosts.client]
[hosts.server]
services = [{ kind = "tcp-echo", port = 22 }]
nftables = '''
table ip door {
  set first { type ipv4_addr; timeout 1m; }
  set second { type ipv4_addr; timeout 1m; }
  set guests { type ipv4_addr; timeout 1m; }
  chain input {
    type filter hook input priority 0;
    tcp dport 7000 add @first { ip saddr } drop
    udp dport 8000 ip saddr @first add @second { ip saddr } drop
    tcp dport 9000 ip saddr @second add @guests { ip saddr } drop
    tcp dport 22 ip saddr != @guests drop
  }
}
'''
[[links]]
ends = [{ host = "client", addresses = ["192.0.2.10/24"] }, { host = "server", addresses = ["192.0.2.20/24"] }]
"""
"""A server whose packet filter opens port 22 for those who knock at 7000, 8000/udp and 9000, in this order."""


@pytest.mark.referee
def test_knock(lab, tmp_path):
    if shutil.which("nft") is None:
        pytest.skip("needs nft")
    (tmp_path / "door.toml").write_text(DOOR)
    client = lab(tmp_path / "door.toml")["client"]
    wrong = finished(client, "knock", "192.0.2.20", "9000", "8000/udp", "7000", "--door", "22")
    assert (wrong.returncode, wrong.stdout) == (1, "192.0.2.20 port 22: not open\n"), wrong.stderr
    right = finished(client, "knock", "192.0.2.20", "7000", "8000/udp", "9000", "--door", "22")
    assert (right.returncode, right.stdout) == (0, "192.0.2.20 port 22: open\n"), right.stderr


def page(url: str) -> str:
    return urllib.request.urlopen(url).read().decode()


def test_ping_exporter(lab):
    """Prometheus' own parser reads it; no more replies are told than came, and an ICMP error is one."""
    hosts = lab("firewalled")
    client = hosts["client"]
    wanted = {"target": "198.51.100.20"}
    with hosts.record("client") as recorded:
        there = ["198.51.100.20", "203.0.113.9", "--listen", "0"]
        with client.popen(command("ping_exporter", *there), **options()) as running, killed(running):
            url = running.stdout.readline().strip()
            found: dict[str, list] = {}

            def asked() -> bool:
                found.clear()
                text = client.call(page, url)
                found.update({family.name: family.samples for family in text_string_to_metric_families(text)})
                results = {(one.labels["target"], one.labels["kind"]) for one in found["ping_results"]}
                return ("198.51.100.20", "reply") in results and ("203.0.113.9", "error") in results

            until(asked)
            running.send_signal(signal.SIGINT)
            _, errors = running.communicate(timeout=LONG)
        assert running.returncode == 0
        assert all('"GET /metrics HTTP/1.1" 200' in line for line in errors.splitlines()), errors
        replies = [one for one in map(Ether, recorded.take().frames()) if ICMP in one and one[ICMP].type == 0]
    values = {one.name: one.value for one in found["ping_rtt_seconds"] if one.labels == wanted}
    buckets = [one.value for one in found["ping_rtt_seconds"] if "le" in one.labels]
    assert 1 <= values["ping_rtt_seconds_count"] <= len(replies)
    assert 0 < values["ping_rtt_seconds_sum"] < LONG
    assert buckets == sorted(buckets)
    assert buckets[-1] == values["ping_rtt_seconds_count"]
    assert [one for one in found["ping_rtt_seconds"] if one.labels["target"] == "203.0.113.9"] == []


def test_handshake(lab):
    """The server takes it for a connection like any other; the client's kernel says nothing."""
    hosts = lab("firewalled")
    with hosts.record("server") as recorded:
        done = finished(hosts["client"], "handshake", "198.51.100.20", "80", "/")
        frames = [frame for frame in map(Ether, recorded.take().frames()) if TCP in frame]
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("HTTP/1.1 200 OK\n")
    assert done.stdout.endswith(f"\n\n{GREETING.decode()}")
    assert [str(one[TCP].flags) for one in frames if one[IP].src == "192.0.2.10"] == ["S", "A", "PA", "RA"]
    refused = finished(hosts["client"], "handshake", "198.51.100.20", "81", "/")
    assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", "198.51.100.20 port 81: no SYN-ACK\n")


def hop(line: str) -> tuple[str, ...]:
    found = re.fullmatch(r"(\d+) (\S+) [\d.]+ ms", line)
    assert found, line
    return found.groups()


def test_trace(lab):
    """To the server behind the router; and to nowhere, of which the router says that it knows no way."""
    client = lab("router")["client"]
    done = finished(client, "trace", "198.51.100.20")
    assert (done.returncode, done.stderr) == (0, "")
    assert [hop(line) for line in done.stdout.splitlines()] == [("1", "192.0.2.1"), ("2", "198.51.100.20")]
    done = finished(client, "trace", "203.0.113.9")
    first, second = done.stdout.splitlines()
    assert hop(first) == ("1", "192.0.2.1")
    assert second == "no way beyond 192.0.2.1: network-unreachable"


SILENT = """
[hosts.client]
gateways = ["192.0.2.1"]
[hosts.router]
forward = true
[hosts.server]
gateways = ["198.51.100.1"]
nftables = "table ip silent { chain input { type filter hook input priority 0; meta l4proto udp drop; }; }"
[[links]]
ends = [{ host = "client", addresses = ["192.0.2.10/24"] }, { host = "router", addresses = ["192.0.2.1/24"] }]
[[links]]
ends = [{ host = "router", addresses = ["198.51.100.1/24"] }, { host = "server", addresses = ["198.51.100.20/24"] }]
"""


@pytest.mark.referee
def test_trace_of_who_is_silent(lab, tmp_path):
    """A star for each, as traceroute has it."""
    if shutil.which("nft") is None:
        pytest.skip("needs nft")
    (tmp_path / "silent.toml").write_text(SILENT)
    done = finished(lab(tmp_path / "silent.toml")["client"], "trace", "198.51.100.20", "--hops", "3")
    lines = done.stdout.splitlines()
    assert (hop(lines[0]), lines[1:]) == (("1", "192.0.2.1"), ["2 *", "3 *"])


@pytest.mark.referee
def test_replay_as(lab, tmp_path):
    """What left the client is what tcprewrite makes of the capture; first and last are as far apart."""
    if shutil.which("tcprewrite") is None:
        pytest.skip("needs tcprewrite")
    path = ROOT / "captures" / "dns.pcap"
    rewrite = ["tcprewrite", "--pnat=192.0.2.10/32:203.0.113.7/32,198.51.100.20/32:203.0.113.8/32", "--fixcsum"]
    subprocess.run([*rewrite, f"--infile={path}", f"--outfile={tmp_path}/new.pcap"], check=True, capture_output=True)
    with rawkit.open(tmp_path / "new.pcap", "ip") as capture:
        wanted = [(packet.bytes[14:], packet.time_ns) for packet in capture]
    hosts = lab("router")
    with hosts.record("client") as recorded:
        mapping = ("192.0.2.10=203.0.113.7", "198.51.100.20=203.0.113.8")
        done = finished(hosts["client"], "replay_as", path, *mapping)
        batch = recorded.take()
    assert (done.returncode, done.stderr) == (0, "")
    new = {"203.0.113.7", "203.0.113.8"}
    sources = [one[IP].src if IP in one else None for one in map(Ether, batch.frames())]
    ours = [row for row, source in enumerate(sources) if source in new]
    assert [batch.frame(row)[14:] for row in ours] == [frame for frame, _ in wanted]
    assert int(batch.timestamp[ours[-1]] - batch.timestamp[ours[0]]) > (wanted[-1][1] - wanted[0][1]) / 2
    assert done.stdout == f"{len(wanted)} packets, {sum(len(frame) + 14 for frame, _ in wanted)} bytes\n"


def get(path: str) -> int:
    return len(urllib.request.urlopen(f"http://198.51.100.20/{path}").read())


@pytest.mark.referee
def test_flow_table(lab, tmp_path):
    """Bytes each way are the payloads that tshark finds."""
    import polars

    hosts = lab("firewalled")
    with hosts.record("client") as recorded:
        assert [hosts["client"].call(get, path) for path in ("100000", "1")] == [100000, 1]
        rawkit.write(tmp_path / "web.pcap", recorded.take())
    fields = ["-e", "tcp.srcport", "-e", "tcp.len"]
    try:
        read = ["tshark", "-r", tmp_path / "web.pcap", "-Y", "tcp", "-T", "fields", *fields]
        shown = subprocess.run(read, capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("needs tshark")
    sizes = [(port == "80", int(size)) for port, size in (line.split() for line in shown.splitlines())]
    table = tmp_path / "table.csv"
    done = subprocess.run(
        command("flow_table", tmp_path / "web.pcap", "--csv", table), cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    [row] = polars.read_csv(table).filter(polars.col("id.resp_p") == 80).to_dicts()
    assert (row["id.orig_h"], row["id.resp_h"], row["flows"], row["mostly"]) == ("192.0.2.10", "198.51.100.20", 2, "SF")
    assert row["orig_bytes"] == sum(size for servers, size in sizes if not servers)
    assert row["resp_bytes"] == sum(size for servers, size in sizes if servers)
    assert "198.51.100.20" in done.stdout
