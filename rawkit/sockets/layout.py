"""Numbers and structures of packet sockets: linux/if_packet.h, linux/if_arp.h, linux/filter.h, packet(7)."""

from __future__ import annotations

from typing import Final

ETH_P_ALL: Final = 3
SOL_PACKET: Final = 263

PACKET_ADD_MEMBERSHIP: Final = 1
PACKET_RX_RING: Final = 5
PACKET_STATISTICS: Final = 6
PACKET_VERSION: Final = 10
PACKET_RESERVE: Final = 12
PACKET_TX_TIMESTAMP: Final = 16
PACKET_FANOUT: Final = 18
PACKET_QDISC_BYPASS: Final = 20
PACKET_IGNORE_OUTGOING: Final = 23

PACKET_MR_PROMISC: Final = 1
PACKET_FANOUT_FLAG_IGNORE_OUTGOING: Final = 0x4000
TPACKET_V3: Final = 2

SO_ATTACH_FILTER: Final = 26
SO_SNDBUFFORCE: Final = 32

TP_STATUS_KERNEL: Final = 0
TP_STATUS_USER: Final = 1
TP_STATUS_CSUMNOTREADY: Final = 1 << 3
TP_STATUS_VLAN_VALID: Final = 1 << 4
TP_STATUS_VLAN_TPID_VALID: Final = 1 << 6
TP_STATUS_CSUM_VALID: Final = 1 << 7

ARPHRD_ETHER: Final = 1
ARPHRD_SLIP: Final = 256
ARPHRD_CSLIP: Final = 257
ARPHRD_PPP: Final = 512
ARPHRD_CISCO: Final = 513
ARPHRD_RAWHDLC: Final = 518
ARPHRD_RAWIP: Final = 519
ARPHRD_TUNNEL: Final = 768
ARPHRD_TUNNEL6: Final = 769
ARPHRD_LOOPBACK: Final = 772
ARPHRD_SIT: Final = 776
ARPHRD_IPGRE: Final = 778
ARPHRD_IP6GRE: Final = 823
ARPHRD_NONE: Final = 0xFFFE

SKF_AD_OFF: Final = 0xFFFFF000
"""Where a filter finds what the kernel knows beside the frame's bytes (-0x1000, as an unsigned word)."""
SKF_NET_OFF: Final = 0xFFF00000
"""Where a filter finds the packet from its network header on."""
SKF_AD_PROTOCOL: Final = SKF_AD_OFF + 0
SKF_AD_PKTTYPE: Final = SKF_AD_OFF + 4
SKF_AD_IFINDEX: Final = SKF_AD_OFF + 8
SKF_AD_HATYPE: Final = SKF_AD_OFF + 28
SKF_AD_VLAN_TAG: Final = SKF_AD_OFF + 44
SKF_AD_VLAN_TAG_PRESENT: Final = SKF_AD_OFF + 48
SKF_AD_VLAN_TPID: Final = SKF_AD_OFF + 60

BLOCK_STATUS: Final = 8
"""From here on: byte offsets in the struct tpacket_block_desc at the beginning of each block."""
BLOCK_COUNT: Final = 12
BLOCK_FIRST: Final = 16
BLOCK_SEC: Final = 32
BLOCK_NSEC: Final = 36

TP_SEC: Final = 4
"""From here on: byte offsets in what the kernel lays before each frame, a struct tpacket3_hdr and a sockaddr_ll."""
TP_NSEC: Final = 8
TP_SNAPLEN: Final = 12
TP_LEN: Final = 16
TP_STATUS: Final = 20
TP_MAC: Final = 24
TP_NET: Final = 26
TP_VLAN_TCI: Final = 32
TP_VLAN_TPID: Final = 36
SLL_PROTOCOL: Final = 50
SLL_IFINDEX: Final = 52
SLL_HATYPE: Final = 56
SLL_PKTTYPE: Final = 58
SLL_HALEN: Final = 59
SLL_ADDR: Final = 60

COOKED_RESERVE: Final = 32
"""Bytes that the kernel must leave free before each packet, for the header and a VLAN tag (PACKET_RESERVE)."""
