"""What is said on stderr: errors, warnings, and what a run is doing; one line each, begun with the program's name.

On a terminal a line that is longer than the terminal is wide goes on below, behind two spaces: broken between words.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final, TextIO

from rawkit.view.text import readable

BEHIND: Final = "  "
"""What the rest of a line begins with."""


def say(message: str) -> None:
    """Writes one line to stderr; what a terminal would act on is escaped: names of targets and files are in it."""
    tell(f"rawkit: {message}")


def tell(line: str) -> None:
    """As `say`, without the program's name: what came of a scan."""
    # Where it cannot be written nobody can be told so, and what is being done goes on.
    with suppress(OSError, AttributeError):
        print(wrapped(readable(line), _width(sys.stderr)), file=sys.stderr)  # noqa: T201


def wrapped(line: str, width: int | None) -> str:
    """The line in as many as it takes; a word that is longer than the width, as a path may be, stays whole.

    >>> print(wrapped("rawkit: no such file: name another", 24))
    rawkit: no such file:
      name another
    >>> wrapped("rawkit: as it is", None)
    'rawkit: as it is'
    """
    if width is None or len(line) <= width:
        return line
    from textwrap import fill

    return fill(
        line,
        width,
        subsequent_indent=BEHIND,
        expand_tabs=False,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _width(out: TextIO) -> int | None:
    """Columns of the terminal that it is; None where it is none, or does not say."""
    if not out.isatty():
        return None
    try:
        return os.get_terminal_size(out.fileno()).columns or None
    except OSError:
        return None
