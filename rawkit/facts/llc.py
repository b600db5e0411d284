"""LLC, IEEE 802.2."""

from __future__ import annotations

from typing import Final

DSAP: Final = 0
SSAP: Final = 1
CONTROL: Final = 2
UNNUMBERED_LEN: Final = 3
NUMBERED_LEN: Final = 4

SAP_SNAP: Final = 0xAA
SAP_SPANNING_TREE: Final = 0x42
UNNUMBERED_INFORMATION: Final = 0x03
