"""What the kernel of chosen fields and Python agree on: the plan, a few numbers for each field."""

from __future__ import annotations

from typing import Final

# Columns of the plan.
KIND: Final = 0
NUMBERS: Final = 1  # where the field's column begins in the array of numbers
OCTETS: Final = 2  # where it begins in the array of bytes
ENTRIES: Final = 3  # where its words begin in the table of words
KEY: Final = 4  # the entry of the table of words that JSON has before the value
WIDTH: Final = 5

# Kinds.
NUMBER: Final = 0
TIME: Final = 1
MAC: Final = 2
IPV4: Final = 3
IPV6: Final = 4
TEXT: Final = 5
WORDS: Final = 6
LIST: Final = 7

# Formats.
TEXT_LINES: Final = 0
JSON: Final = 1
CSV: Final = 2
