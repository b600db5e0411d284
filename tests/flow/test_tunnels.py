"""Tunnels are flows too, and the flows that they carry name them (Zeek's `tunnel_parents`)."""

from __future__ import annotations

import json

import pytest
from scapy.layers.inet import GRE, IP, TCP, UDP, fragment
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Dot1Q, Ether
from scapy.layers.vxlan import VXLAN
from scapy.utils import wrpcap

import rawkit

OUTER, BACK = IP(src="203.0.113.1", dst="203.0.113.2"), IP(src="203.0.113.2", dst="203.0.113.1")
ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
ASK = IP(src="192.0.2.10", dst="198.51.100.20") / UDP(sport=4000, dport=9000) / b"ask"
ANSWER = IP(src="198.51.100.20", dst="192.0.2.10") / UDP(sport=9000, dport=4000) / b"answer"


@pytest.fixture
def flows(tmp_path, sniff):
    """The flows of frames of Ethernet, as dictionaries."""

    def read(frames, *options):
        path = tmp_path / "tunnel.pcap"
        wrpcap(str(path), [ETHER / frame for frame in frames])
        return [json.loads(line) for line in sniff(path, "--view", "flows", "--format", "json", *options).lines]

    return read


def vxlan(outer, port, inner):
    return outer / UDP(sport=port, dport=4789) / VXLAN(vni=42) / ETHER / inner


def ends(flow):
    return flow["id.orig_h"], flow["id.resp_h"], flow["ip_proto"]


def test_each_direction_has_its_own_parent(flows):
    """The source port tells flows apart on the way (RFC 7348, section 5): two flows carry this one."""
    there, back, inner = sorted(flows([vxlan(OUTER, 50000, ASK), vxlan(BACK, 50001, ANSWER)]), key=len)
    assert {there["id.orig_p"], back["id.orig_p"]} == {50000, 50001}
    assert inner["tunnel_parents"] == [there["uid"], back["uid"]]
    assert (inner["conn_state"], "tunnel_parents" in there) == ("SF", False)


def test_tunnels_in_tunnels(flows):
    """Each flow names the tunnel around it."""
    found = flows(
        [OUTER / GRE() / IP(src="10.0.0.1", dst="10.0.0.2") / IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP()]
    )
    assert [flow["ip_proto"] for flow in found] == [47, 41, 17]
    assert [flow.get("tunnel_parents") for flow in found] == [None, [found[0]["uid"]], [found[1]["uid"]]]


def test_what_is_in_a_tunnel_and_no_packet_counts_once(flows):
    """GRE that carries what nobody reads is a flow of its addresses."""
    (flow,) = flows([OUTER / GRE(proto=0x1234) / b"whatever", OUTER / GRE(proto=0x1234) / b"more"])
    assert (ends(flow), flow["orig_pkts"], flow.get("tunnel_parents")) == (("203.0.113.1", "203.0.113.2", 47), 2, None)


def test_a_parent_is_no_other_packets(flows):
    """A packet of no tunnel behind one of a tunnel has no parent."""
    found = flows([OUTER / GRE() / ASK, IP(src="192.0.2.77", dst="198.51.100.20") / UDP(sport=1, dport=2)])
    assert [flow.get("tunnel_parents") is not None for flow in found] == [False, True, False]


def test_the_first_four_parents_are_named(flows):
    found = flows([vxlan(OUTER, 50000 + number, ASK) for number in range(6)])
    (inner,) = [flow for flow in found if "tunnel_parents" in flow]
    assert inner["tunnel_parents"] == [flow["uid"] for flow in found if flow is not inner][:4]


def test_a_tunnel_that_carries_arp_alone_is_a_flow(flows, tmp_path, sniff):
    """And no exchange of a program that waits for an answer."""
    from scapy.layers.l2 import ARP

    (flow,) = flows([vxlan(OUTER, 50000, ARP())])
    assert flow["id.resp_p"] == 4789
    assert sniff(tmp_path / "tunnel.pcap", "--view", "udp").lines == []


@pytest.mark.parametrize(("choice", "protocols"), [("both", [17, 17]), ("inner", [17]), ("outer", [17])])
def test_which_flows_are_wanted(flows, choice, protocols):
    found = flows([vxlan(OUTER, 50000, ASK)], "--tunnels", choice)
    assert [flow["ip_proto"] for flow in found] == protocols
    assert found[0]["id.resp_p"] == (9000 if choice == "inner" else 4789)
    assert "tunnel_parents" not in found[0]


def test_the_outermost_alone(flows):
    frames = [OUTER / GRE() / IP(src="10.0.0.1", dst="10.0.0.2") / IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP()]
    assert [ends(flow) for flow in flows(frames, "--tunnels", "outer")] == [("203.0.113.1", "203.0.113.2", 47)]


def test_bytes_are_those_of_each_packet(flows):
    tunnel, inner = flows([OUTER / GRE() / ASK])
    assert (tunnel["orig_ip_bytes"], inner["orig_ip_bytes"]) == (20 + 4 + 31, 31)


def test_forms_of_the_column(tmp_path, sniff):
    """A list in JSON, joined with `;` in CSV as other lists are, and with `,` in Zeek's log (a set)."""
    path = tmp_path / "tunnel.pcap"
    wrpcap(str(path), [ETHER / vxlan(OUTER, 50000, ASK), ETHER / vxlan(BACK, 50001, ANSWER)])

    def lines(form):
        return sniff(path, "--view", "flows", "--format", form).lines

    (names,) = [flow["tunnel_parents"] for flow in map(json.loads, lines("json")) if "tunnel_parents" in flow]
    assert [f",{';'.join(names)}," in line for line in lines("csv")].count(True) == 1
    assert [f"\t{','.join(names)}\t" in line for line in lines("zeek")].count(True) == 1
    assert [line.endswith(f", in {' and '.join(names)}") for line in lines("text")].count(True) == 1
    assert rawkit.read_flows(path).to_polars()["tunnel_parents"].drop_nulls().to_list() == [names]
    values = [flow.tunnel_parents for flow in rawkit.read_events(path, kinds=[rawkit.FlowRecord])]
    assert sorted(values) == [(), (), tuple(names)]


def test_fragments_of_a_tunnel_are_one_packet_of_it(flows):
    """Put together they are decoded like others, to the flow inside."""
    inner = IP(src="192.0.2.10", dst="198.51.100.20") / UDP(sport=4000, dport=9000) / bytes(3000)
    tunnel, carried = flows([*fragment(OUTER / GRE() / inner, 1400)])
    assert (tunnel["ip_proto"], tunnel["orig_pkts"], tunnel["orig_ip_bytes"]) == (47, 1, 20 + 4 + 28 + 3000)
    assert (carried["orig_bytes"], carried["tunnel_parents"]) == (3000, [tunnel["uid"]])


def test_a_vlan_is_no_tunnel(flows):
    (flow,) = flows([Dot1Q(vlan=5) / ASK])
    assert "tunnel_parents" not in flow


def test_wrong_checksums_inside_change_nothing_outside(flows):
    damaged = bytearray(bytes(OUTER / GRE() / IP(src="192.0.2.10", dst="198.51.100.20") / TCP(flags="S")))
    damaged[-1] ^= 1
    tunnel, inner = flows([IP(bytes(damaged))], "--checksums", "verify")
    assert (tunnel["conn_state"], inner["history"]) == ("OTH", "C")
