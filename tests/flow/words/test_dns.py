"""DNS messages in words: built by scapy, read by tshark and dpkt too; cut, damaged, and made to cost time."""

from __future__ import annotations

import shutil
import struct
import subprocess

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import dns
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.utils import wrpcap

from rawkit.flow.udp.messages import describe
from rawkit.flow.words.dns import MOST_POINTERS, TYPES, dns_words, name_at

NO_MESSAGE = (ValueError, IndexError, struct.error)
NAME = "host.example"
ETHER = Ether(src="02:00:00:00:01:00", dst="02:00:00:00:02:00")  # without them scapy would ask the network for one

ANSWERS = {
    "A 192.0.2.1": dns.DNSRR(rrname=NAME, type="A", rdata="192.0.2.1"),
    "AAAA 2001:db8::1": dns.DNSRR(rrname=NAME, type="AAAA", rdata="2001:db8::1"),
    "NS ns.example": dns.DNSRR(rrname=NAME, type="NS", rdata="ns.example"),
    "CNAME other.example": dns.DNSRR(rrname=NAME, type="CNAME", rdata="other.example"),
    "PTR ptr.example": dns.DNSRR(rrname=NAME, type="PTR", rdata="ptr.example"),
    "DNAME d.example": dns.DNSRR(rrname=NAME, type="DNAME", rdata="d.example"),
    "TXT v=1 all": dns.DNSRR(rrname=NAME, type="TXT", rdata=["v=1", "all"]),
    r"TXT \xff!": dns.DNSRR(rrname=NAME, type="TXT", rdata=[b"\xff!"]),
    "MX mail.example": dns.DNSRRMX(rrname=NAME, preference=10, exchange="mail.example"),
    "SRV sip.example": dns.DNSRRSRV(rrname=NAME, target="sip.example", port=5060),
    "SOA": dns.DNSRRSOA(rrname=NAME, mname="ns.example", rname="root.example"),
    "RRSIG": dns.DNSRRRSIG(rrname=NAME, signersname="example", signature=b"x" * 64),
    "TYPE65280": dns.DNSRR(rrname=NAME, type=65280, rdata=b"\1\2\3"),
}


def message(*answers: dns._DNSRR, qtype: str = "A", **header: object) -> bytes:
    questions = [dns.DNSQR(qname=NAME, qtype=qtype)]
    return bytes(dns.DNS(id=7, qr=1, qd=questions, an=list(answers), **header))


@pytest.mark.parametrize("words", ANSWERS)
def test_one_answer(words):
    assert dns_words(message(ANSWERS[words])) == words
    assert dns_words(bytes(dns.dns_compress(dns.DNS(message(ANSWERS[words]))))) == words


def test_all_answers_and_what_is_left_out():
    assert dns_words(message(*ANSWERS.values())) == ", ".join(ANSWERS)
    address = ANSWERS["A 192.0.2.1"]
    assert dns_words(message(*20 * [address])) == ", ".join(16 * ["A 192.0.2.1"]) + ", 4 more"


def test_a_question():
    assert dns_words(bytes(dns.DNS(qr=0, qd=[dns.DNSQR(qname=NAME, qtype="HTTPS")]))) == f"HTTPS? {NAME}"
    assert dns_words(bytes(dns.DNS(qr=0, qd=[dns.DNSQR(qname=".", qtype="NS")]))) == "NS? ."


OPERATIONS = {
    (0, 0): f"A? {NAME}",
    (1, 0): f"inv_q A? {NAME}",
    (2, 0): f"stat A? {NAME}",
    (3, 0): f"op3 A? {NAME}",
    (4, 0): f"notify A? {NAME}",
    (5, 0): f"update A? {NAME}",
    (7, 0): f"op7 A? {NAME}",
    (0, 1): "no answer in it",
    (4, 1): "notify response",
    (5, 1): "update response",
    (6, 1): "op6 response",
}
"""By opcode and whether it is a response."""


def operation(opcode: int, response: int, **fields: object) -> bytes:
    return bytes(dns.DNS(id=7, opcode=opcode, qr=response, rd=0, qd=[dns.DNSQR(qname=NAME)], **fields))


@pytest.mark.parametrize(("opcode", "response"), OPERATIONS)
def test_operations(opcode, response):
    assert dns_words(operation(opcode, response)) == OPERATIONS[opcode, response]


def test_operations_that_say_more():
    """RFC 1996, 3.7 and 4.7: the new SOA may come along; RFC 2136, 2.5: records to be added stand where servers do."""
    assert dns_words(operation(4, 0, an=[ANSWERS["SOA"]])) == f"notify A? {NAME}"
    assert dns_words(operation(5, 0, ns=[ANSWERS["A 192.0.2.1"]])) == f"update A? {NAME}"
    assert dns_words(operation(4, 1, rcode=9)) == "notify response, NOTAUTH"
    assert dns_words(operation(5, 1, rcode=5)) == "update response, REFUSED"
    assert dns_words(operation(4, 1, an=[ANSWERS["A 192.0.2.1"]])) == "notify response, A 192.0.2.1"


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("tcpdump") is None, reason="needs tcpdump")
def test_operations_are_called_as_by_tcpdump(tmp_path):
    packet = ETHER / IP(src="192.0.2.1", dst="192.0.2.2")
    ports = [UDP(sport=40000, dport=53, chksum=0), UDP(sport=53, dport=40000, chksum=0)]
    wrpcap(
        str(tmp_path / "dns.pcap"),
        [packet / ports[response] / operation(opcode, response) for opcode, response in OPERATIONS],
    )
    done = subprocess.run(["tcpdump", "-nnr", tmp_path / "dns.pcap"], capture_output=True, text=True, check=True)
    lines = [line.split(": 7", 1)[1] for line in done.stdout.splitlines()]
    for line, ((opcode, response), words) in zip(lines, OPERATIONS.items(), strict=True):
        name = words.split()[0] if opcode else ""
        assert line.startswith(f" {name}".rstrip() + ("-" if response else " "))


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"rcode": 3}, "NXDOMAIN"),
        ({"rcode": 12}, "error 12"),
        ({"tc": 1}, "truncated"),
        ({"ar": [dns.DNSRROPT(extrcode=1)]}, "BADVERS"),
        ({"rcode": 7, "ar": [dns.DNSRROPT(extrcode=1)]}, "BADCOOKIE"),
        ({"ns": [ANSWERS["SOA"]]}, "no answer in it"),
    ],
)
def test_without_an_answer(header, words):
    assert dns_words(message(**header)) == words


def test_types_are_those_of_scapy():
    known = {number: name for number, name in dns.dnstypes.items() if number in TYPES}
    assert {number: TYPES[number] for number in known} == known | ({255: "ANY"} if 255 in known else {})


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
def test_names_and_types_are_those_of_tshark(tmp_path):
    packet = ETHER / IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=53, dport=40000, chksum=0)
    wrpcap(str(tmp_path / "dns.pcap"), [packet / message(*ANSWERS.values())])
    fields = ["dns.qry.name", "dns.resp.type", "dns.ns", "dns.cname", "dns.mx.mail_exchange", "dns.srv.target", "dns.a"]
    command = ["tshark", "-n", "-r", tmp_path / "dns.pcap", "-T", "fields", *(f"-e{name}" for name in fields)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    name, kinds, *values = done.stdout.rstrip("\n").split("\t")
    assert name == NAME
    assert [TYPES.get(int(kind), f"TYPE{kind}") for kind in kinds.split(",")] == [one.split()[0] for one in ANSWERS]
    assert values == ["ns.example", "other.example", "mail.example", "sip.example", "192.0.2.1"]
    assert all(any(words.endswith(f" {value}") for words in ANSWERS) for value in values)


def test_a_message_that_was_cut_gives_what_is_whole():
    answers = list(ANSWERS)[:3]
    whole = message(*(ANSWERS[one] for one in answers))
    ends = [len(message(*(ANSWERS[one] for one in answers[:count]))) for count in range(4)]
    assert dns_words(whole[: ends[0]]) == "cut short"
    for size in range(ends[0], len(whole)):
        kept = sum(end <= size for end in ends[1:])
        assert dns_words(whole[:size]) == ", ".join([*answers[:kept], "cut short"])
    for size in range(ends[0]):
        assert describe("dns", whole[:size]) == ""


@given(st.lists(st.text(st.characters(exclude_characters=".\\", codec="utf-8"), min_size=1, max_size=15), max_size=4))
def test_names_are_those_of_dpkt(labels):
    """But for dots and backslashes inside a label, which dpkt does not escape."""
    packed = b"".join(bytes([len(raw := label.encode())]) + raw for label in labels) + b"\0"
    assert name_at(packed, 0) == (dpkt.dns.unpack_name(packed, 0)[0] or ".")
    pointed = packed + b"\3www\xc0\0"
    assert name_at(pointed, len(packed)) == dpkt.dns.unpack_name(pointed, len(packed))[0]


def test_no_two_names_read_alike():
    """RFC 1035, 5.1: a backslash before a dot, or before itself, inside a label."""
    names = [(b"a.b",), (b"a", b"b"), (b"a\\.b",), (b"a\\", b"b"), (b"a\\b",)]
    packed = [b"".join(bytes([len(label)]) + label for label in labels) + b"\0" for labels in names]
    assert [name_at(one, 0) for one in packed] == [r"a\.b", "a.b", r"a\\\.b", r"a\\.b", r"a\\b"]


@given(st.binary(max_size=80), st.sampled_from([b"", message(*ANSWERS.values())]), st.integers(0, 500))
def test_any_bytes(noise, whole, place):
    damaged = whole[:place] + noise + whole[place + len(noise) :]
    try:
        assert isinstance(dns_words(damaged), str)
    except NO_MESSAGE:
        assert describe("dns", damaged) == ""


class Counting(bytes):
    """Counts how often one of its bytes is looked at."""

    looks = 0

    def __getitem__(self, place):
        Counting.looks += 1
        return super().__getitem__(place)


def test_pointers_to_pointers_cost_no_more_than_they_may():
    """4,000 records whose names lead through 8,000 pointers each: 33 million steps, were they all followed."""
    start = 12 + 11
    chain = b"\0\0" + b"".join(struct.pack(">H", 0xC000 | start + 2 * place) for place in range(8170))
    first = b"\0" + struct.pack(">HHIH", 10, 1, 0, len(chain)) + chain
    last = struct.pack(">H", 0xC000 | start + 2 * 8170)
    record = last + struct.pack(">HHIH", 5, 1, 0, 2) + last
    crowd = Counting(struct.pack(">6H", 7, 0x8180, 0, 3501, 0, 0) + first + 3500 * record)
    Counting.looks = 0
    assert dns_words(crowd) == "TYPE10, " + ", ".join(15 * ["CNAME"]) + ", 3485 more"
    assert Counting.looks < 3500 * (2 * MOST_POINTERS + 20)


def test_a_name_that_leads_to_itself():
    for loop in (b"\xc0\x00", b"\1a\xc0\x00", b"\xc0\x02\xc0\x00"):
        with pytest.raises(ValueError, match=r"pointer|too long"):
            name_at(loop, 0)
