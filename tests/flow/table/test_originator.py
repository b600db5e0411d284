"""Who opened a flow whose first packet opens nothing (Zeek: WantConnection, with the ports of its default scripts)."""

from __future__ import annotations

import socket
import struct

import pytest

from rawkit.flow.rules import FlowRules

BEGIN = 1_700_000_000 * 10**9
CLIENT, SERVER, EVERYONE = (socket.inet_aton(text) for text in ("192.0.2.10", "198.51.100.20", "255.255.255.255"))


def packet(protocol: int, source: tuple[bytes, int], target: tuple[bytes, int], flags: int = 0) -> bytes:
    """An IPv4 packet without checksums, which are not looked at where they are 0 (UDP) or ignored (TCP)."""
    ports = struct.pack("!HH", source[1], target[1])
    udp = ports + struct.pack("!HH", 12, 0) + b"data"
    tcp = ports + struct.pack("!IIBBHHH", 1000, 2000, 0x50, flags, 100, 0, 0)
    rest = udp if protocol == 17 else tcp
    return struct.pack("!BBHIBBH", 0x45, 0, 20 + len(rest), 0, 64, protocol, 0) + source[0] + target[0] + rest


ACK, SYN, SYN_ACK, RST = 0x10, 0x02, 0x12, 0x04

FLIPPED = {
    "an answer of a DNS server": (17, 53, 40000, 0, True),
    "a question to one": (17, 40000, 53, 0, False),
    "servers among themselves": (17, 123, 123, 0, False),
    "neither": (17, 40000, 40001, 0, False),
    "the middle of HTTP": (6, 80, 6705, ACK, True),
    "a reset of a web server": (6, 443, 40000, RST, True),
    "the client's side of it": (6, 6705, 80, ACK, False),
    "both have servers' ports: the lower is the server's": (6, 80, 8080, ACK, True),
    "both, the other way": (6, 8080, 80, ACK, False),
    "a SYN opens, wherever it comes from": (6, 80, 6705, SYN, False),
    "a SYN-ACK answers": (6, 9000, 6705, SYN_ACK, True),
}


@pytest.mark.parametrize("name", FLIPPED)
def test_originator(track, name):
    protocol, source, target, flags, flipped = FLIPPED[name]
    one = packet(protocol, (SERVER, source), (CLIENT, target), flags)
    (flow,) = track([(BEGIN, one)], rules=FlowRules(checksums="ignore")).flows
    sender = flow.resp if flipped else flow.orig
    assert (sender.address, sender.port) == ("198.51.100.20", source)
    assert flow.history.startswith("^") == flipped
    assert (flow.orig_pkts, flow.resp_pkts) == ((0, 1) if flipped else (1, 0))


def test_nobody_opens_a_flow_from_the_broadcast_address(track):
    """A DHCP server's offer to all (Zeek: IPBasedAnalyzer::NewConn)."""
    (flow,) = track([(BEGIN, packet(17, (SERVER, 67), (EVERYONE, 68)))]).flows
    assert (flow.orig.port, flow.history, flow.conn_state) == (67, "D", "S0")


def test_an_exchange_whose_request_is_not_captured(sniff, tmp_path):
    from scapy.utils import wrpcap

    path = tmp_path / "answer.pcap"
    wrpcap(str(path), [packet(17, (SERVER, 53), (CLIENT, 40000))], linktype=101)
    (told,) = sniff(path, "-n", "-t", "--view", "udp").lines
    assert told == "192.0.2.10:40000 > 198.51.100.20:53: no request captured; 1 answer (4 bytes); recv() = data"
