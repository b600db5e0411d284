"""The part of docs/ci.md that tells what expectations are made of."""

from __future__ import annotations

from generating.text import between


def page(present: str) -> str:
    """The page with the functions, units and limits as they are declared now."""
    from rawkit.query.expect import functions, tallies
    from rawkit.query.units import SIZES, TIMES

    also = {name: other for other, name in functions.ALSO.items()}
    names = {name: f"`{name}`" + (f", `{also[name]}`" if name in also else "") for name in functions.FUNCTIONS}
    rows = [f"| {names[name]} | {one.doc} |" for name, one in functions.FUNCTIONS.items()]
    ranks = f"| {functions.RANKS} | {functions.RANK_DOC} |"
    table = "\n".join(("| function | what it says |", "|---|---|", *rows, ranks))
    units = f"Times need a unit: {_units(TIMES)}. Bytes may have one: {_units(SIZES)}."
    kept = (
        f"Percentiles are exact: the different values are kept, {tallies.MOST_VALUES:,} at most, 16 bytes each; "
        f"`distinct` tells {tallies.MOST_DIFFERENT:,} values apart. What has more ends with an error that says so."
    )
    return between(present, "functions of expectations", f"{table}\n\n{units} {kept}")


def _units(units: dict[str, int]) -> str:
    return " ".join(f"`{unit}`" for unit in sorted(units, key=units.__getitem__))
