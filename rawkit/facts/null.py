"""BSD loopback: LINKTYPE_NULL and LINKTYPE_LOOP. The header is the address family, a number of 32 bits."""

from __future__ import annotations

from typing import Final

HEADER_LEN: Final = 4

AF_INET: Final = 2
AF_INET6_LINUX: Final = 10
AF_INET6_NETBSD: Final = 24
"""OpenBSD's too."""
AF_INET6_FREEBSD: Final = 28
AF_INET6_DARWIN: Final = 30
