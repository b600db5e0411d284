"""The tables of docs/views.md that tell the fields of packets and of events."""

from __future__ import annotations

from generating.text import between


def page(present: str) -> str:
    """The page with the tables as they follow from the fields now."""
    from rawkit.decode.fields.declared import DECLARED
    from rawkit.view.events.shown import SHOWN

    for name, shown in SHOWN.items():
        present = between(present, f"fields of {name}", table(shown.docs))
    for name, default in (("fields of packets", True), ("more fields of packets", False)):
        docs = tuple((field.name, field.doc) for field in DECLARED if field.default == default)
        present = between(present, name, table(docs))
    return present


def table(docs: tuple[tuple[str, str], ...]) -> str:
    """Names and meanings as Markdown."""
    rows = (f"| `{name}` | {meaning} |" for name, meaning in docs)
    return "\n".join(("| field | meaning |", "|---|---|", *rows))
