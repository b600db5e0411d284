"""What the files of a recording are called: by the time at which they begin, by a number, or both."""

from __future__ import annotations

import os
import re
import time
from typing import Final

SECOND: Final = 1_000_000_000
_CONVERSION: Final = re.compile("%[A-Za-z]")


def is_pcapng(path: str) -> bool:
    """Whether a name asks for pcapng; all others are pcap.

    >>> is_pcapng("today.pcapng.gz"), is_pcapng("today.pcap")
    (True, False)
    """
    return ".pcapng" in path


def is_pattern(path: str) -> bool:
    """Whether a name says the time: it has a `%` with a letter behind it.

    >>> is_pattern("x-%H%M%S.pcapng"), is_pattern("100%.pcap"), is_pattern("a%20b.pcap")
    (True, False, False)
    """
    return _CONVERSION.search(path) is not None


def stamped(path: str, moment: int) -> str:
    """The name of a file that begins at a time in nanoseconds, in the local zone, where it is a pattern (strftime(3)).

    >>> stamped("x-%s.pcap", 1_700_000_000_999_999_999), stamped("100%.pcap", 0)
    ('x-1700000000.pcap', '100%.pcap')
    """
    return time.strftime(path, time.localtime(moment // SECOND)) if is_pattern(path) else path


def numbered(path: str, number: int, digits: int = 1) -> str:
    """The name with a number, as tcpdump's -C writes it; a compression's suffix stays the last, so that it is kept.

    >>> numbered("out.pcap", 3), numbered("out.pcap.gz", 3, 2), numbered("out.pcapng.xz", 10)
    ('out.pcap3', 'out.pcap03.gz', 'out.pcapng10.xz')
    """
    stem, suffix = split_compression(path)
    return f"{stem}{number:0{digits}d}{suffix}"


def split_compression(path: str) -> tuple[str, str]:
    """The name without the suffix that compresses, and the suffix, empty where there is none.

    >>> split_compression("out.pcap.zst"), split_compression("out.pcap")
    (('out.pcap', '.zst'), ('out.pcap', ''))
    """
    from rawkit.files.targets import SUFFIXES

    stem, suffix = os.path.splitext(path)
    return (stem, suffix) if suffix in SUFFIXES else (path, "")
