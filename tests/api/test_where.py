"""`where` in Python: the packets, events and flows that `rawkit sniff -Y` shows, which tshark is the referee of."""

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


EVENTS = (
    ("handshakes", rawkit.Handshake, 'handshake.outcome == "refused" || handshake.id.resp_p == 25'),
    ("handshakes", rawkit.Handshake, "tcp.flags.reset == 1 and handshake.syn_repeats >= 0"),
    ("teardowns", rawkit.Teardown, "tcp.analysis.flags"),
    ("teardowns", rawkit.Teardown, 'not teardown.by == "RST"'),
    ("udp", rawkit.UdpExchange, "udp.port == 40000"),
    ("flows", rawkit.FlowRecord, 'flow.conn_state == "S0" || tcp.flags.reset == 1'),
    ("flows", rawkit.FlowRecord, "ip.src == 192.0.2.10 && frame.number > 3"),
)
FILES = ("syn-scan", "dns", "tcp-three-at-once", "tcp-reset-unread-data", "tcp-tail-loss-probe", "ipip")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("view", "kind", "text"), EVENTS)
def test_events_are_those_of_the_command(capture, sniff, name, view, kind, text):
    path = capture(name)
    shown = sniff(path, "-Y", text, "--view", view).lines
    every = sniff(path, "--view", view).lines
    with rawkit.open(path) as opened:
        all_of_them = [*opened.events(kind)]
    with rawkit.open(path) as opened:
        found = [*opened.events(kind, where=text)]
    assert len(all_of_them) == len(every)
    assert found == [event for event, line in zip(all_of_them, every, strict=True) if line in shown]
    assert [*rawkit.read_events(path, kinds=kind, where=compile_filter(text, view))] == found


def test_the_filters_of_events_let_some_through(capture):
    """The test above compares more than nothing with nothing, and all with all."""
    for _, kind, text in EVENTS:
        counts = [len([*rawkit.read_events(capture(name), kinds=kind, where=text)]) for name in FILES]
        whole = [len([*rawkit.read_events(capture(name), kinds=kind)]) for name in FILES]
        assert 0 < sum(counts) < sum(whole), text


def test_events_of_all_kinds_by_their_packets(capture):
    found = [*rawkit.read_events(capture("syn-scan"), where="tcp.dstport == 23")]
    assert sorted(type(event).__name__ for event in found) == ["FlowRecord", "Handshake", "Teardown"]
    assert {getattr(event, "server", None) or event.resp for event in found} == {found[0].server}


@pytest.mark.parametrize("name", FILES)
def test_tables_are_those_of_the_command(capture, json_rows, rows_from, name):
    path = capture(name)
    text = "tcp.flags.reset == 1 || udp.srcport == 53"
    assert rows_from(rawkit.read_packets(path, where=text)) == json_rows(path, "packets", "-Y", text)
    chosen = 'flow.conn_state == "SF" || tcp.flags.reset == 1'
    numbers = [row["tcp.stream"] for row in json_rows(path, "flows", "-Y", chosen) if "tcp.stream" in row]
    table = rawkit.read_flows(path, where=chosen)
    assert [row["tcp.stream"] for row in table if row["tcp.stream"] is not None] == numbers
    assert len(table) == len(json_rows(path, "flows", "-Y", chosen))


def test_tables_of_nothing_have_their_columns(capture):
    path = capture("dns")
    assert [*rawkit.read_packets(path, where="sctp").columns] == [*rawkit.read_packets(path).columns]
    assert [*rawkit.read_flows(path, where='flow.conn_state == "REJ"').columns] == [*rawkit.read_flows(path).columns]


class OneByOne:
    """A source of batches of one frame."""

    def __init__(self, path) -> None:
        with rawkit.open(path) as opened:
            self._left = [batch.select(slice(row, row + 1)) for batch in opened.batches() for row in range(len(batch))]

    def read(self):
        return self._left.pop(0) if self._left else None


def test_connections_over_many_batches(capture):
    """What a packet of an earlier batch was counts for an event of a later one."""
    path, text = capture("tcp-three-at-once"), "tcp.flags.syn == 1 && tcp.srcport == 40001"
    with rawkit.open(path) as opened:
        [whole] = opened.flows(where=text)
    with rawkit.open(OneByOne(path)) as opened:
        assert [*opened.flows(where=text)] == [whole]


def test_another_filter_is_another_way(capture):
    with rawkit.open(capture("dns")) as opened:
        next(opened.flows(where="udp"))
        with pytest.raises(RawkitError, match="gone through by events\\(FlowRecord, where='udp'\\)"):
            opened.flows(where="tcp")


@pytest.mark.parametrize(
    ("kinds", "where", "error", "said"),
    [
        (None, 'flow.conn_state == "SF"', FilterError, "flow.conn_state is a field of events"),
        (rawkit.FlowRecord, "tcp.prot == 1", FilterError, "did you mean tcp.port"),
        (rawkit.FlowRecord, compile_filter("tcp"), RawkitError, "where is a filter of packets, and not of flows"),
        (rawkit.Handshake, compile_filter("tcp", "flows"), RawkitError, "a filter of flows, and not of handshakes"),
        (rawkit.FlowRecord, 5, TypeError, "give a display filter as text"),
    ],
)
def test_what_events_cannot_be(capture, kinds, where, error, said):
    with rawkit.open(capture("dns")) as opened, pytest.raises(error, match=said):
        opened.events(kinds, where=where)
    with pytest.raises(error):
        [*rawkit.read_events(capture("dns"), kinds=kinds, where=where)]
