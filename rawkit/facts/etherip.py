"""EtherIP, RFC 3378."""

from __future__ import annotations

from typing import Final

HEADER_LEN: Final = 2
