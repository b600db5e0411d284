"""PPP, RFC 1661, and its framing like HDLC, RFC 1662."""

from __future__ import annotations

from typing import Final

ADDRESS_CONTROL: Final = 0xFF03
ADDRESS_CONTROL_LEN: Final = 2
PROTOCOL_LEN: Final = 2
COMPRESSED_PROTOCOL_LEN: Final = 1

IPV4: Final = 0x0021
"""RFC 1332."""
IPV6: Final = 0x0057
"""RFC 5072."""
MPLS: Final = 0x0281
"""RFC 3032, section 4.3."""
MPLS_MULTICAST: Final = 0x0283
