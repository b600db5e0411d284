"""What is not there is said in a line: memory for a ring, /proc, room for the words of conversations, descriptors."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from rawkit.flow.udp import messages
from rawkit.frames import FrameBatch
from rawkit.lab import Lab

ROOT = Path(__file__).resolve().parents[3]
RAWKIT = [sys.executable, "-P", "-m", "rawkit"]


@pytest.mark.root
def test_a_ring_larger_than_the_memory_is_refused_at_once(lab: Lab) -> None:
    began = time.monotonic()
    done = lab["client"].run([*RAWKIT, "sniff", "-i", "eth0", "-B", "1000000000"])
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "no memory for a ring of 1000000000 MiB: " in done.stderr
    assert time.monotonic() - began < 20  # the kernel takes longer


@pytest.mark.root
@pytest.mark.parametrize("command", ["sniff -i lo --duration 0.01", "synscan 127.0.0.1 -p 9"])
def test_without_proc_one_line_says_so(command: str) -> None:
    words = f"mount -t tmpfs none /proc && exec {' '.join(RAWKIT)} {command}"
    done = subprocess.run(["unshare", "-m", "sh", "-c", words], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (
        2,
        "rawkit: /proc is not there, which counts what an interface loses: mount it\n",
    )


@pytest.mark.root
def test_too_few_descriptors_for_the_interfaces_is_one_line(lab: Lab) -> None:
    words = f"ulimit -n 8; exec {' '.join(RAWKIT)} sniff -i eth0 -i lo -i eth0 -i lo --duration 0.01"
    done = lab["client"].run(["sh", "-c", words])
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "Traceback" not in done.stderr


def test_conversations_without_their_words_are_said(
    rawkit: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "MOST_CONVERSATIONS", 1)
    from rawkit.files import PcapWriter

    frames = [
        bytes(
            Ether()
            / IP(src="192.0.2.1", dst="192.0.2.2")
            / UDP(sport=port, dport=53)
            / DNS(qd=DNSQR(qname="a.example"))
        )
        for port in (40001, 40002, 40003)
    ]
    with PcapWriter(tmp_path / "dns.pcap", 1) as writer:
        writer.write(FrameBatch.from_frames(frames, [1, 2, 3]))
    for form in ("text", "json"):
        done = rawkit(
            "sniff", "-r", tmp_path / "dns.pcap", "--view", "udp", "--format", form, "--kernels", "interpreted"
        )
        assert "rawkit: 2 conversations told without their messages: those of others took the memory" in done.err
