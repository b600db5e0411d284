"""Lines of all captures' events are the same, whether they are written one by one or many at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rawkit.decode import Decoder
from rawkit.files import open_capture
from rawkit.flow.event_names import CODES, Name
from rawkit.flow.rules import FlowRules
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import Int64s
from rawkit.kernels import Engine
from rawkit.view.events import one_syn
from rawkit.view.events.view import EventView
from rawkit.view.flows import together
from rawkit.view.moments import FORMS

ENGINE = Engine("compiled")


@pytest.fixture(scope="module")
def events(capture_paths: Sequence[Path]) -> Callable[[Name], list[Int64s]]:
    """The events of a view, an array for each capture; flows in tunnels come with those that carry them."""

    def found(name: Name) -> list[Int64s]:
        arrays: list[Int64s] = []
        for path in capture_paths:
            follower = FlowTracker(ENGINE, CODES[name], rules=FlowRules(tunnels="both"), seed=1, tell=arrays.append)
            decoder = Decoder(ENGINE)
            with open_capture(path, ENGINE) as capture:
                for batch in capture:
                    follower.track(decoder.decode(batch))
            follower.finish()
        return arrays

    return found


@pytest.mark.parametrize(
    ("name", "format"),
    [("flows", "text"), *((name, format) for name in ("handshakes", "teardowns") for format in ("text", "json"))],
)
def test_lines_of_all_captures(monkeypatch, events, name, format):
    arrays = events(name)
    lines = []
    for few in (1, 1 << 30):
        monkeypatch.setattr(one_syn, "FEW", few)
        monkeypatch.setattr(together, "FEW", few)
        views = [EventView(name, format, ENGINE, times=form) for form in FORMS]
        lines.append([view.tell(array).decode().splitlines() for array in arrays for view in views])
    assert lines[0] == lines[1]
    assert sum(map(len, lines[0])) > 100
