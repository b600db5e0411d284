"""captures/README.md names every capture, and tells of each what tshark sees in it."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.tshark import ANALYSIS

ROOT = Path(__file__).parents[2]
CAPTURES = ROOT / "captures"
FILES = sorted(path.name for path in CAPTURES.iterdir() if path.name != "README.md")
LIMIT = 200_000
CUT_SHORT = {"format-cut.pcap"}
MALFORMED: set[str] = set()
"""Captures that are meant to hold packets that tshark calls malformed."""

FLAGS = tuple(field.removeprefix("tcp.analysis.") for field in ANALYSIS)
"""Wireshark's tcp.analysis flags; a fast or spurious retransmission is a retransmission too."""
FRAME = ("frame.len", "frame.time_epoch", "ip.id", "tcp.seq_raw")
"""What tells a frame from another."""


@pytest.fixture
def asked(tshark_answer):
    return lambda name: tshark_answer(CAPTURES / name, in_pieces=False)


@pytest.fixture
def packets(asked):
    """tshark's fields of each packet, by the capture's name."""
    return lambda name: asked(name).rows


@cache
def rows() -> dict[str, list[str]]:
    """The README's table rows, by the file that they begin with."""
    lines = (CAPTURES / "README.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_every_capture_has_a_row_and_every_row_a_capture():
    assert sorted(rows()) == FILES


@pytest.mark.parametrize("name", FILES)
def test_row_is_whole(name):
    made, happened, shown, connections, completeness = rows()[name]
    assert re.match(r"(recorded|crafted|derived)\b", made)
    assert happened
    assert shown
    one = r"((SF|S[0-3H]|SHR|REJ|RST[OR]|RSTRH|RSTOS0) \^?[SHADFRCGTWIQshadfrcgtwiq]+|OTH)"
    assert re.fullmatch(f"({one}(; {one})*)?", connections)
    assert re.fullmatch(r"(\d+(; \d+)*)?", completeness)


@pytest.mark.parametrize("name", FILES)
def test_capture_is_small(name):
    assert 0 < (CAPTURES / name).stat().st_size < LIMIT


def test_the_script_makes_exactly_these():
    command = [sys.executable, "-m", "recording", "--list"]
    listed = subprocess.run(command, cwd=ROOT / "scripts", capture_output=True, text=True, check=True)
    assert sorted(listed.stdout.split()) == FILES


@pytest.mark.parametrize("name", FILES)
def test_tshark_reads_it_to_its_end(name, asked):
    read = asked(name)
    assert ("cut short in the middle of a packet" in read.errors) == (name in CUT_SHORT)
    assert (read.code == 0) == (name not in CUT_SHORT)
    assert read.rows
    assert any("_ws.malformed" in packet for packet in read.rows) == (name in MALFORMED)


@pytest.mark.parametrize("name", FILES)
def test_tshark_sees_the_completeness_that_the_readme_tells(name, packets):
    found = {}
    for packet in packets(name):
        if "tcp.stream" in packet:
            found[int(packet["tcp.stream"].split(",")[0])] = packet["tcp.completeness"].split(",")[0]
    assert "; ".join(found[stream] for stream in sorted(found)) == rows()[name][-1]


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith(("tcp", "syn"))])
def test_tshark_sees_the_analysis_that_the_readme_tells(name, packets):
    found: dict[str, set[int]] = {}
    for number, packet in enumerate(packets(name), 1):
        flags = [flag for flag in FLAGS if f"tcp.analysis.{flag}" in packet]
        if len([flag for flag in flags if flag.endswith("retransmission")]) > 1:
            flags.remove("retransmission")
        for flag in flags:
            found.setdefault(flag, set()).add(number)
    assert told(rows()[name][2]) == found


def told(text: str) -> dict[str, set[int]]:
    """The analysis flags that a README row tells, with their frame numbers."""
    found: dict[str, set[int]] = {}
    for flag, numbers in re.findall(rf"\b(?<!_)({'|'.join(FLAGS)}) (\d+(?:, \d+)*)\b", text):
        found.setdefault(flag, set()).update(int(number) for number in numbers.split(", "))
    return found


@pytest.mark.parametrize("name", [name for name in FILES if rows()[name][0] == "derived"])
def test_every_format_holds_the_same_frames(name, packets):
    source = [frame(packet) for packet in packets("tcp-close-by-client.pcap")]
    if "cut to microseconds" in rows()[name][2]:
        source = [(length, time[:-3] + "000", *rest) for length, time, *rest in source]
    assert [frame(packet) for packet in packets(name)] == (source[:9] if name in CUT_SHORT else source)


def frame(packet: dict[str, str]) -> tuple[str | None, ...]:
    return tuple(packet.get(field) for field in FRAME)


def test_the_snapped_format_keeps_lengths_and_analysis(packets):
    kept = (*FRAME, "tcp.stream", "tcp.completeness", *ANALYSIS)
    snapped, whole = (
        [[packet.get(field) for field in kept] for packet in packets(name)]
        for name in ("format-snapped.pcap", "tcp-fast-retransmission.pcap")
    )
    assert snapped == whole
