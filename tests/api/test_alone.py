"""Packets of no capture (`Packet.from_bytes`, pickled ones): what they say is what scapy and the capture say."""

from __future__ import annotations

import pickle

import pytest
from scapy.layers.inet import TCP
from scapy.utils import rdpcap

import rawkit
from rawkit.tables import FieldError

TRACKED = ("tcp.stream", "udp.stream", "tcp.analysis")


@pytest.mark.parametrize("name", ["tcp-close-by-client.pcap", "dns.pcap", "vlan.pcap", "format-two-interfaces.pcapng"])
def test_one_of_its_bytes_says_what_the_capture_says(root, name):
    with rawkit.open(root / "captures" / name) as packets:
        for packet in packets:
            alone = rawkit.Packet.from_bytes(packet.bytes, packet.time_ns, packet.link_type)
            same = {field: packet[field] for field in packet if field not in (*TRACKED, "frame.number", "frame.len")}
            assert {field: alone[field] for field in alone if field not in ("frame.number", "frame.len")} == same
            assert (alone.number, alone.length, alone.payload) == (1, len(packet.bytes), packet.payload)


def test_one_of_scapys_bytes(capture):
    for packet in rdpcap(str(capture("tcp-close-by-client"))):
        alone = rawkit.Packet.from_bytes(bytes(packet), int(packet.time * 10**9))
        assert (alone["tcp.seq_raw"], alone["tcp.flags"]) == (packet[TCP].seq, int(packet[TCP].flags))
        assert bytes(alone.to_scapy()) == bytes(packet)


def test_there_is_no_stream_of_one():
    alone = rawkit.Packet.from_bytes(bytes(60))
    with pytest.raises(FieldError, match=r"tcp\.stream needs the packets before: go through a capture"):
        alone["tcp.stream"]
    assert set(TRACKED).isdisjoint(alone)


def test_nothing_is_decoded_before_it_is_asked_for(monkeypatch):
    def decode(*_):
        raise AssertionError("decoded")

    alone = rawkit.Packet.from_bytes(bytes(60), 7)
    monkeypatch.setattr("rawkit.decode.Decoder.decode", decode)
    assert (alone.time_ns, alone.bytes, alone.number, alone.length, alone.link_type) == (7, bytes(60), 1, 60, 1)
    with pytest.raises(AssertionError, match="decoded"):
        alone["eth.type"]


@pytest.mark.parametrize("follow", [True, False])
@pytest.mark.parametrize(
    "name", ["tcp-tail-loss-probe.pcap", "checksum-offload.pcap", "vlan.pcap", "format-two-interfaces.pcapng"]
)
def test_a_pickled_packet_is_the_same(root, name, follow):
    with rawkit.open(root / "captures" / name) as packets:
        for packet in packets.packets(follow=follow):
            data = pickle.dumps(packet)
            again = pickle.loads(data)
            assert len(data) < len(packet.bytes) + 1500
            assert dict(again) == dict(packet)
            assert (again.bytes, again.number, again.interface) == (packet.bytes, packet.number, packet.interface)
            assert str(again) == str(packet)
