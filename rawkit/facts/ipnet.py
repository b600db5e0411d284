"""IP observability of Solaris (LINKTYPE_IPNET)."""

from __future__ import annotations

from typing import Final

HEADER_LEN: Final = 24
