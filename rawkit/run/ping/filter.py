"""Classic BPF programs that let a raw socket see its own answers only, so that nobody else's traffic wakes it.

Written out by hand: three fields compared need no compiler, and a ping that has to load one starts late.
"""

from __future__ import annotations

import socket
import struct
from array import array
from typing import Final

SO_ATTACH_FILTER: Final = 26
WIDTHS: Final = {1: 0x10, 2: 0x08}
"""BPF_B and BPF_H, by bytes."""

_LOAD_ABSOLUTE: Final = 0x20
_LOAD_BEHIND_X: Final = 0x40
_X_IS_HEADER_LENGTH: Final = 0xB1
_JUMP_EQUAL: Final = 0x15
_RETURN: Final = 0x06
_ALL: Final = 0x40000
_INSTRUCTION: Final = struct.Struct("=HBBI")

NOTHING: Final = _INSTRUCTION.pack(_RETURN, 0, 0, 0)
"""The program that takes no packet."""


def fields_equal(fields: tuple[tuple[int, int, int], ...], *, behind_ipv4: bool) -> bytes:
    """A program that takes packets in which fields have given values.

    Args:
        fields: offset and size in bytes (1 or 2) and value of each, counted from the transport header.
        behind_ipv4: whether the socket gives packets with their IPv4 header.

    >>> len(fields_equal(((0, 1, 129), (4, 2, 7)), behind_ipv4=False)) // 8
    6
    """
    mode = _LOAD_BEHIND_X if behind_ipv4 else _LOAD_ABSOLUTE
    code = _INSTRUCTION.pack(_X_IS_HEADER_LENGTH, 0, 0, 0) if behind_ipv4 else b""
    for place, (offset, size, value) in enumerate(fields):
        code += _INSTRUCTION.pack(WIDTHS[size] | mode, 0, 0, offset)
        to_reject = 2 * (len(fields) - place - 1) + 1
        code += _INSTRUCTION.pack(_JUMP_EQUAL, 0, to_reject, value)
    return code + _INSTRUCTION.pack(_RETURN, 0, 0, _ALL) + _INSTRUCTION.pack(_RETURN, 0, 0, 0)


def attach(sock: socket.socket, program: bytes) -> None:
    """Attaches a program to a socket, which copies it."""
    code = array("B", program)
    place, size = code.buffer_info()
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", size // _INSTRUCTION.size, place))
