"""Rendering behind: lines in order, errors where they are noticed, nothing lost at the end."""

from __future__ import annotations

import threading

import pytest

from rawkit.run.behind import BEHIND, Rendered


def test_lines_come_in_order_though_the_first_is_slow():
    """The first waits until the second is done: only two threads at once can end this."""
    second_done, lines = threading.Event(), []

    def slow() -> bytes:
        assert second_done.wait(60)
        return b"first"

    def quick() -> bytes:
        second_done.set()
        return b"second"

    with Rendered(lines.append, 2) as rendered:
        rendered.submit(slow)
        rendered.submit(quick)
    assert lines == [b"first", b"second"]


def test_only_so_many_calls_are_under_way():
    lines = []
    with Rendered(lines.append, 1) as rendered:
        for number in range(BEHIND + 2):
            rendered.submit(b"%d".__mod__, number)
            assert number + 1 - len(lines) <= BEHIND
    assert lines == [b"%d" % number for number in range(BEHIND + 2)]


def render_all(put, *calls, error: type[BaseException] | None = None) -> None:
    """Has the calls made, then fails where it is asked to."""
    with Rendered(put, 2) as rendered:
        for call in calls:
            rendered.submit(call)
        if error:
            raise error


def test_an_error_of_rendering_is_raised_and_lines_before_it_are_put():
    lines = []

    def fail() -> bytes:
        raise ValueError("cannot render")

    with pytest.raises(ValueError, match="cannot render"):
        render_all(lines.append, lambda: b"before", fail)
    assert lines == [b"before"]


def test_lines_that_were_rendered_are_put_when_the_teller_fails():
    lines = []
    with pytest.raises(KeyError):
        render_all(lines.append, lambda: b"found", error=KeyError)
    assert lines == [b"found"]


def test_nothing_more_is_put_where_nobody_reads():
    calls = []

    def put(_lines: bytes) -> None:
        calls.append(1)
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        render_all(put, *[lambda: b"line"] * (BEHIND + 3))
    assert calls == [1]
