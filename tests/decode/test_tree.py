"""The tree of a packet: the same headers as the decode kernel finds, each field inside of its frame."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rawkit
from rawkit import linktypes
from rawkit.decode.fields.declared import DECLARED, Header
from rawkit.decode.fields.in_tree import tree_fields
from rawkit.decode.tree import MOST_FIELDS, layers
from rawkit.decode.walk import walk
from rawkit.frames import FrameBatch


def check(frame: bytes, link_type: int, beyond: int = 0) -> None:
    found = layers(frame, len(frame) + beyond, link_type)
    for layer in found:
        assert 0 <= layer.offset < layer.offset + layer.size <= len(frame)
        assert len(layer.fields) <= MOST_FIELDS
        for field in layer.fields:
            assert layer.offset <= field.offset
            assert field.offset + len(field.bytes) <= layer.offset + layer.size
            assert field.bytes == frame[field.offset : field.offset + len(field.bytes)] != b""


def test_a_walk_ends_with_the_decode_kernels_row(recorded, decode):
    for link_type, frame in recorded:
        cuts = [frame[:cut] for cut in range(0, len(frame) + 1, 5)] + [frame]
        rows = decode(cuts, link_type, len(frame)).rows.tolist()
        assert [walk(cut, len(frame), link_type).row for cut in cuts] == rows


def test_fields_lie_in_their_layers_wherever_a_frame_is_cut(recorded):
    for link_type, frame in recorded:
        for cut in (*range(0, len(frame), 5), len(frame)):
            check(frame[:cut], link_type, len(frame) - cut)


def test_layers_follow_each_other_without_a_gap(recorded):
    for link_type, frame in recorded:
        if link_type == linktypes.ETHERNET:
            at = 0
            for layer in layers(frame, len(frame), link_type):
                assert layer.offset == at
                at += layer.size
            assert at == len(frame)


@given(st.binary(max_size=200), st.sampled_from([*linktypes.NAMES, 147]), st.integers(0, 100))
def test_no_bytes_make_it_raise(frame, link_type, beyond):
    check(frame, link_type, beyond)


def test_all_declared_fields_at_fixed_places_are_in_some_layer():
    in_trees = {field.name for fields in tree_fields().values() for field in fields}
    assert {field.name for field in DECLARED if isinstance(field.found, Header) and field.size} <= in_trees


@pytest.mark.referee
def test_cooked_headers_have_a_mac_address_where_their_length_says_so(tmp_path):
    """Whatever bytes stand where the other version has its length: an address that ends in 6, an interface's number."""
    sll = [bytes.fromhex(f"0000 0001 {size:04x} 000000000006 0000 88cc") for size in (6, 4)]
    sll2 = [bytes.fromhex("88cc 0000 00060000 0001 00") + bytes((size,)) + bytes(8) for size in (6, 0)]
    for link_type, frames in ((linktypes.LINUX_SLL, sll), (linktypes.LINUX_SLL2, sll2)):
        path = tmp_path / f"{link_type}.pcap"
        rawkit.write(path, FrameBatch.from_frames(frames, link_type=link_type))
        command = ["tshark", "-r", str(path), "-T", "fields", "-e", "sll.src.eth"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        told = [line != "" for line in said.splitlines()]
        ours = [any(field.name == "sll.src.eth" for field in layers(frame, len(frame), link_type)[0].fields)
                for frame in frames]  # fmt: skip
        assert ours == told == [True, False]
