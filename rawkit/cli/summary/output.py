"""How a summary is printed: a page, JSON or CSV."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rawkit.view.columns import Screen
from rawkit.view.summary.page import page
from rawkit.view.summary.records import csv_lines, json_lines


def writer(format: str, screen: Screen | None, top: int | None = None) -> Callable[[Any], bytes]:
    """What makes lines of a summary.

    Args:
        format: `text`, `json` or `csv`.
        screen: the terminal that text is written for, if it is one.
        top: rows of each table; None: as many as fit a page, and all in JSON and CSV.
    """

    def written(found: Any) -> bytes:
        if format == "text":
            lines = page(found, screen, top)
        else:
            lines = list((json_lines if format == "json" else csv_lines)(found, top))
        return "".join(f"{line}\n" for line in lines).encode()

    return written
