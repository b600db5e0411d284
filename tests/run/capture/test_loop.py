"""The loop from a source to packets and events: numbers, counts, the filter and the end, across batches."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rawkit.decode import Packets
from rawkit.files import open_capture
from rawkit.flow import layout
from rawkit.flow.rules import FlowRules
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.run.capture.loop import CaptureLoop, SourceClock
from rawkit.sockets.filter.bpf import FrameFilter
from rawkit.view.capture import stop_words


class Memory:
    """Gives batches; at `interrupt_at` somebody presses Ctrl-C instead."""

    def __init__(self, batches: Sequence[FrameBatch], interrupt_at: int = -1) -> None:
        self.batches, self.interrupt_at, self.reads = list(batches), interrupt_at, 0

    def read(self) -> FrameBatch | None:
        self.reads += 1
        if self.reads - 1 == self.interrupt_at:
            raise KeyboardInterrupt
        return self.batches.pop(0) if self.batches else None


class Kept:
    """Keeps the frames that it is given."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def write(self, batch: FrameBatch, numbers: object) -> None:
        self.frames += batch.frames()


@pytest.fixture
def frames(root) -> list[FrameBatch]:
    """A recorded connection of ten frames, in batches of three, three, none, and four."""
    with open_capture(str(root / "captures" / "tcp-close-by-client.pcap")) as reader:
        whole = next(iter(reader)).copy()
    return [whole.select(slice(*part)) for part in ((0, 3), (3, 6), (6, 6), (6, 10))]


@pytest.fixture(params=[False, True], ids=["in turn", "ahead"])
def ahead(request) -> bool:
    """Whether a thread of its own reads and decodes."""
    return request.param


class Listener:
    """Remembers what was shown and told."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.kinds: list[int] = []

    def show(self, packets: Packets, _tracked: object) -> None:
        self.numbers += packets.numbers.tolist()

    def tell(self, events: object) -> None:
        self.kinds += events[:, layout.EVENT_KIND].tolist()

    def through(self, engine: Engine, wanted: int, loop: CaptureLoop) -> None:
        loop.run(FlowTracker(engine, wanted, tell=self.tell), self.show)


ALL = layout.HANDSHAKE | layout.TEARDOWN | layout.FLOW_END


def test_frames_are_numbered_on_across_batches(interpreted, frames, ahead):
    heard, loop = Listener(), CaptureLoop(Memory(frames), interpreted, ahead=ahead)
    heard.through(interpreted, ALL, loop)
    assert heard.numbers == list(range(1, 11))
    assert heard.kinds == [layout.HANDSHAKE, layout.TEARDOWN, layout.FLOW_END]
    assert (loop.counts.frames, loop.counts.kept, loop.interrupted) == (10, 10, False)


def test_a_filter_leaves_the_numbers_of_the_file(interpreted, frames, ahead):
    """Those of the server's frames, as tshark has them: 2, 5, 6 and 9."""
    heard, kept = Listener(), Kept()
    only = FrameFilter("src host 198.51.100.20")
    loop = CaptureLoop(Memory(frames), interpreted, only, sink=kept, ahead=ahead)
    heard.through(interpreted, 0, loop)
    assert heard.numbers == [2, 5, 6, 9]
    assert kept.frames == [frame for batch in frames for frame in batch.frames() if frame[26:30] == b"\xc6\x33\x64\x14"]
    assert (loop.counts.frames, loop.counts.kept) == (10, 4)


@pytest.mark.parametrize("most", [1, 3, 4, 10, 20])
def test_the_pass_ends_with_the_last_frame_wanted(interpreted, frames, ahead, most):
    heard, kept, source = Listener(), Kept(), Memory(frames)
    heard.through(interpreted, 0, CaptureLoop(source, interpreted, most=most, sink=kept, ahead=ahead))
    assert heard.numbers == list(range(1, min(most, 10) + 1))
    assert len(kept.frames) == len(heard.numbers)
    assert source.reads <= {1: 1, 3: 1, 4: 2}.get(most, 5)


def many(count: int) -> FrameBatch:
    """A UDP datagram of each of so many flows, at the same time."""
    head = bytes.fromhex("45000024000000004011000000000000c6120001") + bytes.fromhex("0f3c270f00100000") + bytes(8)
    packets = [head[:12] + number.to_bytes(4, "big") + head[16:] for number in range(0xC6130000, 0xC6130000 + count)]
    return FrameBatch.from_frames(packets, [1_700_000_000 * 10**9] * count, link_type=101)


def test_who_waits_for_the_end_is_told_how_much_was_not(interpreted, monkeypatch):
    """4,000 flows are open when Ctrl-C comes, and there is no time to tell them."""
    monkeypatch.setattr("rawkit.run.capture.loop.LAST_WORDS", -1.0)
    asked = [False]
    heard, loop = Listener(), CaptureLoop(Memory([many(4000)]), interpreted, hurries=lambda: asked[0])
    tracker = FlowTracker(interpreted, layout.FLOW_END, tell=heard.tell, hurries=loop.hurries)

    def show(_packets: Packets, _tracked: object) -> None:
        asked[0] = True

    loop.run(tracker, show)
    assert 0 < len(heard.kinds) < 4000
    assert (loop.connections, loop.noticed.untold) == (4000, 4000 - len(heard.kinds))


def test_nobody_waits_at_the_end_of_a_file(interpreted, monkeypatch):
    monkeypatch.setattr("rawkit.run.capture.loop.LAST_WORDS", -1.0)
    heard, loop = Listener(), CaptureLoop(Memory([many(4000)]), interpreted)
    heard.through(interpreted, layout.FLOW_END, loop)
    assert (len(heard.kinds), loop.noticed.untold) == (4000, 0)


def test_that_room_is_short_is_said_once_while_packets_come(interpreted):
    """1,024 flows have room, whatever memory is given; 3,000 come."""
    said: list[int] = []
    heard, batches = Listener(), [many(3000).select(slice(first, first + 500)) for first in range(0, 3000, 500)]
    loop = CaptureLoop(Memory(batches), interpreted, crowded=lambda: said.append(loop.counts.frames))
    loop.run(FlowTracker(interpreted, layout.FLOW_END, tell=heard.tell, rules=FlowRules(memory=0)), heard.show)
    assert said == [1500]
    assert len(heard.kinds) == 3000


def test_ctrl_c_tells_what_was_open(interpreted, frames, ahead):
    heard, loop = Listener(), CaptureLoop(Memory(frames, interrupt_at=2), interpreted, ahead=ahead)
    heard.through(interpreted, ALL, loop)
    assert loop.interrupted
    assert heard.numbers == list(range(1, 7))
    assert heard.kinds == [layout.HANDSHAKE, layout.FLOW_END]


def test_recording_writes_and_decodes_nothing(interpreted, frames, ahead):
    kept = Kept()
    loop = CaptureLoop(Memory(frames), interpreted, most=7, sink=kept, ahead=ahead)
    loop.record()
    assert kept.frames == [frame for batch in frames for frame in batch.frames()][:7]
    assert loop.counts.stopped == {}


def test_what_stopped_early_is_counted_by_layer_and_link(interpreted, ahead):
    strange = FrameBatch.from_frames([b"\0" * 12 + b"\x12\x34"] * 2)
    unknown = FrameBatch.from_frames([b"\0" * 20], link_type=147)
    loop = CaptureLoop(Memory([strange, unknown]), interpreted, ahead=ahead)
    Listener().through(interpreted, 0, loop)
    words = {stop_words(*key): count for key, count in loop.counts.stopped.items()}
    assert words == {"eth unknown": 2, "LINKTYPE 147 unknown": 1}


SECOND = 1_000_000_000


@pytest.fixture
def quiet(frames) -> list[FrameBatch]:
    """A SYN, and then nothing."""
    return [frames[0].select(slice(0, 1)), *[FrameBatch.from_frames([])] * 4]


def outcomes(engine: Engine, loop: CaptureLoop) -> list[int]:
    """The kinds of events of each step, added up; the last number is that of what was open at the end."""
    tracker = FlowTracker(engine, layout.HANDSHAKE)
    steps = [int(tracked.events[:, layout.EVENT_KIND].sum()) for _packets, tracked in loop.steps(tracker)]
    return [*steps, int(tracker.finish()[:, layout.EVENT_KIND].sum())]


def test_connections_end_as_time_passes(interpreted, quiet, ahead):
    """Zeek's tcp_attempt_delay is 5 s; 0.1 s more is left to packets that are on their way."""
    begin = int(quiet[0].timestamp[0])
    times = iter([begin, begin + SECOND, begin + 5 * SECOND, begin + 6 * SECOND, begin + 7 * SECOND])
    loop = CaptureLoop(Memory(quiet), interpreted, clock=lambda _batch: next(times), ahead=ahead)
    assert outcomes(interpreted, loop) == [0, 0, 0, layout.HANDSHAKE, 0, 0]


def test_without_a_clock_connections_end_as_packets_come(interpreted, quiet, ahead):
    loop = CaptureLoop(Memory(quiet), interpreted, ahead=ahead)
    assert outcomes(interpreted, loop) == [0, 0, 0, 0, 0, layout.HANDSHAKE]


def test_the_time_of_a_source_goes_on_from_its_newest_frame(monkeypatch):
    """Whenever the frames were recorded; and frames tell no time themselves, as those of a file do not."""
    clock, now = SourceClock(), 77
    monkeypatch.setattr("rawkit.run.capture.loop.time.monotonic_ns", lambda: now)
    empty = FrameBatch.from_frames([])
    assert clock(empty) is None
    assert clock(FrameBatch.from_frames([b"a", b"b"], [SECOND, SECOND - 1])) is None
    now += 5
    assert clock(empty) == SECOND + 5
    assert clock(FrameBatch.from_frames([b"c"], [3 * SECOND])) is None
    now += 7
    assert clock(empty) == 3 * SECOND + 7


def test_packets_alone_are_counted_like_steps(interpreted, frames, ahead):
    loop = CaptureLoop(Memory(frames), interpreted, most=8, ahead=ahead)
    assert [packets.numbers.tolist() for packets in loop.packets()] == [[1, 2, 3], [4, 5, 6], [], [7, 8]]
    assert (loop.counts.frames, loop.counts.kept) == (10, 8)
