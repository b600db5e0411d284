"""VLAN tags tell flows apart; a priority tag, whose VLAN id is 0, does not (IEEE 802.1Q)."""

from __future__ import annotations

import json

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Dot1Q, Ether
from scapy.utils import wrpcap

HANDSHAKE = (("S", 1000, 0, b""), ("SA", 5000, 1001, b""), ("A", 1001, 5001, b""))
REST = (("PA", 1001, 5001, b"hello"), ("A", 5001, 1006, b""), ("FA", 1006, 5001, b""), ("FA", 5001, 1007, b""))
TURNS = (0, 1, 0, 0, 1, 0, 1, 0)
SEGMENTS = (*HANDSHAKE, *REST, ("A", 1007, 5002, b""))
NONE: tuple[int, ...] = ()


def tagged(tags, segment):
    frame = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    for tag in tags:
        frame /= Dot1Q(vlan=tag, prio=5)
    return frame / segment


@pytest.fixture
def capture(tmp_path):
    """A whole connection whose sides have these tags."""

    def write(client, server):
        path = tmp_path / "tags.pcap"
        frames = []
        for server_sends, (flags, seq, ack, data) in zip(TURNS, SEGMENTS, strict=True):
            ends = {"src": "198.51.100.20", "dst": "192.0.2.10"} if server_sends else {"dst": "198.51.100.20"}
            ports = {"sport": 9000, "dport": 40000} if server_sends else {"sport": 40000, "dport": 9000}
            ip = IP(**({"src": "192.0.2.10"} | ends)) / TCP(flags=flags, seq=seq, ack=ack, **ports) / data
            frames.append(tagged(server if server_sends else client, ip))
        wrpcap(str(path), frames)
        return path

    return write


@pytest.mark.parametrize(
    ("client", "server", "vlan", "inner"),
    [
        ((0,), NONE, None, None),
        (NONE, (0,), None, None),
        ((0,), (0,), None, None),
        ((0, 100), (100,), 100, None),
        ((100, 0), (100,), 100, None),
        ((200, 100), (200, 100), 200, 100),
        ((0, 0), NONE, None, None),
    ],
)
def test_one_connection(capture, sniff, tshark_answer, client, server, vlan, inner):
    path = capture(client, server)
    (flow,) = [json.loads(line) for line in sniff(path, "--view", "flows", "--format", "json").lines]
    assert (flow["conn_state"], flow["history"]) == ("SF", "ShADaFf")
    assert (flow.get("vlan"), flow.get("inner_vlan")) == (vlan, inner)
    assert {(row["tcp.stream"], row["tcp.completeness"]) for row in tshark_answer(path).rows} == {("0", "31")}


def test_other_vlans_are_other_flows(capture, sniff):
    lines = sniff(capture((100,), (200,)), "--view", "flows", "--format", "json").lines
    assert sorted(json.loads(line)["vlan"] for line in lines) == [100, 200]


def test_the_packets_view_shows_the_tag(capture, sniff):
    lines = sniff(capture((0,), NONE), "--view", "packets", "--format", "json").lines
    assert [json.loads(line).get("vlan.id") for line in lines] == [None if server else 0 for server in TURNS]


def test_a_split_flow_is_said_once(capture, sniff):
    finished = sniff(capture((100,), (200,)), "--view", "flows")
    assert finished.err.splitlines() == [
        "rawkit: 1 flow split: other VLAN ids in each direction (--vlan ignore puts them together)"
    ]


@pytest.mark.parametrize(
    ("client", "server", "vlan"), [((100,), (200,), 100), ((100,), NONE, 100), (NONE, (200,), None), ((9, 5), (9,), 9)]
)
def test_ignored_vlans_split_nothing(capture, sniff, client, server, vlan):
    """The flow has those of its first packet, as in Zeek."""
    finished = sniff(capture(client, server), "--view", "flows", "--format", "json", "--vlan", "ignore")
    (flow,) = [json.loads(line) for line in finished.lines]
    assert (flow["conn_state"], flow.get("vlan"), finished.err) == ("SF", vlan, "")


def test_whole_flows_in_two_vlans_are_not_split(sniff, tmp_path):
    """Two tenants may use the same addresses."""
    path = tmp_path / "two.pcap"
    ends = {"src": "192.0.2.10", "dst": "198.51.100.20"}
    back = {"src": "198.51.100.20", "dst": "192.0.2.10"}
    there = [IP(**ends) / UDP(sport=4000, dport=53) / b"a", IP(**back) / UDP(sport=53, dport=4000) / b"b"]
    wrpcap(str(path), [tagged((vlan,), packet) for vlan in (100, 200) for packet in there])
    assert sniff(path, "--view", "flows").err == ""
