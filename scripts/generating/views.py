"""The tables of docs/views.md that tell the fields of events."""

from __future__ import annotations

from generating.text import between


def page(present: str) -> str:
    """The page with the tables as they follow from the fields now."""
    from rawkit.view.events.shown import SHOWN

    for name, shown in SHOWN.items():
        present = between(present, f"fields of {name}", table(shown.docs))
    return present


def table(docs: tuple[tuple[str, str], ...]) -> str:
    """Names and meanings as Markdown."""
    rows = (f"| `{name}` | {meaning} |" for name, meaning in docs)
    return "\n".join(("| field | meaning |", "|---|---|", *rows))
