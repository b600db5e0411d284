"""The I-TAG of provider backbone bridges, IEEE 802.1ah; a customer's whole frame stands behind its first word."""

from __future__ import annotations

from typing import Final

HEADER_LEN: Final = 4
