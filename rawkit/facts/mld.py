"""Multicast listener discovery: RFC 2710, and version 2, RFC 3810."""

from __future__ import annotations

from typing import Final

GROUP: Final = 8
MESSAGE_LEN: Final = 24  # of version 1
SOURCE_COUNT: Final = 26  # of a query of version 2
SOURCES: Final = 28
RECORD_COUNT: Final = 6  # of a report of version 2
RECORDS: Final = 8
RECORD_GROUP: Final = 4  # of its records, after which the sources follow
RECORD_AUXILIARY: Final = 1  # words behind these
RECORD_SOURCES: Final = 2
DONE: Final = 132
