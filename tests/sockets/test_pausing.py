"""Steps that pause, and who blocks meanwhile: what ends the wait, and what is left where it is broken off."""

from __future__ import annotations

import os
import select
import time

import pytest

from rawkit.sockets.pausing import OTHERS, Pause, blocking, without_pauses


@pytest.fixture
def pipe():
    """Its end to read, and that to write."""
    ends = os.pipe()
    return [os.fdopen(ends[0], "rb", 0), os.fdopen(ends[1], "wb", 0)]


def closed(*files):
    for one in files:
        one.close()


def test_a_pause_ends_with_what_it_waits_for(pipe):
    reading, writing = pipe
    writing.write(b"a")
    begin = time.monotonic()
    Pause(60, readers=(reading,)).block()
    Pause(60, writers=(writing,)).block()
    Pause(None, readers=(reading,), writers=(writing,)).block()
    assert time.monotonic() - begin < 30
    closed(*pipe)


def test_a_pause_ends_with_its_time(pipe):
    begin = time.monotonic()
    Pause(0.02, readers=(pipe[0],)).block()
    Pause(0.02).block()
    assert time.monotonic() - begin >= 0.04
    closed(*pipe)


def test_a_pause_for_others_takes_no_call(monkeypatch):
    for module, name in ((time, "sleep"), (select, "poll")):
        monkeypatch.setattr(module, name, None)
    OTHERS.block()


def test_steps_that_are_broken_off_are_closed(monkeypatch):
    done = []

    def steps():
        try:
            yield Pause(1)
        finally:
            done.append("closed")

    def interrupt(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        blocking(steps())
    assert done == ["closed"]


def test_what_steps_raise_is_raised():
    def steps():
        yield OTHERS
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        blocking(steps())


def test_a_course_without_its_pauses():
    assert list(without_pauses(iter([OTHERS, 1, Pause(0.001), 2]))) == [1, 2]
