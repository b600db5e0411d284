"""VXLAN, RFC 7348."""

from __future__ import annotations

from typing import Final

HEADER_LEN: Final = 8
VNI_IS_VALID: Final = 1 << 11
"""In the first 16 bits."""

PORT: Final = 4789
