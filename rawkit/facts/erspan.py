"""ERSPAN, draft-foschiano-erspan, types II and III."""

from __future__ import annotations

from typing import Final

HEADER_LEN: Final = 8

III_HEADER_LEN: Final = 12
III_FRAME_TYPE: Final = 10
III_FRAME_TYPE_MASK: Final = 0x7C
III_SUBHEADER: Final = 11
III_SUBHEADER_BIT: Final = 1
III_SUBHEADER_LEN: Final = 8
