"""What the kernels of `rawkit.rewrite` write down of frames: how far they came, then notes, one behind the other.

Places are bytes from the beginning of the batch's buffer.
"""

from __future__ import annotations

from typing import Final

# The first numbers are not of one note.
COUNT: Final = 0  # notes so far
REACHED: Final = 1  # behind the last byte of the frame that was understood
IS_FULL: Final = 2
SOURCE: Final = 3  # where the innermost packet has its addresses
DESTINATION: Final = 4
IP_VERSION: Final = 5  # of these; 0 where there are none
IS_FOREIGN: Final = 6  # there is something that nobody here reads
TRIES: Final = 7  # a message is looked at, and nothing written down yet
COPIES: Final = 8  # these are asked for: what stays as it is, is written down too
READS_MESSAGES: Final = 9
KEEPS_PAYLOAD: Final = 10
KEEPS_UNKNOWN: Final = 11
MOST_TUNNELS: Final = 12
STATE: Final = 16

NOTE: Final = 8  # numbers of a note
KIND: Final = 0
AT: Final = 1
SIZE: Final = 2  # in bytes; of an IPv6 address the bits of it that are a prefix

KEPT: Final = 0  # stays as it is
MAC: Final = 1
IPV4: Final = 2
IPV6: Final = 3
LABEL: Final = 4
REVERSE: Final = 5  # 32 labels, which are an address
PORT: Final = 6
SUM: Final = 7  # bytes that are gone, whose sum is to be in the first two of them
CHECKSUM: Final = 8
OPTIONAL_CHECKSUM: Final = 9  # UDP's: 0 says that there is none
CRC32C: Final = 10

BEGIN: Final = 2  # of a checksum: what it covers
END: Final = 3
FROM: Final = 4  # where the addresses of its pseudo-header stand, -1 where it has none
TO: Final = 5
PROTOCOL: Final = 6  # below 0 with IPv6
LENGTH: Final = 7  # bytes on the wire of what it covers
