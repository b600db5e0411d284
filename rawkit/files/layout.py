"""Numbers of the two capture file formats, and what the record walk and its caller say to each other.

pcap: draft-ietf-opsawg-pcap; the modified form: libpcap's sf-pcap.c. pcapng: draft-ietf-opsawg-pcapng.
"""

from __future__ import annotations

from typing import Final

PCAP_HEADER: Final = 24
"""Bytes of a pcap file header."""
PCAP_RECORD: Final = 16
"""Bytes before each packet in pcap."""
PCAP_MODIFIED_RECORD: Final = 24
"""Bytes before each packet in the form of Kuznetzov's patched libpcap: interface, protocol, packet type."""
PCAP_PACKET_TYPE: Final = 22
"""Where the packet type stands in a modified record: `PACKET_OUTGOING` and its like of the kernel."""

SECTION_HEADER: Final = 0x0A0D0D0A
INTERFACE_DESCRIPTION: Final = 1
OLD_PACKET: Final = 2
SIMPLE_PACKET: Final = 3
ENHANCED_PACKET: Final = 6

BLOCK_FRAME: Final = 12
"""Bytes of a pcapng block around its body: type, length, and the length again."""
ENHANCED_HEADER: Final = 28
"""Bytes of an enhanced (and of an old) packet block before its packet."""
SIMPLE_HEADER: Final = 12
"""Bytes of a simple packet block before its packet."""

OPTION_END: Final = 0
OPTION_COMMENT: Final = 1
OPTION_FLAGS: Final = 2
DIRECTION_MASK: Final = 3
DIRECTION_INBOUND: Final = 1
DIRECTION_OUTBOUND: Final = 2

MAX_RECORD: Final = 1 << 28
"""Bytes above which a record is taken for damage: 256 MiB, twice what any capturing program writes."""
MAX_LENGTH: Final = (1 << 31) - 1
"""Largest length on the wire that a batch can say (int32); what claims more is said to be this long."""
MAX_TICKS_HIGH: Final = (1 << 31) - 2
"""Largest upper half of a pcapng time that a walk takes as it is: with any lower half it fits into an int64."""

POSITION: Final = 0
"""Where the walk begins, and where it stopped, in bytes of the window."""
STOP: Final = 1
"""Why the walk stopped: one of the STOP_ numbers."""
NOTED: Final = 2
"""How many comments the walk has noted."""
STATE: Final = 3
"""Entries in the state array of a walk."""

STOP_SHORT: Final = 0
"""The rest of the window is no whole record."""
STOP_BLOCK: Final = 1
"""A block that changes how others are read: section header or interface description."""
STOP_FULL: Final = 2
"""No room for more rows or comments: take these, then go on."""
STOP_RECORD: Final = 3
"""A record of more than MAX_RECORD bytes."""
STOP_LENGTH: Final = 4
"""A block whose length cannot be, or whose two lengths differ."""
STOP_CAPTURED: Final = 5
"""A packet that is longer than its block."""
STOP_INTERFACE: Final = 6
"""A packet of an interface that the section has not described."""

NOTES: Final = 512
"""Comments that one walk can note."""
NOTES_FULL: Final = 256
"""Comments after which a walk stops before the next block, so that one block has room for the others."""
