"""What a failed test leaves: the captures that it sniffed, and what was in them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rawkit.errors import RawkitError

if TYPE_CHECKING:
    import pytest

    from rawkit.flow.event_names import Name
    from rawkit.testing.recorded import Recorded

TOLD: Final[tuple[Name, ...]] = ("handshakes", "teardowns", "udp")


def kept(item: pytest.Item, seen: Sequence[Recorded], folder: str | None) -> list[tuple[str, str]]:
    """Copies the captures; returns sections for the report: where each is, and its events as text."""
    place = _emptied(item, folder)
    return [("sniffed", _told(recorded, place)) for recorded in seen if recorded.path.exists()]


def _emptied(item: pytest.Item, folder: str | None) -> Path | None:
    """The folder of this test, empty; None where pytest keeps nothing (`-p no:cacheprovider`) and none was named."""
    name = re.sub(r"[^\w.-]+", "-", item.nodeid).strip("-")
    if folder is not None:
        place = item.config.invocation_params.dir / folder / name
    elif item.config.pluginmanager.has_plugin("cacheprovider") and item.config.cache is not None:
        place = item.config.cache.mkdir("rawkit-failures") / name
    else:
        return None
    shutil.rmtree(place, ignore_errors=True)  # of the time before
    place.mkdir(parents=True)
    return place


def _told(recorded: Recorded, place: Path | None) -> str:
    path = recorded.path
    if place is not None:
        path = Path(shutil.copy(path, place))
    try:
        lines = [line for view in TOLD for line in recorded.lines(view)]
    except RawkitError as error:
        lines = [str(error)]
    return "\n".join([str(path), *(f"  {line}" for line in lines)])
