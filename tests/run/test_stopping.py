"""Signals during a long run: noted, and as before afterwards."""

from __future__ import annotations

import signal

import pytest

from rawkit.run.stopping import Stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_asks(number: signal.Signals) -> None:
    with Stop() as stop:
        assert not stop.asked
        signal.raise_signal(number)
        assert stop.asked


def test_the_second_ctrl_c_insists() -> None:
    with Stop():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(SystemExit, match="130"):
            signal.raise_signal(signal.SIGINT)


def test_sigterm_after_ctrl_c_changes_nothing() -> None:
    with Stop() as stop:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGTERM):
            signal.raise_signal(number)
        assert stop.asked


def test_reports_are_counted() -> None:
    with Stop() as stop:
        for _ in range(3):
            signal.raise_signal(signal.SIGUSR1)
        assert (stop.reports, stop.asked) == (3, False)


def test_handlers_are_as_before_afterwards() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
    before = [signal.getsignal(number) for number in numbers]
    with Stop():
        assert [signal.getsignal(number) for number in numbers] != before
    assert [signal.getsignal(number) for number in numbers] == before
