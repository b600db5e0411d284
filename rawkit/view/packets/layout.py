"""What the kernels of the packets view agree on with Python: the sections of the name table, and the room they need.

A name is an entry of one index (`rawkit.view.text_tables`): section + number, where the number is a port, an
EtherType, type * 256 + code of ICMP and so on.
"""

from __future__ import annotations

from typing import Final

TCP_PORTS: Final = 0
UDP_PORTS: Final = 0x10000
SCTP_PORTS: Final = 0x20000
DCCP_PORTS: Final = 0x30000
ETHERTYPES: Final = 0x40000
ICMP: Final = 0x50000
ICMPV6: Final = 0x60000
LINK_TYPES: Final = 0x70000
IP_PROTOCOLS: Final = 0x80000
IGMP_TYPES: Final = 0x80100
TCP_OPTIONS: Final = 0x80200
SCTP_CHUNKS: Final = 0x80300
DCCP_TYPES: Final = 0x80400
OSPF_TYPES: Final = 0x80500
LAYERS: Final = 0x80600
REASONS: Final = 0x80700
ANALYSIS: Final = 0x80800
WIREGUARD_MESSAGES: Final = 0x80900
QUIC_PACKETS: Final = 0x80A00
WLAN_FRAMES: Final = 0x80B00
ENTRIES: Final = 0x80B40

# Formats of records.
JSON: Final = 0
CSV: Final = 1

# Bits of the text view's options.
LINK_HEADERS: Final = 1
HEX_DUMP: Final = 2
INTERFACES: Final = 4
WORDS: Final = 8

# Messages that are told in words behind the line.
SAYS_NOTHING: Final = 0
SAYS_DNS: Final = 1
SAYS_DNS_STREAM: Final = 2
SAYS_DHCP: Final = 3
SAYS_NTP: Final = 4
SAYS_TLS: Final = 5
SAYS_HTTP: Final = 6
SAYS_LLDP: Final = 7
SAYS_PPPOE: Final = 8
SAYS_STP: Final = 9

# What is noted of a packet with such a message: in the array's first number how many notes there are, then these.
NOTE_AT: Final = 0  # where in the text its words are to stand
NOTE_PACKET: Final = 1
NOTE_KIND: Final = 2
NOTE_PLACE: Final = 3  # where in the frame the message begins
NOTE_WIDTH: Final = 4

# Times in text, by how often tcpdump is given -t for them.
TIME_OF_DAY: Final = 0
NO_TIME: Final = 1
EPOCH: Final = 2
SINCE_BEFORE: Final = 3
DATE: Final = 4
SINCE_FIRST: Final = 5

LINE_ROOM: Final = 2048
"""Bytes that a record or a line of text never exceeds, the hex dump apart."""
DUMP_ROOM: Final = 80
"""Bytes that a line of the hex dump never exceeds: it shows 16 bytes."""
