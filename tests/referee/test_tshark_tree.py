"""Each field of a packet's tree has the values that tshark has, those of outer headers and of quoted ones too."""

from __future__ import annotations

import pytest

from rawkit.api.packet import PacketBatch, Reading
from rawkit.decode.tree import layers
from rawkit.files import open_capture
from tests.tshark import TREE

OTHERWISE = {
    "ip.version": "tshark gives IPv6 headers an ip.version too",
    "igmp.maddr": "tshark goes into the group records of version 3",
    "tcp.option_kind": "of the end of the options and the padding behind it tshark makes several options",
    "tcp.seq_raw": "of the eight bytes that an ICMP error quotes tshark 4.0 leaves the sequence number out",
    "vlan.": "tshark calls the fields of a tag of type 0x88a8 ieee8021ad",
}
"""Beginnings of names that are compared where tshark has as many values."""


def number(text: str) -> int | str:
    try:
        return int(text, 0)
    except ValueError:
        return text


def ours(frame: bytes, length: int, link_type: int) -> dict[str, list[int | str]]:
    found: dict[str, list[int | str]] = {}
    for layer in layers(frame, length, link_type):
        for field in layer.fields:
            found.setdefault(field.name, []).append(field.value)
    return found


@pytest.mark.referee
def test_values(capture_paths, tshark_answer):
    compared = dict.fromkeys(TREE, 0)
    for path in capture_paths:
        answer = tshark_answer(path)
        with open_capture(str(path)) as reader:
            packets = [packet for batch in reader for packet in PacketBatch(batch.copy(), Reading()).each()]
        for packet, row in zip(packets, answer.rows, strict=True):
            mine = ours(packet.bytes, packet.length, packet.link_type)
            for name in TREE:
                theirs = [number(value) for value in row.get(name, "").split(",") if value]
                if any(name.startswith(other) for other in OTHERWISE) and len(theirs) != len(mine.get(name, [])):
                    continue
                assert mine.get(name, []) == theirs, (path.name, packet.number, name)
                compared[name] += len(theirs)
    unseen = {name for name, count in compared.items() if not count}
    assert unseen <= {"icmp.mtu", "icmp.redir_gw", "icmpv6.mtu"}, "no capture has them"
