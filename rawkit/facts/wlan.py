"""IEEE 802.11 MAC headers, IEEE 802.11-2020, section 9.2 and 9.3."""

from __future__ import annotations

from typing import Final

KIND: Final = 0
FLAGS: Final = 1
FRAME_CONTROL_LEN: Final = 2
ADDRESS_1: Final = 4
ADDRESS_2: Final = 10
ADDRESS_3: Final = 16
SEQUENCE: Final = 22
ADDRESS_4: Final = 24

ADDRESS_LEN: Final = 6
SHORT_LEN: Final = 10
"""A control frame with the receiver's address alone, and with the transmitter's."""
CONTROL_LEN: Final = 16
HEADER_LEN: Final = 24
QOS_LEN: Final = 2
HT_CONTROL_LEN: Final = 4

VERSION_MASK: Final = 0x03
TYPE_MASK: Final = 0x0C
TYPE_SHIFT: Final = 2
SUBTYPE_SHIFT: Final = 4
SUBTYPE_BITS: Final = 4
MANAGEMENT: Final = 0x00
CONTROL: Final = 0x04
DATA: Final = 0x08
EXTENSION: Final = 0x0C
CLEAR_TO_SEND: Final = 0xC4
ACKNOWLEDGEMENT: Final = 0xD4
CONTROL_WRAPPER: Final = 0x74
NO_DATA_BIT: Final = 0x40
QOS_BIT: Final = 0x80

TO_DS: Final = 0x01
FROM_DS: Final = 0x02
MORE_FRAGMENTS: Final = 0x04
PROTECTED: Final = 0x40
HT_CONTROL: Final = 0x80
"""Of the second byte; the last one in a data frame without QoS means strict order."""
FRAGMENT_MASK: Final = 0x0F
"""Of the sequence control's first byte."""

AMSDU_BIT: Final = 0x80
"""Of QoS control's first byte."""
MESH: Final = 1
MESH_BIT: Final = 0x01
"""Of its second byte, in a mesh."""
MESH_LEN: Final = 6
MESH_EXTENSION_MASK: Final = 0x03
"""Addresses behind the mesh header: none, one or two; other flags are reserved."""

SUBFRAME_LENGTH: Final = 12
SUBFRAME_HEADER_LEN: Final = 14
"""Of an A-MSDU: destination, source, length."""
FCS_LEN: Final = 4
"""The check sequence, which some captures have at the end."""
ALIGNMENT: Final = 4
"""To which some cards fill up a data frame's header."""
