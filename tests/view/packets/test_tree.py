"""The tree of a packet as text: what is shown, how much of it, and that nothing of the wire acts on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import GRE, Ether
from scapy.layers.vxlan import VXLAN

from rawkit import linktypes
from rawkit.api.packet import Packet
from rawkit.api.tree import tree
from rawkit.view.packets.tree import MOST_LINES, tree_lines

ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
V4 = IP(src="192.0.2.1", dst="192.0.2.2", id=7)
LINKS = st.sampled_from([linktypes.ETHERNET, linktypes.RAW, linktypes.LINUX_SLL, linktypes.IEEE802_11_RADIOTAP, 195])


def lines(packet, *, details=False):
    return list(tree_lines(Packet.from_bytes(bytes(packet)).tree(), details=details))


def test_a_line_a_layer():
    assert lines(ETHER / V4 / TCP(sport=40000, dport=9, flags="PA", seq=5, ack=6, window=7) / b"hello") == [
        "  eth    dst 02:00:00:00:00:02, src 02:00:00:00:00:01, type IPv4 (0x0800)",
        "  ip     src 192.0.2.1, dst 192.0.2.2, id 7, ttl 64, proto TCP (6)",
        "  tcp    srcport 40000, dstport 9, seq_raw 5, ack_raw 6, flags P. (0x0018), window_size_value 7",
        "  data   5 bytes",
    ]


def test_a_line_a_field():
    found = lines(ETHER / V4 / UDP(sport=40000, dport=9, chksum=0x1234) / b"hi\x1b!", details=True)
    assert found[0] == "  eth, 14 bytes at 0"
    assert "    ip.ttl                       64                          22  40" in found
    assert found[-7:] == [
        "  udp, 8 bytes at 34",
        "    udp.srcport                  40000                       34  9c40",
        "    udp.dstport                  9                           36  0009",
        "    udp.length                   12                          38  000c",
        "    udp.checksum                 0x1234                      40  1234",
        "  data, 4 bytes at 42",
        '    data.data                    "hi.!"                      42  68691b21',
    ]


def test_headers_around_tunnels():
    inner = ETHER / V4 / GRE() / V4 / UDP(dport=4789) / VXLAN(vni=77, flags=8) / ETHER / V4 / UDP(dport=9)
    names = [layer.name for layer in Packet.from_bytes(bytes(inner)).tree()]
    assert names == ["eth", "ip", "gre", "ip", "udp", "vxlan", "eth", "ip", "udp"]
    assert "  vxlan  vni 77" in lines(inner)


def test_what_only_scapy_reads_is_marked():
    query = ETHER / V4 / UDP(sport=40000, dport=53) / DNS(id=5, qd=DNSQR(qname="a.example"))
    *_, last = lines(query)
    assert last.startswith("  DNS (scapy) id 5, opcode QUERY, rd 1")
    assert any(line.startswith("  DNS (scapy), 27 bytes at 42") for line in lines(query, details=True))
    assert "    rd                           1                           44  01" in lines(query, details=True)


def test_quoted_headers_are_marked(root):
    import rawkit

    with rawkit.open(root / "captures/tcp-port-unreachable.pcap") as capture:
        _, error, *_ = capture.packets()
    shown = list(tree_lines(error.tree(), details=False))
    assert [line.split()[:2] for line in shown[-2:]] == [["ip", "(quoted)"], ["tcp", "(quoted)"]]


def test_scapy_is_imported_where_it_is_needed_alone(root):
    import subprocess
    import sys

    code = (
        "import sys, rawkit\n"
        "with rawkit.open('captures/tcp-connect-refused.pcap') as capture:\n"
        "    [str(packet.tree()) for packet in capture.packets()]\n"
        "print('scapy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "False\n"


def test_no_packet_has_lines_without_end():
    nested = ETHER
    for _ in range(9):
        nested = nested / V4 / UDP(dport=4789, sport=1) / VXLAN(flags=8) / ETHER
    answers = DNS(qr=1, an=[DNSRR(rrname="a" * 60, rdata="192.0.2.1") for _ in range(30)])
    for packet in (nested / V4 / UDP(sport=53) / answers, ETHER / V4 / UDP(sport=53) / answers):
        for details in (True, False):
            found = lines(packet, details=details)
            assert len(found) <= MOST_LINES + 1
            assert max(map(len, found)) < 1200


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=150), LINKS)
def test_whatever_the_bytes_are_lines_are_printable(frame, link_type):
    for details in (True, False):
        for line in tree_lines(tree(frame, len(frame), link_type), details=details):
            assert line.isascii()
            assert line.isprintable()


@pytest.mark.parametrize("name", ["\x1b[31mred", "\u202egnp.exe", "\x9b31m"])
def test_names_of_the_wire_are_escaped(name):
    query = ETHER / V4 / UDP(dport=53, sport=53) / DNS(qd=DNSQR(qname=name.encode() + b".example"))
    text = "".join(lines(query, details=True))
    assert "example" in text
    assert text.isascii()
    assert text.isprintable()


def test_trees_come_some_at_a_time(root, tmp_path):
    """Who reads the first lines of a large file does not wait for the trees of all that was read with them."""
    import rawkit
    from rawkit.api.below import trees
    from rawkit.view.packets.below import AT_ONCE, Below
    from rawkit.view.packets.view import PacketsView

    content = (root / "captures" / "dns.pcap").read_bytes()
    path = tmp_path / "many.pcap"
    path.write_bytes(content[:24] + content[24:] * 50)
    told = []
    with rawkit.open(path, engine="interpreted") as capture:
        capture.prepare(lambda engine, _: Below(PacketsView(engine, "text", numeric=True), [trees(details=False)]))
        capture.show(told.append)
    sizes = [part.count(b"  eth ") for part in told]
    assert (sum(sizes), max(sizes)) == (1000, AT_ONCE)
    assert b"".join(told).count(b" IP 192.0.2.10.40000 > 198.51.100.20.53: ") > 50
