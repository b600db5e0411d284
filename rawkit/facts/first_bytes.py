"""What the first byte of an address or of a message tells: whether it is that of a group, whether it is an error."""

from __future__ import annotations

from typing import Final

GROUP4: Final = 0xE0
"""That of an IPv4 address of a group is this or more (RFC 5771); broadcast is among them."""
GROUP6: Final = 0xFF
"""That of an IPv6 address of a group (RFC 4291 section 2.7)."""
INFORMATIONAL6: Final = 0x80
"""Types of ICMPv6 below are errors (RFC 4443 section 2.1)."""
