"""IP protocols and IPv6 next headers (IANA, Protocol Numbers)."""

from __future__ import annotations

from typing import Final

HOP_BY_HOP: Final = 0
ICMP: Final = 1
IGMP: Final = 2
IPIP: Final = 4
TCP: Final = 6
UDP: Final = 17
DCCP: Final = 33
IPV6: Final = 41
ROUTING: Final = 43
FRAGMENT: Final = 44
GRE: Final = 47
ESP: Final = 50
AH: Final = 51
ICMPV6: Final = 58
NO_NEXT_HEADER: Final = 59
DESTINATION_OPTIONS: Final = 60
OSPF: Final = 89
ETHERIP: Final = 97
PIM: Final = 103
SCTP: Final = 132
MOBILITY: Final = 135
UDPLITE: Final = 136
MPLS: Final = 137
HIP: Final = 139
SHIM6: Final = 140
ETHERNET: Final = 143
