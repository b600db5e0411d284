"""tshark as the referee: what it reads from the innermost headers of each packet, beside what rawkit reads."""

from __future__ import annotations

import json
import lzma
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

HEADERS = (
    "frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "eth.src", "eth.dst", "eth.type", "vlan.id",
    "arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "ip.src", "ip.dst", "ip.ttl", "ip.id", "ip.proto",
    "ip.frag_offset", "ipv6.src", "ipv6.dst", "ipv6.hlim", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.seq_raw",
    "tcp.ack_raw", "tcp.window_size_value", "tcp.len", "udp.srcport", "udp.dstport", "udp.length", "icmp.type",
    "icmp.code", "icmpv6.type", "icmpv6.code", "sctp.srcport", "sctp.dstport", "dccp.srcport", "dccp.dstport",
    "igmp.type", "ospf.msg",
)  # fmt: skip
ANALYSIS = (
    "retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order", "reused_ports",
    "lost_segment", "ack_lost_segment", "keep_alive", "duplicate_ack", "zero_window_probe", "zero_window",
    "zero_window_probe_ack", "keep_alive_ack", "window_update", "window_full",
)  # fmt: skip
STREAMS = ("tcp.stream", "udp.stream", "tcp.completeness", *(f"tcp.analysis.{word}" for word in ANALYSIS))
LISTS = ("tcp.options.sack_le", "tcp.options.sack_re")
NETWORKS = ("ip", "ipv6", "arp")
TRANSPORTS = ("tcp", "udp", "icmp", "icmpv6", "sctp", "dccp", "igmp", "ospf")
TEXTS = ("frame.time_epoch", "frame.interface_name", "eth.src", "eth.dst", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst")

Packet = dict[str, str]


@pytest.fixture(scope="session")
def tshark_headers(readable: Callable[[Path], Path]) -> Callable[..., list[Packet] | None]:
    """Innermost fields of each packet, fragments left as they are; None: a link type that tshark does not know."""

    @cache
    def ask(path: Path, fields: tuple[str, ...] = HEADERS + STREAMS) -> list[Packet] | None:
        options = ("-2", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE")
        return run_tshark(readable(path), fields, *options)

    return ask


@pytest.fixture(scope="session")
def tshark_streams(readable: Callable[[Path], Path], tshark_headers: Callable[..., object]) -> Callable[..., object]:
    """Stream numbers, analysis flags and final completeness of each packet, fragments put together."""

    @cache
    def ask(path: Path) -> list[Packet] | None:
        packets = tshark_headers(path)
        if packets and any("fragment" in packet for packet in packets):
            packets = run_tshark(readable(path), STREAMS, "-2")
        return packets and [with_analysis(packet) for packet in packets]

    return ask


@pytest.fixture(scope="session")
def readable(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """The file, or an unpacked copy of it where tshark 4.0 cannot unpack it."""
    if shutil.which("tshark") is None:
        pytest.skip("needs tshark")

    def unpacked(path: Path) -> Path:
        if path.suffix != ".xz":
            return path
        copy = tmp_path_factory.mktemp("unpacked") / path.stem
        copy.write_bytes(lzma.decompress(path.read_bytes()))
        return copy

    return unpacked


def run_tshark(path: Path, fields: tuple[str, ...], *options: str) -> list[Packet] | None:
    wanted = [word for field in ("frame.protocols", *fields) for word in ("-e", field)]
    command = ["tshark", "-n", "-r", str(path), *options, "-T", "fields", *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unknown or unsupported" in done.stderr:
        return None
    return [innermost(line.split("\t"), fields) for line in done.stdout.splitlines()]


def with_analysis(packet: Packet) -> Packet:
    """The packet with the last words of its analysis flags in one field, as the packets view has them."""
    prefix = "tcp.analysis."
    words = sorted(name.removeprefix(prefix) for name in packet if name.startswith(prefix))
    return {**packet, "tcp.analysis": " ".join(words)} if words else packet


def innermost(columns: list[str], fields: tuple[str, ...]) -> Packet:
    """The values of the innermost headers, without those of a packet that an ICMP error quotes."""
    layers = without_quote(columns[0].split(":"))
    network = max((place for place, layer in enumerate(layers) if layer in NETWORKS), default=-1)
    found = {}
    for field, column in zip(fields, columns[1:], strict=True):
        layer = field.split(".")[0]
        seen = layers.count(layer)
        if layer in NETWORKS and layers[network] != layer:
            continue
        if layer in TRANSPORTS and layer not in layers[network:]:
            continue
        values = [value for value in column.split(",") if value]
        if layer in NETWORKS + TRANSPORTS + ("eth", "vlan"):
            values = values[:seen]
        if values and field in LISTS:
            found[field] = as_text([int(value) for value in column.split(",")])
        elif values:
            found[field] = normal(field, values[-1])
    if found.get("ip.frag_offset", "0") != "0" or "ipv6.fraghdr" in layers:
        found["fragment"] = "yes"
    return found


def without_quote(layers: list[str]) -> list[str]:
    """The layers up to ICMP: what follows is quoted. tshark names UDP-Lite's fields like UDP's."""
    quoting = min((place for place, layer in enumerate(layers) if layer in ("icmp", "icmpv6")), default=len(layers))
    return ["udp" if layer == "udplite" else layer for layer in layers[: quoting + 1]]


def normal(field: str, value: str) -> str:
    return value if field in TEXTS or "proto_ipv4" in field else str(int(value, 0))


@pytest.fixture(scope="session")
def our_packets(sniff: Callable[..., object]) -> Callable[[Path], list[Packet]]:
    """What the packets view says of each packet, every value as text."""

    @cache
    def ask(path: Path) -> list[Packet]:
        finished = sniff(path, "--view", "packets", "--format", "json")
        assert finished.code == 0, finished.err
        return [{name: as_text(value) for name, value in json.loads(line).items()} for line in finished.lines]

    return ask


def as_text(value: object) -> str:
    return " ".join(map(str, sorted(value))) if isinstance(value, list) else str(value)


@pytest.fixture(scope="session")
def tshark_fields(readable: Callable[[Path], Path]) -> Callable[..., list[Packet] | None]:
    """Some innermost fields of each packet, with tshark's options; None: a link type that it does not know."""
    return lambda path, fields, *options: run_tshark(readable(path), fields, *options)


@pytest.fixture(scope="session")
def chosen_fields(sniff: Callable[..., object]) -> Callable[..., list[Packet]]:
    """What `--fields` gives of each packet, every value as text."""

    def ask(path: Path, *names: str) -> list[Packet]:
        lines = sniff(path, "--format", "json", "--fields", ",".join(names)).lines
        return [{name: as_text(value) for name, value in json.loads(line).items()} for line in lines]

    return ask
