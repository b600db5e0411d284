"""scripts/record-captures makes again what stands in captures/."""

import os
import subprocess
import sys
from pathlib import Path

import dpkt
import pytest

ROOT = Path(__file__).parents[2]
CRAFTED = ["dccp.pcap", "gre.pcap", "ospf.pcap", "pppoe.pcap", "sctp.pcap", "vlan.pcap"]
RECORDED = ["tcp-close-by-client.pcap", "tcp6-connect-refused.pcap", "tcp-open-simultaneous.pcap", "ping.pcap"]


def record(*arguments):
    command = [sys.executable, "-m", "recording", *arguments]
    return subprocess.run(command, cwd=ROOT / "scripts", capture_output=True, text=True, check=False)


def outline(path: Path) -> list[tuple[object, ...]]:
    """What has to be the same in each recording: who sends, what kind, how much, which TCP flags or ICMP type."""
    with path.open("rb") as file:
        packets = [dpkt.ethernet.Ethernet(frame).data for _time, frame in dpkt.pcap.Reader(file)]
    return [(p.src, p.dst, type(p.data), len(p.data), kind(p.data)) for p in packets]


def kind(payload):
    return payload.flags if isinstance(payload, dpkt.tcp.TCP) else payload.type


def test_crafted_captures_come_out_the_same_byte_for_byte(tmp_path):
    done = record("--into", tmp_path, *CRAFTED)
    assert done.returncode == 0, done.stderr
    for name in CRAFTED:
        assert (tmp_path / name).read_bytes() == (ROOT / "captures" / name).read_bytes(), name


@pytest.mark.root
@pytest.mark.netns
@pytest.mark.skipif(os.geteuid() != 0, reason="making network namespaces needs root")
def test_recorded_captures_tell_the_same_story(tmp_path):
    done = record("--into", tmp_path, *RECORDED)
    assert done.returncode == 0, done.stderr
    for name in RECORDED:
        assert outline(tmp_path / name) == outline(ROOT / "captures" / name), name


def test_an_unknown_name_is_told_in_one_line(tmp_path):
    done = record("--into", tmp_path, "nosuch")
    assert done.returncode == 2
    assert done.stderr == "record-captures: no file nosuch: see record-captures --list\n"
