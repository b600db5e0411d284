"""What each view says of each capture, as a transcript of the command line: read once by eyes, compared ever after.

`scripts/renew-golden` writes them again; the difference is to be read before it is committed.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

EXPECTED = Path(__file__).parent / "expected"
VIEWS = ("packets", "handshakes", "teardowns", "udp", "flows")
IN_ALL_FORMATS = (
    "dns.pcap", "gre.pcap", "syn-scan.pcap", "tcp-close-by-client.pcap", "tcp-fast-retransmission.pcap",
    "tcp-reset-data-after-close.pcap", "udp-port-unreachable.pcap", "vlan-same-ports.pcap",
)  # fmt: skip
"""Captures of which JSON, CSV and Zeek's log are kept too."""
TIMED = ("latency-exchanges.pcap", "latency-nagle.pcap", "latency-slow-reader.pcap", "latency-small-window.pcap")
"""Captures of which the latency view is kept too, also as JSON."""


def calls(name: str) -> list[tuple[str, ...]]:
    """The options of `rawkit sniff` in a capture's transcript; -n, for the names of ports are the machine's."""
    wanted = [("-n", "--view", view) for view in VIEWS]
    if name in TIMED:
        wanted += [("-n", "--view", "latency"), ("--view", "latency", "--format", "json")]
    if name in IN_ALL_FORMATS:
        wanted += [("--view", view, "--format", form) for view in VIEWS for form in ("json", "csv")]
        wanted.append(("--view", "flows", "--format", "zeek"))
    return wanted


@pytest.fixture(autouse=True)
def utc(monkeypatch, root):
    """Times of day in UTC, and the checkout as the working folder, so that messages name files the same way."""
    monkeypatch.chdir(root)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def transcript(path: Path, sniff: object) -> str:
    lines = []
    for options in calls(path.name):
        finished = sniff(Path("captures") / path.name, *options)
        lines.append(f"$ rawkit sniff -r captures/{path.name} {shlex.join(options)}\n")
        lines.append(finished.out.decode("ascii"))
        lines.append(finished.err)
        lines.append(f"exit code {finished.code}\n" if finished.code else "")
    return "".join(lines)


def test_transcript(capture_path, sniff):
    expected = EXPECTED / f"{capture_path.name}.txt"
    found = transcript(capture_path, sniff)
    if os.environ.get("RAWKIT_RENEW_GOLDEN") == "1":
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(found)
    assert found == expected.read_text()


@pytest.mark.parametrize("name", IN_ALL_FORMATS)
def test_threads_say_the_same(name, sniff, root, monkeypatch):
    """What is done for large files: decoding ahead, rendering behind."""
    monkeypatch.setattr("rawkit.run.capture.file.LARGE", -1)
    assert transcript(root / "captures" / name, sniff) == (EXPECTED / f"{name}.txt").read_text()


def test_every_transcript_has_a_capture(capture_paths):
    assert {path.stem for path in EXPECTED.iterdir()} == {path.name for path in capture_paths}


@pytest.mark.parametrize("name", ["tcp-half-close.pcap", "dns.pcap"])
def test_a_process_says_the_same(name):
    expected = (EXPECTED / f"{name}.txt").read_text()
    for options in calls(name):
        command = [sys.executable, "-m", "rawkit", "sniff", "-r", f"captures/{name}", *options]
        done = subprocess.run(command, capture_output=True, check=True, text=True)
        assert f"$ rawkit sniff -r captures/{name} {shlex.join(options)}\n{done.stdout}" in expected
        assert done.stderr == ""
