"""Cisco FabricPath: a tag behind addresses of switches, and a whole frame."""

from __future__ import annotations

from typing import Final

HEADER_LEN: Final = 2
"""Forwarding tag and time to live."""
