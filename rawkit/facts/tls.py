"""TLS records and handshake messages, RFC 8446; the extensions that a hello is known by."""

from __future__ import annotations

from typing import Final

HANDSHAKE: Final = 22
"""The type of a record that carries handshake messages."""
MAJOR_VERSION: Final = 3
"""The first byte of every record's version, from SSL 3.0 to TLS 1.3."""
RECORD_VERSION: Final = 1
RECORD_HEADER_LEN: Final = 5
CLIENT_HELLO: Final = 1
SERVER_HELLO: Final = 2
MESSAGE_HEADER_LEN: Final = 4
RANDOM_LEN: Final = 32

SERVER_NAME: Final = 0
ALPN: Final = 16
SUPPORTED_VERSIONS: Final = 43
