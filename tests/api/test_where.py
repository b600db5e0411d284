"""`capture.packets(where=...)`: the packets that `rawkit sniff -Y` shows, which tshark is the referee of."""

from __future__ import annotations

import pytest

import rawkit
from rawkit.api.where import compile_filter
from rawkit.errors import FilterError, RawkitError

FILTERS = (
    "tcp.analysis.retransmission",
    "ip.addr == 192.0.2.10 and tcp.len > 0",
    "frame.time_delta > 0.1",
    "frame.time_relative < 0.05 && !(tcp.flags.syn == 1)",
    "udp",
)


@pytest.mark.parametrize("text", FILTERS)
def test_packets_are_those_of_the_command(capture, sniff, text):
    path = capture("tcp-tail-loss-probe")
    shown = sniff(path, "-Y", text, "--fields", "frame.number").lines
    with rawkit.open(path) as packets:
        assert [packet.number for packet in packets.packets(where=text)] == [int(line) for line in shown]


def test_what_a_packet_is_said_of_is_of_all_packets(capture):
    with rawkit.open(capture("tcp-tail-loss-probe")) as packets:
        some = {
            one.number: (one.get("tcp.analysis"), one["tcp.stream"]) for one in packets.packets(where="tcp.len > 0")
        }
    with rawkit.open(capture("tcp-tail-loss-probe")) as packets:
        every = {one.number: (one.get("tcp.analysis"), one["tcp.stream"]) for one in packets}
    assert 0 < len(some) < len(every)
    assert some.items() <= every.items()


def test_a_filter_that_is_compiled_already(capture):
    where = compile_filter("tcp.flags.reset == 1")
    with rawkit.open(capture("tcp-connect-refused")) as packets:
        assert [packet.number for packet in packets.packets(where=where)] == [2]


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ({"where": "tcp.prot == 1"}, FilterError, "did you mean tcp.port?"),
        ({"where": 5}, TypeError, "give a display filter as text"),
        ({"where": "tcp", "follow": False}, RawkitError, "leave follow=False out"),
        ({"where": compile_filter('flow.conn_state == "SF"', "flows")}, RawkitError, "a filter of flows"),
    ],
)
def test_what_cannot_be(capture, words, error, said):
    with rawkit.open(capture("dns")) as packets, pytest.raises(error, match=said.replace("?", "\\?")):
        packets.packets(**words)
