"""What the wire says is printed escaped: no byte of it reaches a terminal, a JSON reader or a spreadsheet raw."""

from __future__ import annotations

import csv
import io
import json
import struct

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.view.lines import csv_line, json_line
from rawkit.view.text import escaped

NASTY = "\x1b]0;owned\x07\x9b31m\r\n\0\x7f\u202e"
HARMLESS = {*range(32, 127), 10}


def dns_datagram(label: bytes, *, answer: bool) -> bytes:
    """A question for a name of one label (RFC 1035, section 4.1), or the answer to it, in Ethernet, IPv4 and UDP."""
    name = bytes([len(label)]) + label + b"\0"
    question = name + struct.pack(">HH", 16, 1)
    record = name + struct.pack(">HHIHB", 16, 1, 60, len(label) + 1, len(label)) + label if answer else b""
    flags = 0x8180 if answer else 0x0100
    payload = struct.pack(">6H", 7, flags, 1, int(answer), 0, 0) + question + record
    client, server = (b"\xc0\x00\x02\x0a", 40000), (b"\xc6\x33\x64\x14", 53)
    (source, sport), (target, dport) = (server, client) if answer else (client, server)
    udp = dpkt.udp.UDP(sport=sport, dport=dport, ulen=8 + len(payload), data=payload)
    ip = dpkt.ip.IP(src=source, dst=target, p=17, len=28 + len(payload), data=udp)
    return bytes(dpkt.ethernet.Ethernet(src=b"\2" * 6, dst=b"\2" * 6, type=0x0800, data=ip))


@pytest.fixture
def capture(tmp_path):
    return write(tmp_path, NASTY.encode())


def write(tmp_path, label: bytes):
    path = tmp_path / "dns.pcap"
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        writer.writepkt(dns_datagram(label, answer=False), ts=1)
        writer.writepkt(dns_datagram(label, answer=True), ts=2)
    return path


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_names_of_any_byte(sniff, tmp_path, form):
    """Not all of them are UTF-8; all are told, by their numbers if need be, and break nothing."""
    for first in range(0, 256, 16):
        finished = sniff(write(tmp_path, bytes(range(first, first + 16))), "--view", "udp", "--format", form)
        assert finished.code == 0
        assert set(finished.out) <= HARMLESS
        assert finished.out.count(b"TXT") == 2


@pytest.mark.parametrize("view", ["packets", "udp", "flows"])
@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_a_name_of_control_characters(sniff, capture, view, form):
    finished = sniff(capture, "--view", view, "--format", form)
    assert finished.code == 0
    assert set(finished.out) <= HARMLESS
    assert set(finished.err.encode()) <= HARMLESS
    assert finished.out.count(b"\n") == (2 if view == "packets" else 1) + (form == "csv")


def test_the_name_is_there_all_the_same(sniff, capture):
    """Escaped in text, and in JSON so that a reader gets the very characters."""
    assert escaped(NASTY).encode() in sniff(capture, "--view", "udp").out
    (line,) = sniff(capture, "--view", "udp", "--format", "json").lines
    assert [NASTY in message for message in json.loads(line)["messages"]] == [True, True]


def test_a_dump_shows_dots(sniff, capture):
    dump = sniff(capture, "-x").out
    assert b"owned" in dump
    assert set(dump) <= HARMLESS | {9}


@given(st.text())
def test_escaped_text_is_printable_and_unambiguous(text):
    found = escaped(text)
    assert set(found.encode()) <= HARMLESS - {10}
    if "\\" not in text:
        assert found.encode().decode("unicode_escape") == text


@given(st.lists(st.text(), min_size=1))
def test_json_gives_back_every_text(texts):
    line = json_line({"one": texts[0], "all": texts})
    assert set(line.encode()) <= HARMLESS - {10}
    assert json.loads(line) == {"one": texts[0], "all": texts}


@given(st.lists(st.text(), min_size=2))
def test_csv_keeps_cells_apart(texts):
    line = csv_line(texts)
    assert set(line.encode()) <= HARMLESS - {10}
    assert next(csv.reader(io.StringIO(line))) == [escaped(text) for text in texts]
