"""A word that may stand where the cursor is."""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """The word, and what it means.

    >>> Word("lo")
    Word(text='lo', help='')
    """

    text: str
    help: str = ""
