"""What messages say in packets' lines, against tcpdump and tshark; and what no bytes may do to the line."""

from __future__ import annotations

import re
import ssl
import subprocess
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import LLC, STP, Dot3, Ether
from scapy.layers.ntp import NTPHeader
from scapy.layers.ppp import PPPoED, PPPoED_Tags, PPPoETag
from scapy.packet import Raw
from scapy.utils import wrpcap

from rawkit.decode import Decoder
from rawkit.files import open_capture
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.view.packets.view import PacketsView
from rawkit.view.packets.words import MOST_NOTES
from tests.view.packets.test_text import all_alike, lines, needs_tcpdump, tcpdump
from tests.view.packets.test_udp_names import CORPUS, needs_tshark, tshark

A, B = "192.0.2.10", "198.51.100.20"
ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
V4 = ETHER / IP(src=A, dst=B)
SOURCE = "02:00:00:00:00:01"


@pytest.fixture(params=["interpreted", "compiled"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


def segment(payload: bytes, dport: int = 443, sport: int = 43210) -> bytes:
    return bytes(V4 / TCP(sport=sport, dport=dport, flags="PA") / Raw(payload))


def datagram(payload, dport: int, sport: int = 43210) -> bytes:
    return bytes(V4 / UDP(sport=sport, dport=dport) / payload)


def words(engine: Engine, *frames: bytes) -> list[str]:
    """What stands behind the length of the lines."""
    return [re.split(r"length \d+(?:: )?", line, maxsplit=1)[1] for line in lines(engine, list(frames))]


# TLS ---------------------------------------------------------------------------------------------------------


def client_hello(name: str | None, *protocols: str, most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> bytes:
    """OpenSSL's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # which loads no certificates
    context.check_hostname, context.verify_mode, context.maximum_version = False, ssl.CERT_NONE, most
    if protocols:
        context.set_alpn_protocols(list(protocols))
    out = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name).do_handshake()
    return out.read()


def server_hello(random: bytes = bytes(range(32)), extensions: str = "002b 0002 0304") -> bytes:
    listed = bytes.fromhex(extensions)
    body = b"\3\3" + random + bytes.fromhex("00 1301 00") + len(listed).to_bytes(2, "big") + listed
    message = b"\2" + len(body).to_bytes(3, "big") + body
    return b"\x16\3\3" + len(message).to_bytes(2, "big") + message


RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
HELLOS = {
    "TLS 1.3 Client Hello, SNI www.example.com, ALPN h2,http/1.1": client_hello("www.example.com", "h2", "http/1.1"),
    "TLS 1.3 Client Hello": client_hello(None),
    "TLS 1.2 Client Hello, SNI old.example.com": client_hello("old.example.com", most=ssl.TLSVersion.TLSv1_2),
    "TLS 1.3 Server Hello": server_hello(),
    "TLS 1.2 Server Hello, ALPN h2": server_hello(extensions="0010 0005 0003 02 6832"),
    "TLS 1.2 Server Hello": server_hello(extensions=""),
    "TLS 1.3 Hello Retry Request": server_hello(RETRY),
}


def test_hellos(engine):
    assert words(engine, *map(segment, HELLOS.values())) == list(HELLOS)


@pytest.mark.parametrize("field", ["name", "protocols", "version", "kind"])
class TestHellosAgainstTshark:
    pytestmark = needs_tshark
    FIELDS: ClassVar = {
        "name": ("tls.handshake.extensions_server_name", r"SNI ([^,]+)"),
        "protocols": ("tls.handshake.extensions_alpn_str", r"ALPN (.+)"),
        "version": ("tls.handshake.extensions.supported_version", r"TLS 1.3"),
        "kind": ("tls.handshake.type", r"(Client|Server|Retry)"),
    }

    def test_hellos(self, tmp_path, interpreted, field):
        frames = [segment(hello, sport=43210 + number) for number, hello in enumerate(HELLOS.values())]
        wrpcap(str(tmp_path / "a.pcap"), [Ether(frame) for frame in frames])
        theirs = [found for (found,) in tshark(tmp_path / "a.pcap", self.FIELDS[field][0])]
        ours = [re.search(self.FIELDS[field][1], line) for line in words(interpreted, *frames)]
        assert any(theirs)
        if field == "version":
            assert [found is not None for found in ours] == ["0x0304" in found for found in theirs]
        elif field == "kind":
            numbers = {"Client": "1", "Server": "2", "Retry": "2"}
            assert [numbers[found[1]] for found in ours if found] == theirs
        else:
            assert [found[1] if found else "" for found in ours] == theirs


def test_hello_that_goes_on_in_another_segment(engine):
    """What was there is told, and nothing that was not: a version that stands behind the cut is not known."""
    hello = client_hello("www.example.com", "h2")
    at = hello.index(b"www.example.com") + len("www.example.com")
    before, behind = words(engine, segment(hello[: at - 1]), segment(hello[:at]))
    assert before == "TLS Client Hello, cut short"
    assert behind == "TLS Client Hello, SNI www.example.com, cut short"
    every = words(engine, *(segment(hello[:end]) for end in range(len(hello))))
    form = re.compile(r"|TLS( 1\.3)? Client Hello(, SNI www\.example\.com)?(, ALPN h2)?, cut short")
    assert [found for found in every if not form.fullmatch(found)] == []


@pytest.mark.parametrize(
    "payload",
    [
        b"\x16\3\1\0\x45\1",
        b"\x16\3\1\xff\xff" + client_hello(None)[5:],
        b"\x16\2\1" + client_hello(None)[3:],
        client_hello(None)[:9] + b"\7\7" + client_hello(None)[11:],
        b"\x17" + client_hello(None)[1:],
    ],
)
def test_what_only_looks_like_a_hello(engine, payload):
    assert words(engine, segment(payload)) == [""]


# HTTP --------------------------------------------------------------------------------------------------------

HTTP = [
    b"GET /index.html?a=b HTTP/1.1\r\nHost: example.com\r\n\r\n",
    b"POST /x HTTP/1.0\r\n\r\nabc",
    b"OPTIONS * HTTP/1.1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n",
    b"HTTP/1.1 404 Not Found\n\n",
]


class TestHttpAgainstTcpdump:
    pytestmark = needs_tcpdump

    def test_lines(self, engine, tmp_path):
        frames = [segment(payload, 80) for payload in HTTP]
        assert lines(engine, frames) == tcpdump(tmp_path / "a.pcap", frames, "-t")


def test_http_on_any_port(engine):
    assert words(engine, segment(HTTP[0], 8443)) == ["HTTP: GET /index.html?a=b HTTP/1.1"]


@pytest.mark.parametrize(
    "payload", [b"GET it\r\n", b"GET / HTTP/2\r\n", b"HTTPS", b"GETX / HTTP/1.1", b"HTTP/1.1 OK\r\n"]
)
def test_what_only_looks_like_http(engine, payload):
    assert words(engine, segment(payload, 80)) == [""]


# Frames of links ---------------------------------------------------------------------------------------------


def bpdu(version: int, kind: int, flags: int = 0) -> bytes:
    message = STP(version=version, bpdutype=kind, bpduflags=flags, bridgemac=SOURCE, rootmac=SOURCE, portid=0x8001)
    behind = Raw(bytes(version >= 2))  # RSTP's has one byte more, the length of what version 1 has
    return bytes(Dot3(src=SOURCE, dst="01:80:c2:00:00:00") / LLC(dsap=0x42, ssap=0x42, ctrl=3) / message / behind)


BPDUS = [
    *(bpdu(0, 0, flags) for flags in (0, 1, 0x80, 0x81)),
    bpdu(0, 0x80),
    *(bpdu(2, 2, flags) for flags in (0x3C, 0x7E, 1, 0)),
]
DISCOVERY = [
    bytes(Ether(src=SOURCE, dst=B, type=0x8863) / PPPoED(code=code, sessionid=session) / PPPoED_Tags(tag_list=tags))
    for code, session, tags, B in (
        (0x09, 0, [PPPoETag(tag_type=0x101)], "ff:ff:ff:ff:ff:ff"),
        (0x07, 0, [PPPoETag(tag_type=0x102, tag_value=b"ac 1"), PPPoETag(tag_type=0x103, tag_value=b"\1\xfe")], SOURCE),
        (0x65, 0x1234, [PPPoETag(tag_type=0x101, tag_value=b"isp")], SOURCE),
        (0xA7, 0x1234, [], SOURCE),
    )
]


class TestLinksAgainstTcpdump:
    pytestmark = needs_tcpdump

    def test_spanning_tree(self, engine, tmp_path):
        theirs = [line.partition(", length")[0] for line in tcpdump(tmp_path / "a.pcap", BPDUS, "-t")]
        assert [each.removesuffix(" (unknown llc)") for each in words(engine, *BPDUS)] == theirs

    def test_discovery(self, engine, tmp_path):
        assert words(engine, *DISCOVERY) == tcpdump(tmp_path / "a.pcap", DISCOVERY, "-t")

    @pytest.mark.corpus
    @pytest.mark.skipif(not CORPUS.exists(), reason="needs the captures in ../shared/corpus")
    @pytest.mark.parametrize("name", ["pppoe", "802.1w_rapid_STP", "LLDP_and_CDP", "lldp_mudurl"])
    def test_captures_of_others(self, interpreted, name):
        """Of LLDP tcpdump tells the name alone, and of PPPoE all."""
        path = CORPUS / "tcpdump" / f"{name}.pcap"
        command = ["tcpdump", "-nnt", "-r", str(path)]
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        theirs = [line for line in shown if not line.startswith((" ", "\t"))]
        told = 0
        for ours, their in zip(of_capture(path, interpreted), theirs, strict=True):
            if their.startswith("LLDP"):
                name_told = their.partition(": ")[2]
                assert ": LLDP " in ours
                assert not name_told or f": LLDP {name_told}" in ours
            elif their.startswith(("PPPoE PAD", "STP 802.1w", "STP 802.1d")):
                assert ours.partition(": ")[2].removesuffix(" (unknown llc)") == their.partition(", length")[0].rstrip()
            else:
                continue
            told += 1
        assert told


def of_capture(path: Path, engine: Engine) -> list[str]:
    view, found = PacketsView(engine, "text", numeric=True, times=1), []
    tracker = FlowTracker(engine, view.wanted)
    with open_capture(path, engine) as capture:
        for batch in capture:
            packets = Decoder(engine).decode(batch)
            found += view.render(packets, tracker.track(packets)).decode().splitlines()
    return found


# Datagrams ---------------------------------------------------------------------------------------------------

QUERY = DNS(id=7, qd=DNSQR(qname="www.example.com", qtype="AAAA"))
ANSWER = DNS(id=7, qr=1, qd=QUERY.qd, an=DNSRR(rrname="www.example.com", type="A", rdata=B))


def test_the_same_words_as_in_the_udp_view(engine):
    """One parser has them; tests/flow/words holds it to others."""
    offer = BOOTP(op=2, xid=9, yiaddr=A) / DHCP(options=[("message-type", "offer"), ("server_id", B), "end"])
    length = len(bytes(QUERY)).to_bytes(2, "big")
    assert words(
        engine,
        datagram(QUERY, 53),
        datagram(ANSWER, 43210, 53),
        datagram(QUERY, 5353),
        segment(length + bytes(QUERY), 53),
        datagram(offer, 68, 67),
        datagram(NTPHeader(version=4, mode=3), 123),
        datagram(b"hello", 53),
        datagram(QUERY, 5354),
    ) == [
        "DNS AAAA? www.example.com",
        f"DNS A {B}",
        "DNS AAAA? www.example.com",
        "DNS AAAA? www.example.com",
        f"DHCP Offer xid 0x00000009 {A} server {B}",
        "NTPv4 client, stratum 2, reference 127.0.0.1",
        "",
        "",
    ]


def test_nothing_that_a_terminal_acts_on_comes_out(engine):
    evil = "\x1b[31m\x9b\u202e\n"
    hello = client_hello("aaaaaaaaaaaaaaaa.test").replace(b"aaaaaaaaaaaaaaaa", "\x1b[31m\u202eabcdefgh".encode())
    frames = [
        segment(f"GET /{evil.strip()} HTTP/1.1\r\n".encode(), 80),
        segment(hello),
        datagram(bytes(QUERY).replace(b"www", b"\x1b\nw"), 53),
        bytes(Ether(src=SOURCE, dst=SOURCE, type=0x88CC) / Raw(bytes.fromhex("0a05") + evil[:5].encode())),
    ]
    found = lines(engine, frames)
    assert all(line.isascii() and line.isprintable() for line in found)
    assert [re.search(r"\\x1b", line) is not None for line in found] == [True] * len(frames)


def test_more_messages_than_the_kernel_has_room_for(engine):
    frames = [datagram(QUERY, 53), segment(b"abc")] * (MOST_NOTES + 3)
    found = words(engine, *frames)
    assert found == ["DNS AAAA? www.example.com", ""] * (MOST_NOTES + 3)


def test_marks_and_dump_stand_behind(engine):
    batch = FrameBatch.from_frames([datagram(QUERY, 53)])
    packets = Decoder(engine).decode(batch)
    tracked = FlowTracker(engine, 0).track(packets)
    tracked.analysis[:] = 1
    view = PacketsView(engine, "text", numeric=True, hex_dump=True)
    first, second, *_ = view.render(packets, tracked).decode().splitlines()
    assert first.endswith(": DNS AAAA? www.example.com [retransmission]")
    assert second.startswith("\t0x0000:")


ALL = [
    *map(segment, [*HELLOS.values(), *HTTP]),
    *BPDUS,
    *DISCOVERY,
    datagram(QUERY, 53),
    datagram(ANSWER, 43210, 53),
    bytes(Ether(type=0x88CC) / Raw(bytes.fromhex("020704020000000001 0403056574 0a03737731 0000"))),
]


@given(st.sampled_from(ALL), st.data())
def test_any_bytes(interpreted, compiled, frame, data):
    spoiled = bytearray(frame)
    for _ in range(data.draw(st.integers(0, 4))):
        spoiled[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(spoiled[: data.draw(st.integers(0, len(frame)))])
    all_alike([interpreted, compiled], FrameBatch.from_frames([bytes(spoiled), cut, frame]))


def test_plain_text_needs_no_words(engine):
    """Segments without such a message leave the kernel's text as it is."""
    frames = [segment(bytes([first]) * 40, 9) for first in np.arange(256, dtype=np.uint8).tolist()]
    assert set(words(engine, *frames)) == {""}
