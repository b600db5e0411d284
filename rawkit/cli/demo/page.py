"""The page that the demo writes: with colours, rules and wrapped lines on a terminal, plain text elsewhere."""

from __future__ import annotations

import sys
from typing import Final, Literal, Protocol

STYLES: Final = (
    (r"\b(established|open|SYN-ACK)\b", "green"),
    (r"\b(refused|closed|unreachable|RST|aborted|unread data|NXDOMAIN)\b", "red"),
    (r"\b(timed out|filtered|no answer)\b", "yellow"),
    (r"\b(connect|close|recv|send|shutdown)\([A-Z_]*\)(: E[A-Z]+| = \w+| waits| with [\w ]+)?", "bold cyan"),
)
"""What catches the eye in the views' lines: regular expressions and rich's names of styles."""


class Page(Protocol):
    """What a page can show."""

    def title(self, text: str) -> None:
        """The headline of a part."""

    def say(self, text: str) -> None:
        """A sentence for the reader."""

    def caption(self, text: str) -> None:
        """What is done next."""

    def line(self, text: str) -> None:
        """What came of it."""


class PlainPage:
    """Lines of text, as they are."""

    def title(self, text: str) -> None:
        """A line of its own, underlined."""
        self._write(f"\n{text}\n{'-' * len(text)}")

    def say(self, text: str) -> None:
        """A line."""
        self._write(text)

    def caption(self, text: str) -> None:
        """A line, set off."""
        self._write(f"\n* {text}")

    def line(self, text: str) -> None:
        """A line, moved in."""
        self._write(f"    {text}")

    def _write(self, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


class TerminalPage:
    """The same with rich, which knows the terminal's width and colours."""

    def __init__(self, *, color: bool) -> None:
        from rich.console import Console

        # Without a colour system there are no styles at all, bold among them.
        system: Literal["auto"] | None = "auto" if color else None
        self._console = Console(highlight=False, color_system=system, no_color=not color, force_terminal=color or None)

    def title(self, text: str) -> None:
        """A rule across the terminal."""
        self._console.print()
        self._console.rule(f"[bold]{text}", align="left")

    def say(self, text: str) -> None:
        """A wrapped paragraph."""
        self._console.print(text, markup=False)

    def caption(self, text: str) -> None:
        """A bold line."""
        self._console.print(f"\n> {text}", style="bold", markup=False)

    def line(self, text: str) -> None:
        """A line with colours, wrapped and moved in."""
        from rich.padding import Padding
        from rich.text import Text

        shown = Text(text)
        for expression, style in STYLES:
            shown.highlight_regex(expression, style)
        self._console.print(Padding(shown, (0, 0, 0, 4)))


def open_page(*, color: bool) -> Page:
    """The page for standard output as it is."""
    return TerminalPage(color=color) if color or sys.stdout.isatty() else PlainPage()
