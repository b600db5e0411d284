"""tshark as the referee of whole captures: one call a file gives all fields that any test asks for, and is kept.

A start of tshark takes longer than our own reading, and the same thousand files are asked about in several tests and
workers. Answers stand in pytest's cache folder, by what the answer depends on: tshark's version, its options, the file.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import shutil
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest

HEADERS: Final = (
    "frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "eth.src", "eth.dst", "eth.type", "vlan.id",
    "arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "ip.src", "ip.dst", "ip.ttl", "ip.id", "ip.proto",
    "ip.frag_offset", "ipv6.src", "ipv6.dst", "ipv6.hlim", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.seq_raw",
    "tcp.ack_raw", "tcp.window_size_value", "tcp.len", "udp.srcport", "udp.dstport", "udp.length", "icmp.type",
    "icmp.code", "icmpv6.type", "icmpv6.code", "sctp.srcport", "sctp.dstport", "dccp.srcport", "dccp.dstport",
    "igmp.type", "ospf.msg",
)  # fmt: skip
CHOSEN: Final = (
    "frame.interface_name", "vlan.id", "vlan.priority", "vlan.dei", "ip.version", "ip.len", "ip.hdr_len",
    "ip.dsfield", "ip.dsfield.dscp", "ip.dsfield.ecn", "ip.flags.df", "ip.flags.mf", "ipv6.plen", "ipv6.nxt",
    "ipv6.tclass", "ipv6.flow", "tcp.flags.fin", "tcp.flags.syn", "tcp.flags.reset", "tcp.flags.push",
    "tcp.flags.ack", "tcp.flags.urg", "tcp.flags.ece", "tcp.flags.cwr", "tcp.flags.ae", "tcp.hdr_len",
    "tcp.urgent_pointer", "tcp.checksum.status", "tcp.options.mss_val", "tcp.options.wscale.shift",
    "tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr", "tcp.options.sack_le", "tcp.options.sack_re",
)  # fmt: skip
DIRECTION: Final = ("frame.packet_flags_direction", "sll.pkttype")
ANALYSIS: Final = tuple(
    f"tcp.analysis.{word}"
    for word in (
        "retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order", "reused_ports",
        "lost_segment", "ack_lost_segment", "keep_alive", "duplicate_ack", "zero_window_probe", "zero_window",
        "zero_window_probe_ack", "keep_alive_ack", "window_update", "window_full",
    )
)  # fmt: skip
TIMES: Final = ("tcp.analysis.rto", "tcp.analysis.ack_rtt", "tcp.analysis.acks_frame", "http.time")
STREAMS: Final = ("tcp.stream", "udp.stream", "tcp.completeness", *ANALYSIS)
TREE: Final = (
    "eth.dst", "eth.src", "eth.type", "eth.len", "vlan.priority", "vlan.dei", "vlan.id", "vlan.etype", "arp.hw.type",
    "arp.proto.type", "arp.hw.size", "arp.proto.size", "arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4",
    "arp.dst.hw_mac", "arp.dst.proto_ipv4", "llc.dsap", "llc.ssap", "llc.control", "llc.oui", "llc.type",
    "sll.pkttype", "sll.hatype", "sll.halen", "sll.src.eth", "sll.etype", "sll.ifindex", "pppoe.version", "pppoe.type",
    "pppoe.code", "pppoe.session_id", "pppoe.payload_length", "ppp.protocol", "mpls.label", "mpls.exp", "mpls.bottom",
    "mpls.ttl", "gre.flags_and_version", "gre.proto", "vxlan.flags", "vxlan.gbp", "vxlan.vni", "ip.version",
    "ip.hdr_len", "ip.dsfield", "ip.dsfield.dscp", "ip.dsfield.ecn", "ip.len", "ip.id", "ip.flags", "ip.flags.rb",
    "ip.flags.df", "ip.flags.mf", "ip.frag_offset", "ip.ttl", "ip.proto", "ip.checksum", "ip.src", "ip.dst",
    "ip.opt.type", "ip.opt.len", "ipv6.version", "ipv6.tclass", "ipv6.flow", "ipv6.plen", "ipv6.nxt", "ipv6.hlim",
    "ipv6.src", "ipv6.dst", "ipv6.hopopts.nxt", "ipv6.hopopts.len", "ipv6.fraghdr.nxt", "ipv6.fraghdr.offset",
    "ipv6.fraghdr.more", "ipv6.fraghdr.ident", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw",
    "tcp.hdr_len", "tcp.flags", "tcp.flags.ae", "tcp.flags.syn", "tcp.window_size_value", "tcp.checksum",
    "tcp.urgent_pointer", "tcp.option_kind", "tcp.option_len", "tcp.options.mss_val", "tcp.options.wscale.shift",
    "tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr", "udp.srcport", "udp.dstport", "udp.length",
    "udp.checksum", "icmp.type", "icmp.code", "icmp.checksum", "icmp.ident", "icmp.seq", "icmp.mtu", "icmp.redir_gw",
    "icmpv6.type", "icmpv6.code", "icmpv6.checksum", "icmpv6.mtu", "icmpv6.echo.identifier",
    "icmpv6.echo.sequence_number", "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address", "icmpv6.opt.type",
    "icmpv6.opt.length", "icmpv6.opt.linkaddr", "igmp.type", "igmp.checksum", "igmp.maddr", "ospf.version",
    "ospf.msg", "ospf.packet_length", "ospf.srcrouter", "ospf.area_id", "ospf.checksum", "sctp.srcport",
    "sctp.dstport", "sctp.verification_tag", "sctp.checksum", "sctp.chunk_type", "sctp.chunk_flags",
    "sctp.chunk_length", "dccp.srcport", "dccp.dstport", "dccp.data_offset", "dccp.ccval", "dccp.cscov",
    "dccp.checksum", "dccp.type", "dccp.x",
)  # fmt: skip
FIELDS: Final = tuple(
    dict.fromkeys(("frame.protocols", *HEADERS, *STREAMS, *TIMES, *CHOSEN, *TREE, *DIRECTION, "_ws.malformed"))
)
IN_PIECES: Final = ("-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE")
"""Fragments are left as they are."""
OPTIONS: Final = ("-n", "-2", "-o", "tcp.check_checksum:TRUE", "-o", "tcp.relative_sequence_numbers:FALSE")
ROOT: Final = Path(__file__).resolve().parents[1]
FOLDERS: Final = (ROOT / "captures", ROOT.parent / "shared" / "corpus")
AT_ONCE: Final = 24
"""Files that one start of tshark reads."""
UNKNOWN_LINK_TYPE: Final = "unknown or unsupported"


@dataclass(frozen=True)
class Answer:
    """What tshark said of a file.

    Attributes:
        rows: the fields of each packet that have a value, each with all its values (`1,2`).
        errors: what it wrote to stderr.
        code: its exit code.
    """

    rows: list[dict[str, str]]
    errors: str
    code: int

    @property
    def knows_link_type(self) -> bool:
        return UNKNOWN_LINK_TYPE not in self.errors


def ask(path: Path, cache_folder: Path, *, in_pieces: bool = True) -> Answer:
    """All of `FIELDS` for each packet of the file, as they stand after all of its packets (-2)."""
    command = ("tshark", *OPTIONS, *(IN_PIECES if in_pieces else ()), "-T", "fields")
    asked = json.dumps([version(), command, FIELDS]).encode()

    def kept(one: Path) -> Path:
        return cache_folder / hashlib.sha256(asked + one.read_bytes()).hexdigest()

    if not kept(path).exists():
        paths = [path, *(one for one in next_ones(path) if not kept(one).exists())]
        for one, answer in zip(paths, run(paths, command, cache_folder), strict=True):
            with tempfile.NamedTemporaryFile(dir=cache_folder, delete=False) as file:
                file.write(lzma.compress(json.dumps(asdict(answer)).encode(), preset=0))
            os.replace(file.name, kept(one))
    return Answer(**json.loads(lzma.decompress(kept(path).read_bytes())))


def next_ones(path: Path) -> list[Path]:
    """The captures after it, which are likely to be asked about next: tshark starts once for all of them."""
    if not any(path.resolve().is_relative_to(folder) for folder in FOLDERS):
        return []
    return [one for one in sorted(path.parent.glob("*.pcap*")) if one.name > path.name][: AT_ONCE - 1]


@cache
def version() -> str:
    if shutil.which("tshark") is None:
        pytest.skip("needs tshark")
    return subprocess.run(["tshark", "--version"], capture_output=True, text=True, check=True).stdout


def run(paths: list[Path], command: tuple[str, ...], cache_folder: Path) -> list[Answer]:
    """One start of tshark for all of the files (`tshark_many.c`)."""
    wanted = [word for field in FIELDS for word in ("-e", field)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        listed = folder / "list"
        listed.write_text("".join(f"{readable(path, folder)}\n" for path in paths))
        environment = os.environ | {"LD_PRELOAD": str(many(cache_folder)), "MANY_OUT": name}
        done = subprocess.run([*command, *wanted, "-r", listed], env=environment, capture_output=True, check=True)
        codes = [int(code) for code in done.stdout.split()]
        return [read_answer(folder / str(number), code) for number, code in enumerate(codes)]


def readable(path: Path, folder: Path) -> Path:
    if path.suffix != ".xz":  # of which tshark 4.0 knows nothing
        return path
    unpacked = folder / path.stem
    unpacked.write_bytes(lzma.decompress(path.read_bytes()))
    return unpacked


def read_answer(output: Path, code: int) -> Answer:
    lines = output.with_suffix(".out").read_text().splitlines()
    rows = [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in lines]
    filled = [{field: value for field, value in row.items() if value} for row in rows]
    return Answer(filled, output.with_suffix(".err").read_text(errors="replace"), code)


def many(cache_folder: Path) -> Path:
    """`tshark_many.c`, compiled."""
    source = Path(__file__).with_name("tshark_many.c")
    library = cache_folder / f"tshark_many.{hashlib.sha256(source.read_bytes()).hexdigest()}.so"
    if not library.exists():
        made = Path(tempfile.mkdtemp(dir=cache_folder)) / "made.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
        os.replace(made, library)
        made.parent.rmdir()
    return library
