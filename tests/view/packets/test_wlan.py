"""Frames of IEEE 802.11 in the packets view, beside tshark's names and addresses."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import dpkt
import numpy as np
import pytest

from rawkit import linktypes
from rawkit.decode import Decoder
from rawkit.flow.table.tracker import Tracked
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.view.packets import layout
from rawkit.view.packets.view import PacketsView

ADDRESSES = bytes.fromhex("020000000001 020000000002 020000000003 0000 020000000004")
KINDS = range(0x00, 0x100, 4)
"""First bytes: each type and subtype of version 0."""
FIELDS = ("wlan.sa", "wlan.da", "wlan.ra", "wlan.ta", "_ws.col.Info")
UNNAMED = "Unrecognized (Reserved frame)"
DATA, PROTECTED = 0x08, 0x40


def frame(kind: int, flags: int = 0) -> bytes:
    return bytes([kind, flags, 0, 0]) + ADDRESSES + bytes(60)


def view_of(engine: Engine, *, link_headers: bool = False) -> PacketsView:
    return PacketsView(engine, "text", numeric=True, link_headers=link_headers, times=layout.NO_TIME)


def lines(engine: Engine, frames: list[bytes], view: PacketsView | None = None) -> list[str]:
    batch = FrameBatch.from_frames(frames, link_type=linktypes.IEEE802_11)
    packets = Decoder(engine).decode(batch)
    nothing = np.full(len(batch), -1, dtype=np.int32)
    tracked = Tracked(
        nothing, np.zeros(len(batch), np.int32), np.empty((0, 0), dtype=np.int64), np.zeros(len(batch), np.uint8)
    )
    return (view or view_of(engine)).render(packets, tracked).decode("ascii").splitlines()


@pytest.fixture
def tshark(tmp_path: Path) -> object:
    """By frame, what tshark reads of `FIELDS`."""
    if shutil.which("tshark") is None:
        pytest.skip("needs tshark")

    def ask(frames: list[bytes]) -> list[dict[str, str]]:
        path = tmp_path / "wlan.pcap"
        with path.open("wb") as file:
            writer = dpkt.pcap.Writer(file, linktype=linktypes.IEEE802_11)
            for one in frames:
                writer.writepkt(one, ts=0)
        words = [word for field in FIELDS for word in ("-e", field)]
        command = ["tshark", "-n", "-r", path, "-T", "fields", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in done.stdout.splitlines()]

    return ask


@pytest.mark.referee
def test_each_kind_of_frame_has_its_name(interpreted, tshark):
    """Data is said to be encrypted, so that no packet in it takes the name's place."""
    frames = [frame(kind, PROTECTED if kind & 0x0C == DATA else 0) for kind in KINDS]
    for kind, line, their in zip(KINDS, lines(interpreted, frames), tshark(frames), strict=True):
        name = their["_ws.col.Info"].split(", ")[0]
        if name != UNNAMED and kind != 0x24:  # tshark tells triggers apart further
            assert f", {name}, length 90" in f", {line}", hex(kind)


@pytest.mark.referee
@pytest.mark.parametrize("flags", range(4))
def test_data_has_source_and_destination(interpreted, tshark, flags):
    """Whichever of to and from the distribution system it goes."""
    frames = [frame(kind, flags | PROTECTED) for kind in (0x08, 0x88)]
    wanted = [
        f"{their['wlan.sa']} > {their['wlan.da']}, {name}, length 90 (encrypted wlan)"
        for name, their in zip(("Data", "QoS Data"), tshark(frames), strict=True)
    ]
    assert lines(interpreted, frames) == wanted


@pytest.mark.referee
def test_control_has_transmitter_and_receiver(interpreted, tshark):
    frames = [frame(kind) for kind in (0x84, 0x94, 0xA4, 0xB4, 0xC4, 0xD4)]
    for line, their in zip(lines(interpreted, frames), tshark(frames), strict=True):
        receiver = f"> {their['wlan.ra']}, "
        assert line.startswith(f"{their['wlan.ta']} {receiver}" if their["wlan.ta"] else receiver)


def test_link_header(interpreted):
    (line,) = lines(interpreted, [frame(0x80)], view_of(interpreted, link_headers=True))
    assert line == ("02:00:00:00:00:02 > 02:00:00:00:00:01, Beacon frame, length 90: Beacon frame, length 90")


def test_compiled_writes_the_same(interpreted, compiled):
    frames = [frame(kind, flags) for kind in KINDS for flags in (0, 3, PROTECTED)]
    assert lines(compiled, frames) == lines(interpreted, frames)


def test_cut_frames_are_shown(interpreted):
    """However little was captured: no byte outside of the frame is read."""
    view = view_of(interpreted)
    for kind in KINDS:
        for size in range(30):
            assert lines(interpreted, [frame(kind, 3)[:size]], view)
