"""Colours of a terminal: what ECMA-48 calls SGR, and the words of verdicts that have one."""

from __future__ import annotations

from typing import Final

BOLD: Final = "1"
DIM: Final = "2"
RED: Final = "31"
GREEN: Final = "32"
YELLOW: Final = "33"
CYAN: Final = "36"
"""Parameters of SGR; the colours are those that every terminal has, and that users choose shades for."""


def painted(text: str, style: str) -> str:
    r"""The text in that style; as it is where there is none, or nothing to see.

    >>> painted("open", GREEN), painted("open", "")
    ('\x1b[32mopen\x1b[0m', 'open')
    """
    return f"\x1b[{style}m{text}\x1b[0m" if style and text else text
