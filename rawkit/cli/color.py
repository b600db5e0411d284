"""Whether and how lines are shown on a terminal: `--color`, `--no-color`, NO_COLOR and COLUMNS, for all commands."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeVar

import click

if TYPE_CHECKING:
    from rawkit.view.columns import Screen

F = TypeVar("F", bound=Callable[..., Any])

CHOICES: Final = ("auto", "always", "never")
WIDTH: Final = 80
"""Characters of a line where nothing says how many there are."""


def color_options(function: F) -> F:
    """`--color` and `--no-color`, of which the last one counts; they stand before a command's name or behind it."""
    told = "Colours: on a terminal where NO_COLOR is not set (auto). always: and its columns, also where it is none."
    never = click.option(
        "--no-color", is_flag=True, flag_value="never", expose_value=False, callback=_keep, help="--color never."
    )
    choice = click.option("--color", type=click.Choice(CHOICES), expose_value=False, callback=_keep, help=told)
    return choice(never(function))


def _keep(context: click.Context, _option: click.Parameter, value: str | None) -> None:
    if value:
        context.find_root().ensure_object(dict)["color"] = value


def wants_color(settings: Mapping[str, Any], out: TextIO) -> bool:
    """Whether what is written there is to have colours (https://no-color.org; an option has the last word).

    >>> import io
    >>> wants_color({"color": "always"}, io.StringIO()), wants_color({}, io.StringIO())
    (True, False)
    """
    choice = settings.get("color", "auto")
    if choice != "auto":
        return bool(choice == "always")
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def screen(settings: Mapping[str, Any], out: TextIO, *, details: bool = False) -> Screen | None:
    """What lines for people are written for: the terminal, or with `--color always` whatever it is; else None.

    >>> import io
    >>> screen({}, io.StringIO()) is None
    True
    """
    color = wants_color(settings, out)
    if not out.isatty() and not color:
        return None
    from rawkit.view.columns import Screen

    ellipsis = "…" if (out.encoding or "").lower().startswith("utf") else "~"
    return Screen(lambda: _size(is_endless=not out.isatty()), color, details, ellipsis)


def _size(*, is_endless: bool) -> tuple[int, int | None]:
    """Columns and lines of the terminal as it is now; no lines where what is written is endless: a pager's."""
    columns, lines = _said("COLUMNS"), _said("LINES")
    for descriptor in (1, 2, 0):
        try:
            found = os.get_terminal_size(descriptor)
        except OSError:
            continue
        columns, lines = columns or found.columns, lines or found.lines
    return columns or WIDTH, None if is_endless or not lines else lines


def _said(name: str) -> int:
    """A number from the environment, 0 where it has none."""
    text = os.environ.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() else 0
