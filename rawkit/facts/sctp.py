"""SCTP, RFC 9260."""

from __future__ import annotations

from typing import Final

SRC_PORT: Final = 0
DST_PORT: Final = 2
VERIFICATION_TAG: Final = 4
CHECKSUM: Final = 8
HEADER_LEN: Final = 12

CHUNK_TYPE: Final = 0
CHUNK_FLAGS: Final = 1
CHUNK_LENGTH: Final = 2
CHUNK_HEADER_LEN: Final = 4
REFLECTED: Final = 1  # T bit of ABORT and SHUTDOWN COMPLETE: the tag is the sender's own (section 8.5.1)
INITIATE_TAG: Final = 4  # of INIT and INIT ACK, as are these
INIT_WINDOW: Final = 8
OUTBOUND_STREAMS: Final = 12
INBOUND_STREAMS: Final = 14
INITIAL_TSN: Final = 16
UNORDERED: Final = 4  # flags of DATA
BEGINNING: Final = 2
ENDING: Final = 1
TSN: Final = 4  # of DATA, as are these
STREAM: Final = 8
STREAM_SEQUENCE: Final = 10
PAYLOAD_PROTOCOL: Final = 12
CUMULATIVE_TSN: Final = 4  # of SACK, as are these
SACK_WINDOW: Final = 8
GAP_BLOCKS: Final = 12
DUPLICATES: Final = 14
SACK_LEN: Final = 16
CAUSE_CODE: Final = 4  # of ABORT: the first cause's
USER_INITIATED_ABORT: Final = 12  # a cause (section 3.3.10.12)

DATA: Final = 0
INIT: Final = 1
INIT_ACK: Final = 2
SACK: Final = 3
HEARTBEAT: Final = 4
HEARTBEAT_ACK: Final = 5
ABORT: Final = 6
SHUTDOWN: Final = 7
SHUTDOWN_ACK: Final = 8
ERROR: Final = 9
COOKIE_ECHO: Final = 10
COOKIE_ACK: Final = 11
SHUTDOWN_COMPLETE: Final = 14
I_DATA: Final = 64  # RFC 8260

DATA_LEN: Final = 16
"""Bytes of a DATA chunk before the user's."""
I_DATA_LEN: Final = 20
CAUSE_LEN: Final = 4
INIT_LEN: Final = 20
"""Bytes of INIT and INIT ACK before their parameters."""
PARAMETER_LEN: Final = 4
IPV4_ADDRESS: Final = 5
IPV6_ADDRESS: Final = 6
