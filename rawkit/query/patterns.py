"""Regular expressions of `matches`: by RE2, whose time grows with the text alone, whatever the expression is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rawkit.query.tokens import wrong

MEMORY: int = 1 << 22
"""Bytes that an expression may take: one that needs more is refused."""


def pattern(expression: str, at: int) -> Callable[[bytes], bool]:
    """What looks for the expression in bytes; letters match in either case, `(?-i)` changes that.

    FilterError for one that is none, or that RE2 does not have: lookaround and backreferences.
    """
    try:
        import re2  # type: ignore[import-untyped,unused-ignore]
    except ModuleNotFoundError:
        wrong(at, "matches needs google-re2: pip install google-re2")
    options: Any = re2.Options()
    options.case_sensitive = False
    options.max_mem = MEMORY
    options.log_errors = False
    options.encoding = re2.Options.Encoding.LATIN1
    try:
        compiled = re2.compile(expression.encode("utf-8", "surrogateescape"), options)
    except (re2.error, UnicodeEncodeError) as error:
        said = str(error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else error.args[0])
        from rawkit.view.text import escaped

        wrong(at, f"{escaped(said)}: expressions are those of RE2, without lookaround and backreferences")
    return lambda text: compiled.search(text) is not None
