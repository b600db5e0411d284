"""IP over InfiniBand, RFC 4391, behind the global route header (LINKTYPE_IPOIB)."""

from __future__ import annotations

from typing import Final

TYPE: Final = 40
HEADER_LEN: Final = 44
