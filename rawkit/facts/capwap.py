"""CAPWAP's transport header, RFC 5415, section 4.3, on the data channel."""

from __future__ import annotations

from typing import Final

HEADER_LEN: Final = 8
PREAMBLE_MASK: Final = 0xFF00
"""In the first 16 bits: version, and what follows; 0 is this header, 1 is DTLS."""

LENGTH_SHIFT: Final = 19
"""In the first 32 bits, as the flags."""
LENGTH_MASK: Final = 0x1F
LENGTH_UNIT: Final = 4
BINDING_SHIFT: Final = 9
BINDING_MASK: Final = 0x1F
IEEE_80211: Final = 1
"""The binding for 802.11 (RFC 5416), the only one with a document."""
NATIVE_FLAG: Final = 1 << 8
"""The frame has the format of the wireless binding, not that of 802.3."""
FRAGMENT_FLAG: Final = 1 << 7
WIRELESS_BIT: Final = 5
RADIO_MAC_BIT: Final = 4
KEEP_ALIVE_FLAG: Final = 1 << 3
RESERVED_FLAGS: Final = 0x07

FRAGMENT_OFFSET: Final = 6
RESERVED_MASK: Final = 0x07
"""In the 16 bits of the fragment offset."""

PORT: Final = 5247
