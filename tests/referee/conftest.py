"""What tshark reads from the innermost headers of each packet, beside what rawkit reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.tshark import HEADERS, STREAMS, Answer

LISTS = ("tcp.options.sack_le", "tcp.options.sack_re")
NETWORKS = ("ip", "ipv6", "arp")
TRANSPORTS = ("tcp", "udp", "icmp", "icmpv6", "sctp", "dccp", "igmp", "ospf")
TEXTS = ("frame.time_epoch", "frame.interface_name", "eth.src", "eth.dst", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst")

Packet = dict[str, str]


@pytest.fixture(scope="session")
def tshark_fields(tshark_answer: Callable[..., Answer]) -> Callable[..., list[Packet] | None]:
    """Innermost fields of each packet, fragments left as they are; None: a link type that tshark does not know."""

    @cache
    def ask(path: Path, fields: tuple[str, ...] = HEADERS + STREAMS, *, in_pieces: bool = True) -> list[Packet] | None:
        answer = tshark_answer(path, in_pieces=in_pieces)
        return [innermost(row, fields) for row in answer.rows] if answer.knows_link_type else None

    return ask


@pytest.fixture(scope="session")
def tshark_streams(tshark_fields: Callable[..., list[Packet] | None]) -> Callable[[Path], list[Packet] | None]:
    """Stream numbers, analysis flags and final completeness of each packet, fragments put together."""

    @cache
    def ask(path: Path) -> list[Packet] | None:
        packets = tshark_fields(path)
        if packets and any("fragment" in packet for packet in packets):
            packets = tshark_fields(path, STREAMS, in_pieces=False)
        return packets and [with_analysis(packet) for packet in packets]

    return ask


def with_analysis(packet: Packet) -> Packet:
    """The packet with the last words of its analysis flags in one field, as the packets view has them."""
    prefix = "tcp.analysis."
    words = sorted(name.removeprefix(prefix) for name in packet if name.startswith(prefix))
    return {**packet, "tcp.analysis": " ".join(words)} if words else packet


def innermost(row: dict[str, str], fields: tuple[str, ...]) -> Packet:
    """The values of the innermost headers, without those of a packet that an ICMP error quotes."""
    layers = without_quote(row.get("frame.protocols", "").split(":"))
    network = max((place for place, layer in enumerate(layers) if layer in NETWORKS), default=-1)
    found = {}
    for field in fields:
        column = row.get(field, "")
        layer = field.split(".")[0]
        seen = layers.count(layer)
        if field == "ip.version":  # which IPv6 headers have too
            seen += layers.count("ipv6")
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
def chosen_fields(sniff: Callable[..., object]) -> Callable[..., list[Packet]]:
    """What `--fields` gives of each packet, every value as text."""

    def ask(path: Path, *names: str) -> list[Packet]:
        lines = sniff(path, "--format", "json", "--fields", ",".join(names)).lines
        return [{name: as_text(value) for name, value in json.loads(line).items()} for line in lines]

    return ask
