"""Sends a capture's frames, in the host of a lab that it is called in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rawkit.api.replay import ReplayRequest, ReplayRun, Sent


def replay(path: str, interface: str, options: Mapping[str, Any]) -> Sent:
    """Sends all of them; returns what went out.

    Args:
        path: the capture.
        interface: where they go out.
        options: other words of `rawkit replay`.

    Raises TypeError for words that it does not have, and what `ReplayRun` raises.
    """
    with ReplayRun(ReplayRequest(path, interface, **options)) as run:
        return run.go()
