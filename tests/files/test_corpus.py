"""Every capture of tcpdump's test-suite: the frames that tshark sees, or a reason why not."""

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
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.skipif(not CAPTURES, reason="needs the captures in ../shared/corpus"),
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


def theirs(rows):
    """The fraction counts nanoseconds, also where it is more than a second and so has ten digits."""
    for row in rows:
        seconds, fraction = row["frame.time_epoch"].split(".")
        yield int(row["frame.len"]), int(row["frame.cap_len"]), int(seconds) * 10**9 + int(fraction)


def as_tshark_counts(length, captured, time, link_type):
    header = 4 if link_type == SUNATM else 0
    return length - header, captured - header, time


def assert_as_dpkt(path, found):
    with open(path, "rb") as file:
        theirs = [len(frame) for _, frame in dpkt.pcap.UniversalReader(file)]
    assert [captured for _, captured, *_ in found] == theirs


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_as_tshark_reads_it(path, tshark_answer):
    """Where tshark does not know the link type dpkt is the referee."""
    found, answer = ours(path), tshark_answer(path)
    if not answer.knows_link_type:
        assert_as_dpkt(path, found)
        return
    # A frame that claims to have been shorter than what is there of it was as long as that.
    wanted = [(max(length, captured), captured, time) for length, captured, time in theirs(answer.rows)]
    found = [as_tshark_counts(*one) for one in found]
    if path.name in TSHARK_TIME_OVERFLOWS:
        found, wanted = ([one[:2] for one in rows] for rows in (found, wanted))
    assert found == wanted
