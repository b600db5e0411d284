"""Anonymous captures: tshark finds the same in them but for addresses, and no address of before."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from ipaddress import ip_address
from pathlib import Path

import numpy as np
import pytest

import rawkit
from rawkit.errors import CaptureError
from rawkit.files import Interface, PcapngWriter, open_capture
from rawkit.rewrite.anonymizer import Anonymizer
from rawkit.rewrite.mapping import Mapping
from rawkit.values import replace
from rawkit.wire.checksum import crc32c
from tests.conftest import CORPUS

KEY = bytes(range(32))
CHECKED = ["ip", "tcp", "udp", "icmp", "icmpv6", "dccp", "sctp", "igmp", "gre"]
SAME = [
    "frame.len", "frame.cap_len", "frame.time_epoch", *(f"{name}.checksum.status" for name in CHECKED),
    "ip.id", "ip.ttl", "ip.len", "ip.proto", "ip.frag_offset", "ip.opt.type", "ipv6.nxt", "ipv6.hlim", "ipv6.plen",
    "tcp.stream", "tcp.seq", "tcp.ack", "tcp.flags", "tcp.len", "tcp.window_size", "tcp.analysis.flags",
    "tcp.options.mss_val", "tcp.options.timestamp.tsval", "tcp.option_kind", "udp.stream", "udp.length", "eth.type",
    "eth.ig", "eth.lg", "vlan.id", "arp.opcode", "icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code",
    "icmpv6.opt.type", "dns.id", "dns.flags", "dns.qry.type", "dns.qry.name.len", "dns.count.labels", "dns.resp.type",
    "dns.resp.ttl", "dns.count.answers", "dns.resp.len", "dhcp.option.type", "dhcp.option.dhcp", "ntp.stratum",
    "gre.proto", "mpls.label", "vxlan.vni", "sctp.chunk_type", "sctp.chunk_length", "sctp.data_tsn_raw", "dccp.type",
    "igmp.type", "_ws.malformed",
]  # fmt: skip
IPS = [
    "ip.addr", "ipv6.addr", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "icmpv6.nd.ns.target_address",
    "icmpv6.nd.na.target_address", "icmpv6.opt.prefix", "dns.a", "dns.aaaa", "icmp.redir_gw", "dhcp.ip.your",
    "dhcp.option.dhcp_server_id", "icmpv6.mldr.mar.multicast_address", "igmp.maddr", "ipv6.routing.src.addr",
]  # fmt: skip
MACS = ["eth.addr", "arp.src.hw_mac", "arp.dst.hw_mac", "icmpv6.opt.linkaddr", "dhcp.hw.mac_addr", "wlan.addr",
        "sll.src.eth"]  # fmt: skip
FIELDS = [*SAME, *IPS, *MACS]
IN_TWO_SEGMENTS = 2
"""Answers in dns.pcap and dns6.pcap that come in two segments: the second is payload."""


def tshark(path):
    """The fields of each frame, all that occur of each."""
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    checks = [word for name in ("ip", "tcp", "udp", "dccp") for word in ("-o", f"{name}.check_checksum:TRUE")]
    wanted = [word for field in FIELDS for word in ("-e", field)]
    command = ["tshark", "-n", "-r", path, *checks, "-T", "fields", *wanted, "-E", "occurrence=a"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in done.stdout.split("\n")[:-1]]


def frames_of(paths, engine):
    """Batches of all files, whose interface is one a link type; those link types."""
    batches, links = [], []
    for path in paths:
        with open_capture(path, engine) as capture:
            for batch in capture:
                links += [link for link in np.unique(batch.link_type).tolist() if link not in links]
                column = np.array([links.index(link) for link in batch.link_type.tolist()], np.int32)
                batches.append(replace(batch, interface=column, interface_names=()))
    return batches, links


def written(path, batches, links):
    with PcapngWriter(path, [Interface(link) for link in links]) as writer:
        for batch in batches:
            writer.write(batch)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("anonymous")


@pytest.fixture(scope="module")
def both(capture_paths, interpreted, folder):
    """All captures, what tshark says of them, and what of them when they are anonymous."""
    batches, links = frames_of(capture_paths, interpreted)
    anonymizer = Anonymizer(Mapping(KEY), interpreted)
    new = [anonymizer.apply(batch) for batch in batches]
    return [tshark(written(folder / f"{number}.pcapng", which, links)) for number, which in enumerate((batches, new))]


def mapped(mapping, field, text):
    packed = bytes.fromhex(text.replace(":", "")) if field in MACS else ip_address(text).packed
    [new] = mapping.addresses(np.frombuffer(packed, np.uint8).reshape(1, -1))
    return new.tobytes().hex(":") if field in MACS else str(ip_address(new.tobytes()))


@pytest.mark.referee
def test_tshark_finds_the_same_but_for_addresses_and_checksums_as_they_were(both):
    old, new = both
    assert len(old) == len(new) > 900
    assert sum("1" in row["tcp.checksum.status"] for row in old) > 400
    assert sum("0" in row["tcp.checksum.status"] for row in old) > 3
    rows = enumerate(zip(old, new, strict=True), 1)
    differ = [(number, field) for number, (one, two) in rows for field in SAME if one[field] != two[field]]
    rows_of = {number for number, _ in differ}
    assert len(rows_of) == 2 * IN_TWO_SEGMENTS
    assert all("DNS" in new[number - 1]["_ws.malformed"] for number in rows_of)


@pytest.mark.referee
def test_tshark_finds_the_addresses_where_they_were(both):
    mapping, old, new = Mapping(KEY), *both
    differ, changed = [], 0
    for number, (one, two) in enumerate(zip(old, new, strict=True), 1):
        for field in (*IPS, *MACS):
            expected = ",".join(mapped(mapping, field, text) for text in one[field].split(",") if text)
            changed += expected != one[field]
            if expected != two[field] and "DNS" not in two["_ws.malformed"]:
                differ.append((number, field, one[field], expected, two[field]))
    assert differ == []
    assert changed > 1800


def addresses_in(rows):
    """The addresses of hosts among the fields, as bytes; such as any bytes may be are left out."""
    found = set()
    for row in rows:
        for field in (*IPS, *MACS):
            for text in filter(None, row[field].split(",")):
                packed = bytes.fromhex(text.replace(":", "")) if field in MACS else ip_address(text).packed
                known = packed[0] & 1 if field in MACS else stays(ip_address(text))
                if not known and len(set(packed) - {0}) > 2:
                    found.add(packed)
    return found


def stays(address):
    return address.is_multicast or address.is_loopback or address.is_unspecified or address.packed == b"\xff" * 4


def left(addresses, batches):
    pattern = re.compile(b"(?=(" + b"|".join(map(re.escape, sorted(addresses))) + b"))", re.DOTALL)
    return [
        (number, match.start(), match[1].hex())
        for number, frame in enumerate((frame for batch in batches for frame in batch.frames()), 1)
        for match in pattern.finditer(frame)
    ]


@pytest.mark.referee
@pytest.mark.parametrize("payload", ["zero", "remove"])
def test_no_address_is_left_anywhere(capture_paths, both, interpreted, payload):
    batches, _ = frames_of(capture_paths, interpreted)
    addresses = addresses_in(both[0])
    assert len(addresses) > 20
    assert len(left(addresses, batches)) > 2000
    anonymizer = Anonymizer(Mapping(KEY), interpreted, payload)
    assert left(addresses, map(anonymizer.apply, batches)) == []


EVERYWHERE = {"30303030", "0a0a0002"}
"""Addresses of damaged captures that are the filling of others, or by chance what another one became."""


@pytest.mark.referee
@pytest.mark.corpus
def test_no_address_of_foreign_captures_is_left(interpreted, folder):
    paths = sorted(path for path in CORPUS.glob("tcpdump/*") if path.suffix in (".pcap", ".pcapng"))[::4]
    if not paths:
        pytest.skip("the corpus is not beside the checkout")
    small = [path for path in paths if path.stat().st_size < 20_000]
    batches, links = frames_of(small, interpreted)
    addresses = addresses_in(tshark(written(folder / "corpus.pcapng", batches, links)))
    assert len(addresses) > 100
    anonymizer = Anonymizer(Mapping(KEY), interpreted)
    found = left(addresses, map(anonymizer.apply, batches))
    assert [one for one in found if one[2] not in EVERYWHERE] == []


VIEWS = ("flows", "handshakes", "teardowns", "udp", "packets")
OF_ADDRESSES = {"uid", "community_id", "tunnel_parents", "tcp.checksum", "udp.checksum", "ip.checksum"}
ADDRESS = re.compile(r"(?<![\w.:])(?:\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f:]*:[0-9a-f:]*)(?![\w.:])")


@pytest.mark.parametrize(
    "name", ["tcp-three-at-once", "tcp6-half-close", "checksum-offload", "vxlan", "udp-fragments", "dhcp",
             "udp-port-unreachable", "tcp-reset-out-of-window"],
)  # fmt: skip
def test_all_views_agree_but_for_addresses(name, tmp_path, sniff):
    path, mapping = Path("captures", f"{name}.pcap"), Mapping(KEY)
    rawkit.anonymize(path, tmp_path / "new.pcapng", key=KEY)
    for view in VIEWS:
        old, new = (
            told(sniff(source, "--view", view, "--format", "json")) for source in (path, tmp_path / "new.pcapng")
        )
        assert old or view != "flows"
        assert ADDRESS.sub(lambda match: replaced(mapping, match[0]), old) == new


def replaced(mapping, text):
    try:
        return mapped(mapping, "eth.addr" if len(text) == 17 and text.count(":") == 5 else "ip.addr", text)
    except ValueError:
        return text


def told(done):
    """The lines without what is made of addresses."""
    rows = [json.loads(line) for line in done.lines]
    return "\n".join(str({name: value for name, value in row.items() if name not in OF_ADDRESSES}) for row in rows)


def test_messages_of_sctp_keep_a_checksum_that_is_right(interpreted):
    header = bytes.fromhex("0050 0051 00000001 00000000 0003 0014 00000001 0000 0000 00000000") + b"data"
    for wrong in (0, 5):
        crc = crc32c(header) ^ wrong
        packet = header[:8] + crc.to_bytes(4, "little") + header[12:]
        ip = bytes.fromhex("4500 0034 0001 0000 4084 0000 c0000201 c0000202")
        batch = rawkit.FrameBatch.from_frames([ip + packet], link_type=101)
        new = Anonymizer(Mapping(KEY), interpreted).apply(batch).frame(0)[20:]
        assert new[-4:] == bytes(4)
        assert int.from_bytes(new[8:12], "little") == crc32c(new[:8] + bytes(4) + new[12:]) ^ wrong


def test_names_of_addresses_are_those_of_the_addresses_that_they_became(interpreted):
    from scapy.layers.dns import DNS, DNSQR, DNSRR
    from scapy.layers.inet import IP, UDP

    address = ip_address("2001:db8::567:89ab")
    question = DNSQR(qname=address.reverse_pointer, qtype="PTR")
    answer = DNSRR(rrname=address.reverse_pointer, type="PTR", rdata="Host.example.")
    message = DNS(qr=1, qd=question, an=[answer, DNSRR(rrname="host.example.", type="AAAA", rdata=str(address))])
    packet = IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=53, dport=4000) / message
    mapping = Mapping(KEY)
    batch = rawkit.FrameBatch.from_frames([bytes(packet)], link_type=101)
    new = IP(Anonymizer(mapping, interpreted).apply(batch).frame(0))[DNS]
    became = mapped(mapping, "ip.addr", str(address))
    assert new.qd[0].qname.decode() == f"{ip_address(became).reverse_pointer}."
    assert new.an[0].rrname == new.qd[0].qname
    assert new.an[1].rdata == became
    assert new.an[0].rdata.lower() == new.an[1].rrname != b"host.example."
    assert len(bytes(new)) == len(bytes(IP(bytes(packet))[DNS]))


def test_what_nobody_reads_is_zeros_or_stays_and_is_counted(interpreted):
    frame = bytes.fromhex("0200000000020200000000018999") + b"secret " * 8
    batch = rawkit.FrameBatch.from_frames([frame])
    anonymizer = Anonymizer(Mapping(KEY), interpreted)
    assert anonymizer.apply(batch).frame(0)[14:] == bytes(56)
    assert sum(anonymizer.stopped.values()) == 1
    assert Anonymizer(Mapping(KEY), interpreted, unknown=True).apply(batch).frame(0)[14:] == frame[14:]


def test_payload_is_kept_where_it_is_to(interpreted):
    frame = bytes.fromhex("45000020000100004011f6c8c0000201c0000202 1111 2222 000c 0000") + b"text"
    batch = rawkit.FrameBatch.from_frames([frame], link_type=101)
    ends = {payload: Anonymizer(Mapping(KEY), interpreted, payload).apply(batch).frame(0)[28:] for payload in
            ("zero", "remove", "keep")}  # fmt: skip
    assert ends == {"zero": bytes(4), "remove": b"", "keep": b"text"}


@pytest.mark.slow  # compiling the walk takes a minute
def test_compiled_and_interpreted_agree(capture_paths, interpreted, compiled):
    batches, _ = frames_of(capture_paths, interpreted)
    for batch in batches:
        one, other = (Anonymizer(Mapping(KEY), engine).apply(batch) for engine in (interpreted, compiled))
        assert one.data.tobytes() == other.data.tobytes()


def test_nothing_but_frames_is_in_the_file(tmp_path):
    old, new = tmp_path / "old.pcapng", tmp_path / "new.pcapng"
    with PcapngWriter(old, [Interface(1, name="wlan-of-bob", description="his card")], comment="secret") as writer:
        writer.write(rawkit.FrameBatch.from_frames([bytes(60)]), {0: ["another secret"]})
    found = rawkit.anonymize(old, new)
    assert (found.frames, found.comments) == (1, 2)
    assert not re.search(b"bob|card|secret", new.read_bytes())


def test_the_file_that_is_read_is_not_written_over(tmp_path):
    path = tmp_path / "one.pcap"
    path.write_bytes(Path("captures/dns.pcap").read_bytes())
    (tmp_path / "link.pcap").hardlink_to(path)
    with pytest.raises(CaptureError, match="it is being read"):
        rawkit.anonymize(path, tmp_path / "link.pcap", key=KEY)
    assert path.stat().st_size == Path("captures/dns.pcap").stat().st_size
