"""A capture that goes on for long: its memory stays what it was."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks.traffic import ACK, CONNECTION, PSH, START, Connections
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch, Int64s
from rawkit.kernels import Engine
from rawkit.run.capture.loop import CaptureLoop
from rawkit.view.events.view import EventView

GROUP = 1000
"""Connections that go on in step."""
TALK = ((True, PSH | ACK, 64), (False, ACK, 0), (False, PSH | ACK, 64), (True, ACK, 0))
SCRIPT = (*CONNECTION[:3], *CONNECTION[3:8], *TALK, *TALK, *CONNECTION[8:])
"""20 packets a connection."""
PACE = 10_000
"""Nanoseconds between two packets."""
SOURCE, TARGET = 28, 32
"""Where the lower halves of the two addresses stand in a frame."""


class Connected:
    """A FrameSource of groups of connections, each between other addresses; a packet of each connection a batch.

    The frames are made once; for the next group the client's address goes up as far as the server's goes down, so that
    all checksums stay right.
    """

    def __init__(self, groups: int) -> None:
        connections = Connections(0, GROUP)
        # The servers are at the upper end of their /16, to have room below.
        connections._server = 0xC613FF00 - np.arange(GROUP, dtype=np.int64) % 251
        self._records = [connections.packet(*step, 0) for step in SCRIPT]
        self._left, self._step, self._time = groups, 0, START * 10**9
        self.memory: list[int] = []

    def read(self) -> FrameBatch | None:
        if self._step == len(SCRIPT):
            self._left, self._step = self._left - 1, 0
            self.memory.append(resident())
            for by_client, records in zip((step[0] for step in SCRIPT), self._records, strict=True):
                move(records[:, 16:], by_client)
        if self._left == 0:
            return None
        self._step += 1
        return self._batch(self._records[self._step - 1])

    def _batch(self, records: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> FrameBatch:
        count, size = records.shape
        captured = np.full(count, size - 16, dtype=np.int32)
        times = self._time + PACE * np.arange(count)
        self._time += PACE * count
        zero: Int64s = np.zeros(count, dtype=np.int64)
        ones, none = np.ones(count, dtype=np.int32), np.zeros(count, dtype=np.int32)
        return FrameBatch(
            records.reshape(-1), np.arange(count) * size + 16, captured, captured, times, ones, none, zero
        )


def move(frames: np.ndarray[tuple[int, int], np.dtype[np.uint8]], by_client: bool) -> None:
    for place, step in ((SOURCE, 1), (TARGET, -1)) if by_client else ((TARGET, 1), (SOURCE, -1)):
        half = frames[:, place].astype(np.int64) * 256 + frames[:, place + 1] + step
        frames[:, place], frames[:, place + 1] = half >> 8, half & 0xFF


def resident() -> int:
    """Bytes of memory that this process has (proc(5))."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
def test_memory_stays_flat_over_a_million_flows(compiled: Engine) -> None:
    """20 million packets, 1,000,000 connections, each seen from its SYN to its last ACK.

    After 5 s a closed one is told and forgotten (Zeek's tcp_close_delay): 25,000 of them by then, at this pace.
    """
    source, told = Connected(1000), [0]
    view = EventView("flows", "json", compiled)

    def tell(events: Int64s) -> None:
        told[0] += view.tell(events).count(b'"conn_state":"SF"')

    tracker = FlowTracker(compiled, view.wanted, tell=tell)
    CaptureLoop(source, compiled).run(tracker, lambda packets, tracked: None)
    told[0] += view.rest().count(b'"conn_state":"SF"')
    assert told[0] == 1_000_000
    settled = source.memory[250]
    assert max(source.memory[250:]) - settled < 8 << 20
    assert settled - source.memory[0] < 256 << 20
