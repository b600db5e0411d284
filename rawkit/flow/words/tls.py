"""A TLS hello in a few words: its version, the server's name, the protocols on top (RFC 8446, RFC 6066, RFC 7301)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rawkit.facts import tls

VERSIONS: Final = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}
MOST_PROTOCOLS: Final = 8
LARGEST_RECORD: Final = (1 << 14) + 256
RETRY: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The random of a server's hello that asks for another one (RFC 8446, section 4.1.3)."""


def tls_words(segment: bytes) -> str:
    """What the hello at the start of a segment says, as far as it is there; empty where it is none.

    Raises:
        IndexError: it is none.

    >>> hello = bytes.fromhex("0303" + "11" * 32 + "00" "0002 1301" "01 00" "0014" "0000 0010 000e 00 000b")
    >>> tls_words(bytes.fromhex("160301 0045 01 000041") + hello + b"example.com")
    'TLS 1.2 Client Hello, SNI example.com'
    """
    reader = _Reader(segment)
    kind, version, record = reader.number(1), reader.number(2), reader.number(2)
    message, size = reader.number(1), reader.number(3)
    legacy = reader.number(2)
    if kind != tls.HANDSHAKE or version >> 8 != tls.MAJOR_VERSION or legacy not in VERSIONS:
        return ""
    if not 0 < record <= LARGEST_RECORD or message not in (tls.CLIENT_HELLO, tls.SERVER_HELLO):
        return ""
    random = reader.octets(tls.RANDOM_LEN)
    name = "Client Hello" if message == tls.CLIENT_HELLO else "Server Hello"
    if message == tls.SERVER_HELLO and random == RETRY:
        name = "Hello Retry Request"
    end = tls.RECORD_HEADER_LEN + tls.MESSAGE_HEADER_LEN + size
    versions, told, whole = _extensions(reader, message, end)
    known = [number for number in versions if number in VERSIONS]
    shown = VERSIONS[max(known)] if known else VERSIONS[legacy] if whole else "TLS"
    return ", ".join([f"{shown} {name}", *told, *([] if whole else ["cut short"])])


def _extensions(reader: _Reader, message: int, end: int) -> tuple[list[int], list[str], bool]:
    """The versions and the words of a hello's extensions, and whether all were there."""
    versions: list[int] = []
    told: list[str] = []
    try:
        reader.octets(reader.number(1))
        if message == tls.CLIENT_HELLO:
            reader.octets(reader.number(2))
            reader.octets(reader.number(1))
        else:
            reader.octets(3)
        last = reader.at if reader.at >= end else min(reader.number(2) + reader.at, end)
        while reader.at < last:
            kind, data = reader.number(2), _Reader(reader.octets(reader.number(2)))
            if kind == tls.SUPPORTED_VERSIONS:
                versions = list(_numbers(data, message))
            else:
                told += _words(kind, data, message)
    except IndexError:
        return versions, told, False
    return versions, told, True


def _numbers(data: _Reader, message: int) -> Iterator[int]:
    if message == tls.CLIENT_HELLO:
        data.number(1)
    while data.at + 2 <= len(data.message):
        yield data.number(2)


def _words(kind: int, data: _Reader, message: int) -> Iterator[str]:
    try:
        if kind == tls.SERVER_NAME and message == tls.CLIENT_HELLO:
            data.number(3)
            yield f"SNI {data.text(data.number(2))}"
        elif kind == tls.ALPN:
            data.number(2)
            names: list[str] = []
            while data.at < len(data.message) and len(names) < MOST_PROTOCOLS:
                names.append(data.text(data.number(1)))
            yield f"ALPN {','.join(names)}"
    except IndexError:
        return  # what an extension holds is its own affair


class _Reader:
    """Reads on through a message; IndexError at its end."""

    def __init__(self, message: bytes) -> None:
        self.message, self.at = message, 0

    def octets(self, size: int) -> bytes:
        self.at += size
        if self.at > len(self.message):
            raise IndexError(f"{self.at} is behind the end at {len(self.message)}")
        return self.message[self.at - size : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.octets(size), "big")

    def text(self, size: int) -> str:
        return self.octets(size).decode("utf-8", "backslashreplace")
