"""WCCP version 2, draft-wilson-wrec-wccp-v2-01."""

from __future__ import annotations

from typing import Final

REDIRECT_LEN: Final = 4
