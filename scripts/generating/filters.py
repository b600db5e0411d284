"""The tables of docs/filters.md that tell the names that filters alone have."""

from __future__ import annotations

from generating.text import between
from generating.views import table


def page(present: str) -> str:
    """The page with the tables as they follow from the names now."""
    from rawkit.query.names import INSTEAD, OWN, UNIONS

    unions = tuple((name, " and ".join(f"`{part}`" for part in parts)) for name, parts in UNIONS.items())
    own = tuple((known.name, known.doc) for known in OWN)
    present = between(present, "names of filters", table(unions + own))
    rows = (f"| `{name}` | {use} |" for name, use in INSTEAD.items())
    return between(present, "not there", "\n".join(("| Wireshark's | here |", "|---|---|", *rows)))
