"""Linux cooked headers: LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2, and the packet types of linux/if_packet.h."""

from __future__ import annotations

from typing import Final

SLL_PACKET_TYPE: Final = 0
SLL_HARDWARE_TYPE: Final = 2
SLL_ADDRESS_LENGTH: Final = 4
SLL_ADDRESS: Final = 6
SLL_PROTOCOL: Final = 14
SLL_HEADER_LEN: Final = 16

SLL2_PROTOCOL: Final = 0
SLL2_INTERFACE: Final = 4
SLL2_HARDWARE_TYPE: Final = 8
SLL2_PACKET_TYPE: Final = 10
SLL2_ADDRESS_LENGTH: Final = 11
SLL2_ADDRESS: Final = 12
SLL2_HEADER_LEN: Final = 20

PACKET_HOST: Final = 0
PACKET_BROADCAST: Final = 1
PACKET_MULTICAST: Final = 2
PACKET_OTHERHOST: Final = 3
PACKET_OUTGOING: Final = 4
"""The packet type of a frame that this host sends."""

ETH_P_802_2: Final = 4
"""A protocol that says that an 802.2 LLC header follows (linux/if_ether.h)."""
