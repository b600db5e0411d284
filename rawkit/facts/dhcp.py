"""DHCP, RFC 2131 and RFC 2132: what of a message is a number, and what an address."""

from __future__ import annotations

from typing import Final

HARDWARE_LENGTH: Final = 2
CLIENT_IP: Final = 12
OWN_IP: Final = 16
SERVER_IP: Final = 20
RELAY_IP: Final = 24
CLIENT_MAC: Final = 28
COOKIE: Final = 236
OPTIONS: Final = 240
MAGIC: Final = 0x63825363

OPTION_LENGTH: Final = 1  # of an option
OPTION_HEADER_LEN: Final = 2

PAD: Final = 0
SUBNET_MASK: Final = 1
ROUTER: Final = 3
NAME_SERVER: Final = 6
BROADCAST: Final = 28
REQUESTED_IP: Final = 50
LEASE_TIME: Final = 51
MESSAGE_TYPE: Final = 53
SERVER: Final = 54
PARAMETERS: Final = 55
MESSAGE_SIZE: Final = 57
RENEWAL_TIME: Final = 58
REBINDING_TIME: Final = 59
END: Final = 255
