"""ARCNET as Linux captures it (LINKTYPE_ARCNET_LINUX), RFC 1051 and RFC 1201."""

from __future__ import annotations

from typing import Final

PROTOCOL: Final = 4
OLD_HEADER_LEN: Final = 5
"""RFC 1051."""
HEADER_LEN: Final = 8
"""RFC 1201 has three bytes behind the protocol."""

IPV4: Final = 0xD4
ARP: Final = 0xD5
OLD_IPV4: Final = 0xF0
OLD_ARP: Final = 0xF1
