"""A capture through a view: lines come out when due, also where nothing comes any more, or the source fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from rawkit.errors import CaptureError
from rawkit.files import open_capture
from rawkit.frames import FrameBatch
from rawkit.run.capture.loop import CaptureLoop
from rawkit.run.capture.showing import show
from rawkit.view.events.view import EventView

SECOND = 1_000_000_000
NOTHING = FrameBatch.from_frames([])


class Scripted:
    """Gives the batches of a script; at its end None, or what it raises."""

    def __init__(self, script: Iterator[FrameBatch]) -> None:
        self._script = script

    def read(self) -> FrameBatch | None:
        return next(self._script, None)


@pytest.fixture
def exchange(root) -> FrameBatch:
    """A name is asked for, and told."""
    with open_capture(str(root / "captures" / "dns.pcap")) as reader:
        return reader.read().copy().select(slice(0, 2))


@pytest.fixture(params=[False, True], ids=["in turn", "in threads"])
def ahead(request) -> bool:
    return request.param


def test_an_exchange_is_told_when_its_time_is_over(interpreted, exchange):
    """After a minute (Zeek's udp_inactivity_timeout), though no packet comes any more."""
    lines: list[bytes] = []
    seen: list[int] = []

    def script() -> Iterator[FrameBatch]:
        yield exchange
        for _ in range(2):
            yield NOTHING
            seen.append(b"".join(lines).count(b"\n"))

    times = iter(int(exchange.timestamp[-1]) + seconds * SECOND for seconds in (0, 50, 70))
    loop = CaptureLoop(Scripted(script()), interpreted, clock=lambda _batch: next(times))
    show(loop, EventView("udp", "text", interpreted), lines.append)
    assert seen == [0, 1]
    assert b"".join(lines).count(b"\n") == 1


def test_what_came_before_an_error_is_told(interpreted, exchange, ahead):
    lines: list[bytes] = []

    def script() -> Iterator[FrameBatch]:
        yield exchange
        raise CaptureError("the link is gone: look for it")

    loop = CaptureLoop(Scripted(script()), interpreted, ahead=ahead)
    with pytest.raises(CaptureError, match="the link is gone"):
        show(loop, EventView("udp", "text", interpreted), lines.append)
    assert b"".join(lines).count(b"\n") == 1
    assert loop.connections == 1


@pytest.mark.parametrize("view", ["handshakes", "udp", "flows"])
def test_threads_put_out_the_same(interpreted, root, view):
    def told(put: Callable[[bytes], None], ahead: bool) -> None:
        with open_capture(str(root / "captures" / "dns.pcap")) as reader:
            show(CaptureLoop(reader, interpreted, ahead=ahead), EventView(view, "csv", interpreted), put)

    parts: dict[bool, list[bytes]] = {False: [], True: []}
    for ahead, lines in parts.items():
        told(lines.append, ahead)
    assert b"".join(parts[True]) == b"".join(parts[False]) != b""
