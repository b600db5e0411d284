"""DNS messages, RFC 1035 section 4, and records of other documents by their numbers."""

from __future__ import annotations

from typing import Final

QUESTIONS: Final = 4
ANSWERS: Final = 6
AUTHORITIES: Final = 8
ADDITIONALS: Final = 10
HEADER_LEN: Final = 12

QUESTION_LEN: Final = 4  # behind its name
RECORD_TYPE: Final = 0  # of a record, behind its name
RECORD_LENGTH: Final = 8
RECORD_LEN: Final = 10

LABEL_TEXT: Final = 1  # of a label, behind its length
LABEL_MAX: Final = 63
POINTER: Final = 0xC0
POINTER_LEN: Final = 2
REVERSE_LABELS: Final = 32
"""Labels of one digit each that an address has under ip6.arpa (RFC 3596, section 2.5)."""

A: Final = 1
NS: Final = 2
CNAME: Final = 5
SOA: Final = 6
PTR: Final = 12
HINFO: Final = 13
MX: Final = 15
TXT: Final = 16
AAAA: Final = 28
SRV: Final = 33
DNAME: Final = 39

MX_NAME: Final = 2  # where the name stands in the data
SRV_NAME: Final = 6
SOA_NUMBERS: Final = 20
"""Bytes behind both names."""
