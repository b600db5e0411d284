"""Status bits of a frame (`rawkit.frames.FrameBatch.status`)."""

from __future__ import annotations

from typing import Final

CSUM_NOT_READY: Final = 1
"""An offloading sender has not filled in the checksum yet (TP_STATUS_CSUMNOTREADY)."""
CSUM_VALID: Final = 2
"""The kernel or the card has verified the checksum (TP_STATUS_CSUM_VALID)."""
VLAN_STRIPPED: Final = 4
"""The kernel took a VLAN tag off; the TCI is in bits 16-31, the TPID in bits 32-47."""
TRUNCATED: Final = 8
"""Fewer bytes were captured than were on the wire."""
OUTGOING: Final = 16
"""This host sent the frame (PACKET_OUTGOING, or a capture file that says so)."""

INCOMING: Final = 32
"""This host received the frame (any other packet type of the kernel's, or a capture file that says so)."""

TO_SELF: Final = 64
"""To be sent: an Ethernet frame with an IP packet to this host itself, which its kernel does not take from a link."""

PACKET_TYPE_SHIFT: Final = 8
"""Where the kernel's packet type (`rawkit.facts.cooked`) begins, plus 1, of frames for others or for many; else 0."""
PACKET_TYPE_MASK: Final = 15

VLAN_TCI_SHIFT: Final = 16
VLAN_TPID_SHIFT: Final = 32
