"""EtherTypes (IANA, IEEE 802 Numbers)."""

from __future__ import annotations

from typing import Final

IPV4: Final = 0x0800
ARP: Final = 0x0806
TRANSPARENT_ETHERNET: Final = 0x6558
VLAN: Final = 0x8100
IPV6: Final = 0x86DD
MPLS: Final = 0x8847
MPLS_MULTICAST: Final = 0x8848
LLDP: Final = 0x88CC
PPPOE_DISCOVERY: Final = 0x8863
PPPOE_SESSION: Final = 0x8864
SERVICE_VLAN: Final = 0x88A8
OLD_SERVICE_VLAN: Final = 0x9100
OLDER_SERVICE_VLAN: Final = 0x9200
PPP: Final = 0x880B
MACSEC: Final = 0x88E5
PROVIDER_BACKBONE: Final = 0x88E7
FABRICPATH: Final = 0x8903
VNTAG: Final = 0x8926
HSR: Final = 0x892F

LENGTH_MAX: Final = 1500
"""Up to this value the field is the length of an IEEE 802.3 frame, not an EtherType (IEEE 802.3, 3.2.6)."""
TYPE_MIN: Final = 0x0600
"""From this value on it is one; between the two it is neither."""
