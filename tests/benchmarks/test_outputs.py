"""What programs say they did is read rightly: by their own outputs for a capture whose numbers are known."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks import captures, outputs


@pytest.fixture
def capture(tmp_path, monkeypatch):
    monkeypatch.setenv("RAWKIT_BENCH_CACHE", str(tmp_path))
    return captures.few(300, 10)


def run(tmp_path, *command):
    out = tmp_path / "output"
    with out.open("wb") as stdout:
        subprocess.run(command, stdout=stdout, stderr=subprocess.DEVNULL, check=True)
    return out


def sniff(tmp_path, capture, *options):
    return run(tmp_path, sys.executable, "-m", "rawkit", "sniff", "-n", "-r", str(capture.path), *options)


@pytest.mark.referee
def test_tcpdump_and_tshark_are_counted(tmp_path, capture):
    path, right = str(capture.path), capture.counts("packets", "payload")
    assert outputs.text_lines(run(tmp_path, "tcpdump", "-nn", "-r", path)) == right
    assert outputs.tshark_ek(run(tmp_path, "tshark", "-n", "-r", path, "-T", "ek")) == right


def test_our_own_views_are_counted(tmp_path, capture):
    right = capture.counts("packets", "payload")
    assert outputs.text_lines(sniff(tmp_path, capture)) == right
    assert outputs.packets_json(sniff(tmp_path, capture, "--format", "json")) == right
    flows = sniff(tmp_path, capture, "--view", "flows", "--format", "json")
    assert outputs.flows_json(flows) == capture.counts("packets", "flows", "syns")


def test_lines_over_a_piece_are_counted_once(tmp_path, capture, monkeypatch):
    monkeypatch.setattr(outputs, "CHUNK", 100)
    assert outputs.text_lines(sniff(tmp_path, capture)) == capture.counts("packets", "payload")


# As tcptrace 6.6.7 and ra 3.0.8.2 print them.
TCPTRACE = """\
Ostermann's tcptrace -- version 6.6.7 -- Thu Nov  4, 2004

100 packets seen, 100 TCP packets traced
elapsed wallclock time: 0:00:00.000160, 625000 pkts/sec analyzed
trace file elapsed time: 0:00:00.000099
TCP connection info:
  1: 198.18.0.1:1024 - 198.19.0.1:443 (a2b)    9>   11<  (complete)
  2: 198.18.0.2:1025 - 198.19.0.2:443 (c2d)    9>   11<  (complete)
"""
RA = """\
 Proto  TotPkts            SrcAddr  Sport            DstAddr  Dport  State
   tcp       10         198.18.0.1 1024           198.19.0.1 443       FIN
   tcp        7         198.18.0.2 1025           198.19.0.2 443       FIN
   man        0                  0 0                       0 0         STP
"""

# As tcpdump 4.99.3 prints what it takes for OpenFlow by its port.
OPENFLOW = """\
22:13:20.063609 IP 198.18.21.234.6633 > 198.19.0.88.443: Flags [P.], seq 1:181, ack 1, win 64240, length 180: OpenFlow
\tversion unknown (0x61), type unknown (0x61), length 24929, xid 0x61616161 [|openflow]
22:13:20.063629 IP 198.18.21.254.443 > 198.19.0.108.443: Flags [.], ack 1, win 64240, length 0
"""


@pytest.mark.parametrize(
    ("read", "text", "right"),
    [
        (outputs.tcptrace, TCPTRACE, {"packets": 100, "flows": 2}),
        (outputs.ra, RA, {"packets": 17, "flows": 2}),
        (outputs.text_lines, OPENFLOW, {"packets": 2, "payload": 180}),
        (outputs.named, "packets=12 syns=3\n", {"packets": 12, "syns": 3}),
        (outputs.tcptrace, "", {"packets": 0, "flows": 0}),
    ],
)
def test_peers_of_one_table_are_counted(tmp_path, read, text, right):
    path = tmp_path / "output"
    path.write_text(text)
    assert read(path) == right
