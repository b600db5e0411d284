"""BSD loopback: LINKTYPE_NULL and LINKTYPE_LOOP. The header is the address family, a number of 32 bits."""

from __future__ import annotations

from typing import Final

HEADER_LEN: Final = 4
