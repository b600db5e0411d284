"""Two threads that send the parts of a batch: all go, each once, each with a time; what goes wrong is raised."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from rawkit.errors import SendError
from rawkit.frames import FrameBatch
from rawkit.probe.scan.values import Probes
from rawkit.run.scan.sending import STAMPED, Burst, Helper, Share

COUNT = 5 * STAMPED + 7


class Recorder:
    """A sender that keeps what it was given; it waits until `others` have sent a part too."""

    def __init__(self, others: threading.Barrier | None = None) -> None:
        self.parts: list[tuple[int, int]] = []
        self.loads = 0
        self._others = others

    def load(self, batch: FrameBatch) -> FrameBatch:
        self.loads += 1
        return batch

    def send_part(self, load: FrameBatch, begin: int, end: int) -> None:
        self.parts.append((begin, end))
        if self._others is not None and len(self.parts) == 1:
            self._others.wait(10)


class Broken(Recorder):
    def __init__(self) -> None:
        super().__init__()
        self.tried = threading.Event()

    def send_part(self, load: FrameBatch, begin: int, end: int) -> None:
        self.tried.set()
        raise SendError("eth0: no frame went out")


def burst(*senders: Recorder) -> Burst:
    """Two ways: every second probe leaves by the one, the others by the other."""
    numbers = np.arange(COUNT)
    shares = []
    for first in (0, 1):
        rows = numbers[first::2]
        shares.append(Share(rows, FrameBatch.from_frames([b"%d" % row for row in rows]), senders))
    ticks = iter(range(1, COUNT))
    made = Burst(Probes(numbers, numbers, numbers), shares, ticks.__next__)
    made.times[:] = 0
    return made


def frames_of(*senders: Recorder) -> list[tuple[int, int]]:
    return sorted(part for sender in senders for part in sender.parts)


ALL = sorted(
    (begin, min(begin + STAMPED, size)) for size in ((COUNT + 1) // 2, COUNT // 2) for begin in range(0, size, STAMPED)
)


def test_both_threads_send_and_nothing_goes_twice() -> None:
    meeting = threading.Barrier(2)
    own, other = Recorder(meeting), Recorder(meeting)
    with Helper() as helper:
        begun = burst(own, other)
        helper.begin(begun)
        assert helper.busy
        assert helper.finish() is begun
        assert not helper.busy
    assert frames_of(own, other) == ALL
    assert own.parts
    assert other.parts
    assert begun.times.min() > 0
    assert max(own.loads, other.loads) <= 2  # a load for each way


def test_one_thread_alone_sends_all() -> None:
    sender = Recorder()
    alone = burst(sender)
    alone.send()
    assert frames_of(sender) == ALL
    assert len(set(alone.times.tolist())) == len(ALL)


def test_what_either_thread_is_told_is_raised() -> None:
    for own, other in ((Broken(), Broken()), (Recorder(), Broken())):
        with Helper() as helper:
            helper.begin(burst(own, other))
            other.tried.wait(10)
            with pytest.raises(SendError, match="no frame went out"):
                helper.finish()
            assert helper.finish() is None
