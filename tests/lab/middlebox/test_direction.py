"""The fate of frames in one direction, with times that the tests choose."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawkit.lab import Faults
from rawkit.lab.middlebox.direction import HOLD, Direction
from rawkit.values import replace

FRAMES = [bytes(14) + number.to_bytes(4) for number in range(2000)]


def passed(faults: Faults, frames: list[bytes] = FRAMES, spacing: float = 0.001) -> list[tuple[float, bytes]]:
    """When each frame goes on, if they arrive one every `spacing` seconds and the deadlines are kept exactly."""
    direction = Direction(faults)
    sent = []

    def send_until(limit: float) -> None:
        while (deadline := direction.deadline) is not None and deadline <= limit:
            ready = direction.due(deadline)
            assert ready
            sent.extend((deadline, frame) for frame in ready)

    for number, frame in enumerate(frames):
        now = number * spacing
        send_until(now)
        direction.arrive(frame, now)
        sent.extend((now, ready) for ready in direction.due(now))
    send_until(float("inf"))
    assert direction.due(float("inf")) == []
    return sent


def test_without_faults_each_frame_goes_on_at_once() -> None:
    assert passed(Faults()) == [(number * 0.001, frame) for number, frame in enumerate(FRAMES)]


def test_delay_is_exact() -> None:
    assert [due - number * 0.001 for number, (due, _) in enumerate(passed(Faults(delay=0.25)))] == pytest.approx(
        [0.25] * len(FRAMES)
    )


def test_jitter_spreads_the_delay_and_keeps_the_order() -> None:
    sent = passed(Faults(delay=0.1, jitter=0.02), spacing=0.1)
    delays = [due - number * 0.1 for number, (due, _) in enumerate(sent)]
    assert [frame for _, frame in sent] == FRAMES
    assert 0.08 <= min(delays) < 0.081
    assert 0.119 < max(delays) <= 0.12
    assert [frame for _, frame in passed(Faults(delay=0.1, jitter=0.1), spacing=1e-4)] == FRAMES


def test_loss_takes_its_share() -> None:
    sent = passed(Faults(loss=0.25))
    assert len(sent) == pytest.approx(1500, abs=100)  # 5 standard deviations of a binomial distribution
    assert len(passed(Faults(loss=1))) == 0


def test_duplicates_follow_their_original() -> None:
    counted = Counter(frame for _, frame in passed(Faults(duplicate=0.5)))
    assert set(counted.values()) == {1, 2}
    assert sum(counted.values()) == pytest.approx(3000, abs=112)


def test_corruption_turns_one_bit_behind_the_ethernet_header() -> None:
    for (_, got), sent in zip(passed(Faults(corrupt=1)), FRAMES, strict=True):
        assert (int.from_bytes(got) ^ int.from_bytes(sent)).bit_count() == 1
        assert got[:14] == sent[:14]


def test_a_frame_without_payload_is_not_corrupted() -> None:
    assert passed(Faults(corrupt=1), [bytes(14), b""]) == [(0, bytes(14)), (0.001, b"")]


@pytest.mark.parametrize("gap", [1, 3, 10])
def test_held_frames_are_overtaken_by_as_many_as_the_gap(gap: int) -> None:
    arrived = [FRAMES.index(frame) for _, frame in passed(Faults(reorder=0.01, gap=gap, seed=4))]
    assert sorted(arrived) == list(range(len(FRAMES)))
    late = [place for place in range(1, len(arrived)) if arrived[place] < arrived[place - 1]]
    assert late
    overtaken = Counter(sum(earlier > arrived[place] for earlier in arrived[:place]) for place in late)
    assert overtaken.most_common(1)[0][0] == gap


def test_a_held_frame_goes_on_where_nothing_follows() -> None:
    assert passed(Faults(reorder=1), FRAMES[:1]) == [(HOLD, FRAMES[0])]


def test_the_rate_spaces_frames_and_a_full_queue_loses_them() -> None:
    frames = [bytes(1000)] * 300
    sent = passed(Faults(rate=1_000_000, queue=0.804), frames, spacing=0.0)
    # A frame of 8000 bits takes 8 ms; whoever would wait for more than 0.804 s is lost.
    assert [due for due, _ in sent] == pytest.approx([0.008 * number for number in range(1, 102)])


@given(
    st.builds(
        Faults,
        delay=st.floats(0, 1),
        jitter=st.floats(0, 1),
        loss=st.floats(0, 1),
        duplicate=st.floats(0, 1),
        reorder=st.floats(0, 1),
        gap=st.integers(1, 20),
        corrupt=st.floats(0, 1),
        rate=st.integers(0, 10**7),
        seed=st.integers(0, 2**32),
    )
)
@settings(max_examples=50, deadline=None)
def test_frames_neither_vanish_nor_appear_and_faults_repeat(faults: Faults) -> None:
    frames = FRAMES[:200]
    direction = Direction(faults)
    for number, frame in enumerate(frames):
        direction.arrive(frame, number * 0.01)
    counts = direction.counts
    out = len(direction.due(float("inf")))
    assert out == len(frames) - counts["lost"] - counts["overflowed"] + counts["duplicated"]
    assert passed(faults, frames) == passed(faults, frames)


def test_another_seed_gives_other_faults() -> None:
    faults = Faults(loss=0.5)
    assert passed(faults) == passed(faults)
    assert passed(faults) != passed(replace(faults, seed=1))
