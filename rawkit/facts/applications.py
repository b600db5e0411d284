"""Ports of application protocols whose messages are told in words (IANA, Service Names and Port Numbers)."""

from __future__ import annotations

from typing import Final

DNS: Final = 53
MDNS: Final = 5353
DHCP_SERVER: Final = 67
DHCP_CLIENT: Final = 68
NTP: Final = 123

DNS_LENGTH_LEN: Final = 2
"""Bytes of the length before each DNS message in a stream (RFC 1035, section 4.2.2)."""

LLMNR: Final = 5355
