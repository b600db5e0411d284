"""MACsec's security tag, IEEE 802.1AE, section 9."""

from __future__ import annotations

from typing import Final

TCI: Final = 0
HEADER_LEN: Final = 6
"""TCI and AN, short length, packet number; the secure data follows, and begins with an EtherType."""
SCI_LEN: Final = 8
TYPE_LEN: Final = 2

VERSION_BIT: Final = 0x80
"""Set in no version that there is."""
SCI_BIT: Final = 0x20
ENCRYPTED_BIT: Final = 0x08
CHANGED_BIT: Final = 0x04
"""The secure data is not the user's as it was."""
