"""What TCP, UDP, UDP-Lite, DCCP and SCTP have in common: they begin with two ports."""

from __future__ import annotations

from typing import Final

SRC_PORT: Final = 0
DST_PORT: Final = 2
PORTS_LEN: Final = 4

SYSTEM_PORT_MAX: Final = 1023
"""RFC 6335, section 6: ports up to this one belong to services, and no client, nor NAT, is given one."""
