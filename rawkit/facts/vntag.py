"""VN-Tag, the tag of IEEE 802.1Qbh (a draft) that Cisco's fabric extenders use."""

from __future__ import annotations

from typing import Final

TYPE: Final = 4
HEADER_LEN: Final = 6
"""The tag and the EtherType behind it."""
