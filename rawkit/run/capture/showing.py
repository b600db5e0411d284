"""A capture through a view: what it renders is put out as it comes, or rendered by threads behind the loop."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from rawkit.errors import CaptureError
from rawkit.flow.rules import DEFAULT_RULES, FlowRules
from rawkit.flow.table.selecting import selected_rows
from rawkit.flow.table.tracker import FlowTracker, Tracked

if TYPE_CHECKING:
    from rawkit.decode import Packets
    from rawkit.frames import Int64s
    from rawkit.kernels import Engine
    from rawkit.run.capture.loop import CaptureLoop, Show

HAND_OVER: Final = 0.0005
"""Seconds: a thread whose kernel is done waits at most so long for the GIL, not Python's 5 ms."""

Put = Callable[[bytes], None]
"""Takes lines, in their order."""
Call = Callable[..., None]


class CaptureView(Protocol):
    """A view, as all of `rawkit.view`'s that a capture goes through are.

    Attributes:
        wanted: kinds of events that the tracker has to give for it (`rawkit.flow.layout`).
        threads: how many may call it at once.
    """

    @property
    def wanted(self) -> int: ...
    @property
    def threads(self) -> int: ...

    def header(self) -> bytes:
        """What stands before all lines."""

    def render(self, packets: Packets, tracked: Tracked) -> bytes:
        """The lines of a batch of packets, which may be empty."""

    def tell(self, events: Int64s) -> bytes:
        """The lines of events."""

    def rest(self) -> bytes:
        """What is left at the end."""


MakeView = Callable[["Engine", Any], CaptureView]
"""Makes a view that runs its kernels on the engine; one of flows also with what finds their owners, or None."""


def show(loop: CaptureLoop, shown: CaptureView, put: Put, rules: FlowRules = DEFAULT_RULES) -> None:
    """Runs the loop to its end through the view; `rules` say how flows are told apart.

    Where the loop reads ahead, threads render behind it. Before a CaptureError all is put out that came before.
    """
    put(shown.header())
    try:
        with _calling(loop, shown, put) as call:
            tracker = FlowTracker(
                loop.engine, shown.wanted, tell=partial(call, shown.tell), rules=rules, hurries=loop.hurries
            )
            loop.run(tracker, _in_turns(call, shown))
    except CaptureError:
        put(shown.rest())
        raise
    put(shown.rest())


def _in_turns(call: Call, shown: CaptureView) -> Show:
    """What shows a batch: at once, or so many packets a time as a view asks for that takes long over each."""
    at_once = getattr(shown, "at_once", 0)
    if not at_once:
        return partial(call, shown.render)

    def show_some(packets: Packets, tracked: Tracked) -> None:
        for begin in range(0, len(packets), at_once):
            call(shown.render, *selected_rows(packets, tracked, slice(begin, begin + at_once)))

    return show_some


@contextmanager
def _calling(loop: CaptureLoop, shown: CaptureView, put: Put) -> Iterator[Call]:
    """What calls a method of the view and puts out its lines."""
    if not loop.ahead:
        yield lambda render, *arguments: put(render(*arguments))
        return
    from rawkit.run.behind import Rendered

    sys.setswitchinterval(HAND_OVER)
    with Rendered(put, shown.threads) as rendered:
        yield rendered.submit
