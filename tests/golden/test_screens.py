"""What a terminal shows of all captures together, one view a file: read once by eyes, compared ever after.

`scripts/renew-golden` writes them again; the difference is to be read before it is committed.
"""

from __future__ import annotations

import os
import re
import time
from functools import partial
from pathlib import Path

import pytest

from rawkit.api.opening import open_capture
from rawkit.view.columns import Screen
from rawkit.view.events.view import EventView

SCREENS = Path(__file__).parent / "screens"
VIEWS = ("handshakes", "teardowns", "udp", "flows", "latency")
LINES = 24
SGR = re.compile(rb"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def shown(capture_paths: list[Path], name: str, columns: int, *, color: bool = False, details: bool = False) -> bytes:
    """What one screen shows of one capture after the other."""
    screen = Screen(lambda: (columns, LINES), color, details)
    written: list[bytes] = []
    view: list[EventView] = []

    def the_same(engine: object, find_owner: object) -> EventView:
        if not view:
            view.append(EventView(name, "text", engine, screen=screen))
        return view[0]

    for path in capture_paths:
        with open_capture(str(path), engine="interpreted") as capture:
            capture.prepare(the_same)
            capture.show(written.append)
    return b"".join(written)


@pytest.fixture(scope="module")
def screen_of(capture_paths):
    return partial(shown, capture_paths)


def golden(name: str, found: str) -> str:
    expected = SCREENS / f"{name}.txt"
    if os.environ.get("RAWKIT_RENEW_GOLDEN") == "1":
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(found)
    return expected.read_text()


@pytest.mark.parametrize("columns", [80, 160])
@pytest.mark.parametrize("view", VIEWS)
def test_screen(view, columns, screen_of):
    found = screen_of(view, columns).decode()
    assert found == golden(f"{view}-{columns}", found)
    lines = found.splitlines()
    assert max(map(len, lines)) <= columns
    assert len(lines) > LINES


@pytest.mark.parametrize("view", VIEWS)
def test_screen_with_colours_and_details(view, screen_of):
    """Escape codes as \\e, so that the file can be read."""
    found = screen_of(view, 100, color=True, details=True)
    told = found.decode().replace("\x1b", "\\e")
    assert told == golden(f"{view}-100-color", told)
    assert SGR.sub(b"", found) == screen_of(view, 100, details=True)


@pytest.mark.parametrize("view", VIEWS)
def test_no_screen_is_without_headings(view, screen_of):
    """Wherever a person scrolls to, the headings are within a screen."""
    lines = screen_of(view, 80).decode().splitlines()
    heads = [number for number, line in enumerate(lines) if re.match(r"(OUTCOME|END|STATE|LONGEST) ", line)]
    assert heads[0] == 0
    gaps = [after - before for before, after in zip(heads, [*heads[1:], len(lines)], strict=True)]
    assert max(gaps) <= LINES - 1
