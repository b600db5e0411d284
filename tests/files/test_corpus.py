"""Every capture of tcpdump's test-suite: the frames that tshark sees, or a reason why not."""

import shutil
import subprocess
from pathlib import Path

import dpkt
import pytest

from rawkit.files import open_capture

CORPUS = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpus"
CAPTURES = sorted(CORPUS.rglob("*.pcap*"))
SUNATM = 123
"""tshark takes ATM's pseudo-header of 4 bytes off before it counts."""

TSHARK_TIME_OVERFLOWS = {
    "atm-oam-loopback-print-overrun.pcap",
    "rx_serviceid_oobr.pcap",
    "timestamp_invalid_micro.pcap",
    "timestamp_invalid_nano.pcap",
}
"""Fractions of over 2 s, which tshark keeps in 32 bits."""
UNKNOWN_LINK_TYPE = "unknown or unsupported"
"""What tshark says of a link type that it does not know; then dpkt is the referee."""

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.referee,
    pytest.mark.slow,
    pytest.mark.skipif(not CAPTURES, reason="needs the captures in ../shared/corpus"),
    pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark"),
]


def ours(path):
    with open_capture(path) as capture:
        return [
            row
            for batch in capture
            for row in zip(
                batch.length.tolist(),
                batch.captured.tolist(),
                batch.timestamp.tolist(),
                batch.link_type.tolist(),
                strict=True,
            )
        ]


def tshark(path):
    fields = ("-e", "frame.len", "-e", "frame.cap_len", "-e", "frame.time_epoch")
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", *fields]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if UNKNOWN_LINK_TYPE in done.stderr:
        return None
    return [row(*line.split("\t")) for line in done.stdout.splitlines()]


def row(length, captured, time):
    """The fraction counts nanoseconds, also where it is more than a second and so has ten digits."""
    seconds, fraction = time.split(".")
    return int(length), int(captured), int(seconds) * 10**9 + int(fraction)


def as_tshark_counts(length, captured, time, link_type):
    header = 4 if link_type == SUNATM else 0
    return length - header, captured - header, time


def assert_as_dpkt(path, found):
    with open(path, "rb") as file:
        theirs = [len(frame) for _, frame in dpkt.pcap.UniversalReader(file)]
    assert [captured for _, captured, *_ in found] == theirs


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_as_tshark_reads_it(path):
    found, wanted = ours(path), tshark(path)
    if wanted is None:
        assert_as_dpkt(path, found)
        return
    # A frame that claims to have been shorter than what is there of it was as long as that.
    wanted = [(max(length, captured), captured, time) for length, captured, time in wanted]
    found = [as_tshark_counts(*one) for one in found]
    if path.name in TSHARK_TIME_OVERFLOWS:
        found, wanted = ([one[:2] for one in rows] for rows in (found, wanted))
    assert found == wanted
