"""The loop from a source to packets and events: numbers, counts, the filter and the end, across batches."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rawkit.decode import Packets
from rawkit.files import open_capture
from rawkit.flow import layout
from rawkit.frames import FrameBatch
from rawkit.run.capture.loop import Replay, stop_words
from rawkit.sockets.filter.bpf import FrameFilter


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

    def write(self, batch: FrameBatch) -> None:
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


ALL = layout.HANDSHAKE | layout.TEARDOWN | layout.FLOW_END


def test_frames_are_numbered_on_across_batches(interpreted, frames, ahead):
    heard, replay = Listener(), Replay(interpreted, ALL, ahead=ahead)
    replay.run(Memory(frames), heard.show, heard.tell)
    assert heard.numbers == list(range(1, 11))
    assert heard.kinds == [layout.HANDSHAKE, layout.TEARDOWN, layout.FLOW_END]
    assert (replay.counts.frames, replay.counts.kept, replay.interrupted) == (10, 10, False)


def test_a_filter_leaves_the_numbers_of_the_file(interpreted, frames, ahead):
    """Those of the server's frames, as tshark has them: 2, 5, 6 and 9."""
    heard, kept = Listener(), Kept()
    replay = Replay(interpreted, 0, FrameFilter("src host 198.51.100.20"), sink=kept, ahead=ahead)
    replay.run(Memory(frames), heard.show, heard.tell)
    assert heard.numbers == [2, 5, 6, 9]
    assert kept.frames == [frame for batch in frames for frame in batch.frames() if frame[26:30] == b"\xc6\x33\x64\x14"]
    assert (replay.counts.frames, replay.counts.kept) == (10, 4)


@pytest.mark.parametrize("most", [1, 3, 4, 10, 20])
def test_the_pass_ends_with_the_last_frame_wanted(interpreted, frames, ahead, most):
    heard, kept, source = Listener(), Kept(), Memory(frames)
    Replay(interpreted, 0, most=most, sink=kept, ahead=ahead).run(source, heard.show, heard.tell)
    assert heard.numbers == list(range(1, min(most, 10) + 1))
    assert len(kept.frames) == len(heard.numbers)
    assert source.reads <= {1: 1, 3: 1, 4: 2}.get(most, 5)


def test_ctrl_c_tells_what_was_open(interpreted, frames, ahead):
    heard, replay = Listener(), Replay(interpreted, ALL, ahead=ahead)
    replay.run(Memory(frames, interrupt_at=2), heard.show, heard.tell)
    assert replay.interrupted
    assert heard.numbers == list(range(1, 7))
    assert heard.kinds == [layout.HANDSHAKE, layout.FLOW_END]


def test_recording_writes_and_decodes_nothing(interpreted, frames, ahead):
    kept = Kept()
    replay = Replay(interpreted, 0, most=7, sink=kept, ahead=ahead)
    replay.record(Memory(frames))
    assert kept.frames == [frame for batch in frames for frame in batch.frames()][:7]
    assert replay.counts.stopped == {}


def test_what_stopped_early_is_counted_by_layer_and_link(interpreted, ahead):
    strange = FrameBatch.from_frames([b"\0" * 12 + b"\x12\x34"] * 2)
    unknown = FrameBatch.from_frames([b"\0" * 20], link_type=147)
    heard, replay = Listener(), Replay(interpreted, 0, ahead=ahead)
    replay.run(Memory([strange, unknown]), heard.show, heard.tell)
    words = {stop_words(*key): count for key, count in replay.counts.stopped.items()}
    assert words == {"eth unknown": 2, "LINKTYPE 147 unknown": 1}
