"""Kernels interpreted and compiled: the same rows, streams, flags and events, of recorded and of broken frames."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

import numpy as np
import pytest

from rawkit.decode import Decoder
from rawkit.files import open_capture
from rawkit.flow import layout
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch

ALL = layout.EVENT_KINDS | layout.BASES
CHANGED = 3000

pytestmark = pytest.mark.slow


def same(batches: list[FrameBatch], engines: tuple[object, object]) -> None:
    decoders = [Decoder(engine) for engine in engines]
    trackers = [FlowTracker(engine, ALL, seed=7) for engine in engines]
    for batch in batches:
        plain, fast = (decoder.decode(batch) for decoder in decoders)
        assert (plain.rows == fast.rows).all()
        found = [tracker.track(packets) for tracker, packets in zip(trackers, (plain, fast), strict=True)]
        for name in ("stream", "analysis", "events", "bases"):
            assert (getattr(found[0], name) == getattr(found[1], name)).all(), name
    ends = [tracker.finish() for tracker in trackers]
    assert (ends[0] == ends[1]).all()


def recorded_batches(paths: list) -> Iterator[FrameBatch]:
    for path in paths:
        with open_capture(str(path)) as reader:
            yield from (batch.copy() for batch in reader)


def test_recorded(capture_paths, interpreted, compiled):
    same(list(recorded_batches(capture_paths)), (interpreted, compiled))


def broken(frame: bytes, chance: random.Random) -> bytes:
    """The frame with a few bytes changed, and perhaps cut."""
    changed = bytearray(frame)
    for _ in range(chance.randrange(4)):
        changed[chance.randrange(min(len(changed), 90))] = chance.randrange(256)
    return bytes(changed[: chance.randrange(len(changed) + 1)] if chance.random() < 0.2 else changed)


def test_broken(recorded, interpreted, compiled):
    chance = random.Random(1)
    by_link: dict[int, list[bytes]] = {}
    for _ in range(CHANGED):
        link_type, frame = chance.choice(recorded)
        by_link.setdefault(link_type, []).append(broken(frame, chance))
    times = np.cumsum(np.random.default_rng(1).integers(0, 10**9, CHANGED)).tolist()
    batches = [FrameBatch.from_frames(f, times[: len(f)], link_type=link) for link, f in by_link.items()]
    same(batches, (interpreted, compiled))


def test_flows_far_apart(recorded, interpreted, compiled):
    """So many flows at once that the rows of packets to come are fetched ahead, with frames of any kind between."""
    chance = random.Random(3)
    others = [frame for link_type, frame in recorded if link_type == 1]
    rounds = 3 * [list(range(layout.FAR + 100))]
    frames = [datagram(port) for ports in rounds for port in chance.sample(ports, len(ports))]
    frames = [broken(chance.choice(others), chance) if chance.random() < 0.2 else frame for frame in frames]
    same([FrameBatch.from_frames(frames, link_type=1)], (interpreted, compiled))


def datagram(port: int) -> bytes:
    ip = bytes.fromhex("4500001c0000400040114e9bc0000201c6336401")
    return bytes(12) + b"\x08\x00" + ip + struct.pack("!HHHH", port, 9, 8, 0)


def test_random_bytes(interpreted, compiled):
    chance = random.Random(2)
    for link_type in (1, 101, 113, 276, 0, 9, 105):
        frames = [chance.randbytes(chance.randrange(120)) for _ in range(200)]
        same([FrameBatch.from_frames(frames, link_type=link_type)], (interpreted, compiled))
