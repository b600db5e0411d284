"""Whatever the packets are, the tracker takes them, and all that it tells can be shown."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.decode import Decoder
from rawkit.files import open_capture
from rawkit.flow import layout
from rawkit.flow.kinds import BY_NAME
from rawkit.flow.rules import CHECKSUMS, TUNNELS, VLAN, FlowRules
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.view.events.shown import SHOWN

SECOND = 10**9
PAUSES = (1, 10**6, SECOND, -SECOND, 100 * SECOND, -(10**6) * SECOND)
RULES = st.builds(FlowRules, st.sampled_from(CHECKSUMS), st.sampled_from(VLAN), st.sampled_from(TUNNELS))


@pytest.fixture(scope="module")
def pool(capture_paths) -> list[tuple[bytes, int]]:
    """The first frames of each capture of Ethernet or raw IP, and their link types."""
    frames = []
    for path in capture_paths:
        with open_capture(path) as capture:
            for batch in capture:
                frames += [(batch.frame(i), int(batch.link_type[i])) for i in range(min(len(batch), 12))]
    return frames


def mangled(pool: list[tuple[bytes, int]], choose: random.Random) -> FrameBatch:
    """Frames with bytes changed, cut, in any order and at any time."""
    link_type = choose.choice(pool)[1]
    frames, lengths, times, now = [], [], [], 10**18
    for _ in range(choose.randint(1, 30)):
        frame = bytearray(choose.choice([frame for frame, link in pool if link == link_type]))
        for _ in range(choose.choice((0, 0, 1, 5)) if frame else 0):
            frame[choose.randrange(len(frame))] = choose.randrange(256)
        kept = choose.choice((len(frame), len(frame), choose.randint(0, len(frame))))
        now += choose.choice(PAUSES)
        frames.append(bytes(frame[:kept]))
        lengths.append(len(frame))
        times.append(now)
    return FrameBatch.from_frames(frames, times, link_type, lengths)


@given(RULES, st.integers(0, 2**32))
def test_any_packets(pool, interpreted, rules, seed):
    choose = random.Random(seed)
    tracker = FlowTracker(interpreted, layout.EVENT_KINDS | layout.BASES, rules=rules)
    batches = [mangled(pool, choose) for _ in range(2)]
    decoder = Decoder(interpreted)
    told = [tracker.track(decoder.decode(batch)).events for batch in batches]
    for event in np.concatenate([*told, tracker.finish()]).tolist():
        for name, kind in BY_NAME.items():
            value = kind.event(event[layout.EVENT_ROW :]) if kind.code == event[layout.EVENT_KIND] else None
            if value is not None and name != "udp":
                assert SHOWN[name].line(value, when=lambda _: "")
