"""The tables of docs/views.md that tell the fields of packets and of events."""

from __future__ import annotations

from collections.abc import Mapping

from generating.text import between


def page(present: str) -> str:
    """The page with the tables as they follow from the fields now."""
    from rawkit.decode.fields.declared import DECLARED
    from rawkit.view import legend
    from rawkit.view.events.shown import SHOWN

    present = between(present, "history letters", meanings("letter", legend.HISTORY, "{}"))
    present = between(present, "states of flows", meanings("`conn_state`", legend.STATES, "`{}`"))
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


def meanings(head: str, words: Mapping[str, str], form: str) -> str:
    """Words and what they mean as Markdown."""
    rows = (f"| {form.format(word)} | {meaning} |" for word, meaning in words.items())
    return "\n".join((f"| {head} | means |", "|---|---|", *rows))
