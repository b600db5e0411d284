"""What a Zeek log says otherwise than the other formats: durations and bytes (Zeek leaves them out, or ends sooner)."""

from __future__ import annotations

import json

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.utils import wrpcap

ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
CLIENT, SERVER = IP(src="192.0.2.10", dst="198.51.100.20"), IP(src="198.51.100.20", dst="192.0.2.10")
OPENED = (("c", "S", 0, 0), ("s", "SA", 0, 1), ("c", "A", 1, 1))
OVER = {
    # SetLastTime() in TCPSessionAdapter::Process(): not once both sides have closed.
    "both FINs": ((("c", "FA", 1, 1), ("s", "FA", 1, 2), ("c", "A", 2, 2)), 4),
    "a FIN again": ((("c", "FA", 1, 1), ("s", "FA", 1, 2), ("c", "A", 2, 2), ("s", "FA", 1, 2)), 4),
    "a RST of one side": ((("c", "R", 1, 0), ("s", "A", 1, 1), ("s", "A", 1, 1)), 5),
    "RSTs of both": ((("c", "R", 1, 0), ("s", "R", 1, 0), ("s", "A", 1, 1)), 4),
    "one FIN": ((("c", "FA", 1, 1), ("s", "A", 1, 2), ("s", "A", 1, 2)), 5),
}


@pytest.fixture
def flow(tmp_path, sniff):
    """The one flow of packets a millisecond apart: from the Zeek log, and from JSON."""

    def read(packets):
        path = tmp_path / "flow.pcap"
        frames = [ETHER / packet for packet in packets]
        for number, frame in enumerate(frames):
            frame.time = 1_700_000_000 + number / 1000
        wrpcap(str(path), frames)
        *header, line = sniff(path, "--view", "flows", "--format", "zeek").lines
        (names,) = [line.split("\t")[1:] for line in header if line.startswith("#fields")]
        (other,) = sniff(path, "--view", "flows", "--format", "json").lines
        return dict(zip(names, line.split("\t"), strict=True)), json.loads(other)

    return read


def segment(side, flags, seq, ack):
    ports = {"sport": 40000, "dport": 9000} if side == "c" else {"sport": 9000, "dport": 40000}
    return (CLIENT if side == "c" else SERVER) / TCP(flags=flags, seq=1000 + seq, ack=1000 + ack, **ports)


@pytest.mark.parametrize(("rest", "milliseconds"), OVER.values(), ids=OVER)
def test_a_connection_lasts_until_both_have_closed(flow, rest, milliseconds):
    zeek, other = flow([segment(*each) for each in (*OPENED, *rest)])
    assert float(zeek["duration"]) == pytest.approx(milliseconds / 1000)
    assert other["duration"] == pytest.approx((len(OPENED) + len(rest) - 1) / 1000)


def test_a_flow_in_which_no_time_passed(flow):
    """scripts/base/protocols/conn/main.zeek, set_conn(): neither duration nor bytes; the other formats have them."""
    zeek, other = flow([CLIENT / UDP(sport=4000, dport=9000) / b"ask"])
    assert [zeek[name] for name in ("duration", "orig_bytes", "resp_bytes")] == ["-", "-", "-"]
    assert [other[name] for name in ("duration", "orig_bytes", "resp_bytes")] == [0, 3, 0]
