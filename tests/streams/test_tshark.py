"""Payload put together, against `tshark -z follow`, byte for byte."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

import rawkit
from rawkit.streams.values import SIDES
from tests.conftest import ROOT
from tests.streams.made import conversation, frame, pcap

MISSING = re.compile(rb"\[(\d+) bytes missing in capture file\]\0?")
"""What tshark writes into the payload where some is missing."""
PREFERENCES = ("-o", "tcp.check_checksum:FALSE")
RULES = rawkit.FlowRules(checksums="ignore")
SEEDS = 80

RECORDED = {
    "tcp-reordering.pcap": 1, "tcp-fast-retransmission.pcap": 1, "tcp-keep-alive-answered.pcap": 0,
    "tcp-fast-open.pcap": 1, "tcp-zero-window.pcap": 1, "tcp-urgent-data.pcap": 1, "tcp-three-at-once.pcap": 3,
    "udp-fragments-disordered.pcap": 1, "udp6-fragments.pcap": 1, "gre.pcap": 2, "format-snapped.pcap": 1,
}  # fmt: skip
"""Some of captures/, and how many streams with payload each has at least."""

Payload = dict[tuple[str, int], list[bytes]]


def tshark_says(path: Path, keys: Iterable[tuple[str, int]]) -> Payload:
    """What both sides sent in each stream, the one that tshark calls node 0 first."""
    wanted = [word for protocol, number in keys for word in ("-z", f"follow,{protocol},raw,{number}")]
    if not wanted:
        return {}
    done = subprocess.run(
        ["tshark", "-r", path, "-q", *PREFERENCES, *wanted], capture_output=True, text=True, check=True
    )
    found: Payload = {}
    for line in done.stdout.splitlines():
        if match := re.match(r"Filter: (\w+).stream eq (\d+)", line):
            sides = found[match[1], int(match[2])] = [b"", b""]
        elif match := re.fullmatch(r"(\t?)([0-9a-f]+)", line):
            sides[bool(match[1])] += bytes.fromhex(match[2])
    return found


def rawkit_says(path: Path) -> dict[tuple[str, int], rawkit.Stream]:
    streams = list(rawkit.read_streams(path, engine="interpreted", rules=RULES))
    found = {(stream.protocol, stream.number): stream for stream in streams}
    assert len(found) == len(streams)
    return found


@pytest.mark.referee
def test_what_went_wrong_in_every_way(tmp_path):
    """Of bytes that were sent twice the same ones win; gaps have the same sizes, and one more where a FIN shows it."""
    path = tmp_path / "made.pcap"
    path.write_bytes(pcap([frame(10000 + seed, sent) for seed in range(SEEDS) for sent in conversation(seed)]))
    ours = rawkit_says(path)
    theirs = tshark_says(path, ours)
    assert len(ours) == len(theirs) == SEEDS
    for key, stream in ours.items():
        said = [MISSING.sub(b"", payload) for payload in theirs[key]]
        assert [stream.client, stream.server] == said, key
        for side, payload in zip(SIDES, theirs[key], strict=True):
            sizes = [gap.size for gap in stream.gaps if gap.side == side]
            known = [int(size) for size in MISSING.findall(payload)]
            assert sizes[: len(known)] == known
            assert len(sizes) <= len(known) + 1
    assert sum(len(stream.gaps) for stream in ours.values()) > SEEDS
    assert sum(len(stream.conflicts) for stream in ours.values()) > SEEDS


@pytest.mark.referee
@pytest.mark.parametrize("name", RECORDED)
def test_recorded(name):
    path = ROOT / "captures" / name
    ours = rawkit_says(path)
    assert len(ours) >= RECORDED[name]
    theirs = tshark_says(path, ours)
    assert {key: [stream.client, stream.server] for key, stream in ours.items()} == theirs
