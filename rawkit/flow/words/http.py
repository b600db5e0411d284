"""The first line of an HTTP/1 message (RFC 9112): a request or a status line."""

from __future__ import annotations

import re
from typing import Final

LINE: Final = re.compile(rb"((?:[A-Z]+ [^\s]+ HTTP/1\.[01])|(?:HTTP/1\.[01] [0-9]{3}(?: [^\r\n]*)?))\r?\n")


def http_words(segment: bytes) -> str:
    r"""The line with which a segment begins, whole; empty where it is none of HTTP/1's.

    >>> http_words(b"GET / HTTP/1.1\r\nHost: example.com\r\n"), http_words(b"HTTP/1.0 404 Not Found\r\n")
    ('HTTP: GET / HTTP/1.1', 'HTTP: HTTP/1.0 404 Not Found')
    """
    found = LINE.match(segment)
    return "HTTP: " + found[1].decode("utf-8", "backslashreplace") if found else ""
