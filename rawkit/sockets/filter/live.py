"""Makes a capture filter into the program that a packet socket runs (filter.rst under Linux Documentation/networking).

A program that libpcap compiles is for the frame as a capture file holds it. A socket sees it otherwise: the kernel
has taken a VLAN tag off, and before a packet that gets a cooked header another link header stands; what a filter may
ask for there, the kernel says beside the frame.
"""

from __future__ import annotations

import ctypes
import re
import socket
import struct
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from rawkit import linktypes
from rawkit.errors import FilterError
from rawkit.facts.cooked import PACKET_OUTGOING, SLL2_HEADER_LEN
from rawkit.sockets import layout
from rawkit.sockets.filter import bpf_kernel as bpf
from rawkit.sockets.filter.bpf import BpfProgram, Instruction

Direction = Literal["in", "out", "inout"]
Program = tuple[Instruction, ...]

_LOAD_WORD: Final = bpf.LD | bpf.ABS | bpf.W
_LOAD_HALF: Final = bpf.LD | bpf.ABS | bpf.H
_LOAD_BYTE: Final = bpf.LD | bpf.ABS | bpf.B
_PACKET_MODES: Final = (bpf.ABS, bpf.IND, bpf.MSH)
_JUMP_EQUAL: Final = bpf.JMP | bpf.JEQ | bpf.K
_DROP: Final = Instruction(bpf.RET | bpf.K, 0, 0, 0)
_ANCILLARY: Final = 1 << 31
_MAC_HEADER_END: Final = 14


class _Hole(NamedTuple):
    """Bytes of the frame in the file that the socket does not see, and what the kernel says in their place.

    Attributes:
        begin: where they begin in the file's frame.
        end: where they end.
        after: where the socket sees what comes after them.
        fields: the ancillary offset for a load, by its code and offset.
    """

    begin: int
    end: int
    after: int
    fields: Mapping[tuple[int, int], int]


_TAG: Final = _Hole(12, 16, 12, {(_LOAD_HALF, 12): layout.SKF_AD_VLAN_TPID, (_LOAD_HALF, 14): layout.SKF_AD_VLAN_TAG})
_COOKED_HEADER: Final = _Hole(
    0,
    SLL2_HEADER_LEN,
    layout.SKF_NET_OFF,
    {
        (_LOAD_HALF, 0): layout.SKF_AD_PROTOCOL,
        (_LOAD_WORD, 4): layout.SKF_AD_IFINDEX,
        (_LOAD_HALF, 8): layout.SKF_AD_HATYPE,
        (_LOAD_BYTE, 10): layout.SKF_AD_PKTTYPE,
    },
)
_OUTGOING_ONLY: Final = (
    Instruction(_LOAD_WORD, 0, 0, layout.SKF_AD_PKTTYPE),
    Instruction(_JUMP_EQUAL, 1, 0, PACKET_OUTGOING),
    _DROP,
)
# A frame on the loopback interface is seen twice, when it is sent and when it arrives; the second is kept.
_LOOPBACK_ONCE: Final = (
    Instruction(_LOAD_WORD, 0, 0, layout.SKF_AD_PKTTYPE),
    Instruction(_JUMP_EQUAL, 0, 3, PACKET_OUTGOING),
    Instruction(_LOAD_WORD, 0, 0, layout.SKF_AD_HATYPE),
    Instruction(_JUMP_EQUAL, 0, 1, layout.ARPHRD_LOOPBACK),
    _DROP,
)


def socket_program(program: BpfProgram | None, link_type: int, snaplen: int, direction: Direction) -> BpfProgram:
    """The program for a packet socket that captures frames of a link type; FilterError where there can be none.

    Args:
        program: the filter, for frames of that link type as a capture file holds them; None takes all.
        link_type: LINKTYPE number; LINUX_SLL2 for frames that get a cooked header.
        snaplen: bytes to keep of a frame.
        direction: of the frames to keep.

    >>> socket_program(None, 1, 96, "out").instructions[-1]
    Instruction(code=6, jt=0, jf=0, k=96)
    """
    if program is None:
        program = BpfProgram((Instruction(bpf.RET | bpf.K, 0, 0, snaplen),), link_type)
    if program.link_type != link_type:
        both = f"for {linktypes.name(program.link_type)} frames, but these are {linktypes.name(link_type)}"
        raise FilterError(f'filter "{program.expression}": {both}: compile it for that link type')
    guard = _OUTGOING_ONLY if direction == "out" else _LOOPBACK_ONCE
    body = tuple(_snapped(one, snaplen) for one in _seen_by_socket(program))
    return BpfProgram(guard + body, link_type, program.expression)


def attach(sock: socket.socket, program: BpfProgram) -> None:
    """Attaches a program to a socket (SO_ATTACH_FILTER); FilterError where the kernel does not take it."""
    code = ctypes.create_string_buffer(program.pack())
    argument = struct.pack("HP", len(program.instructions), ctypes.addressof(code))  # struct sock_fprog
    try:
        sock.setsockopt(socket.SOL_SOCKET, layout.SO_ATTACH_FILTER, argument)
    except OSError as error:
        trouble = f"the kernel does not take it ({error.strerror}): give what tcpdump -ddd prints"
        raise FilterError(f'filter "{program.expression}": {trouble}') from error


def _seen_by_socket(program: BpfProgram) -> Program:
    if program.link_type == linktypes.LINUX_SLL2:
        return tuple(_moved(one, program.expression, _COOKED_HEADER) for one in program.instructions)
    # Without the word, a filter is for frames with and without a tag alike, as in tcpdump.
    if program.link_type == linktypes.ETHERNET and re.search(r"\bvlan\b", program.expression):
        return _with_tags(program)
    return program.instructions


def _with_tags(program: BpfProgram) -> Program:
    """The program twice: for frames as they are, and for frames whose tag the kernel holds."""
    plain = program.instructions
    tagged = tuple(_moved(one, program.expression, _TAG) for one in plain)
    choose = (
        Instruction(_LOAD_WORD, 0, 0, layout.SKF_AD_VLAN_TAG_PRESENT),
        Instruction(_JUMP_EQUAL, 1, 0, 0),
        Instruction(bpf.JMP | bpf.JA, 0, 0, len(plain)),
    )
    return choose + plain + tagged


def _moved(one: Instruction, expression: str, hole: _Hole) -> Instruction:
    """The instruction for a frame as the socket sees it."""
    mode = one.code & bpf.MODE
    if not _reads_packet(one) or (mode == bpf.ABS and one.k + _SIZES[one.code & bpf.SIZE] <= hole.begin):
        return one
    # Relative to an IP header right behind the MAC addresses, where a tag stands: never reached with a tag.
    unreached = hole is _TAG and mode != bpf.ABS and one.k >= _MAC_HEADER_END
    if one.k >= hole.end or unreached:
        return one._replace(k=hole.after + one.k - hole.end)
    known = hole.fields.get((one.code, one.k))
    if known is None:
        trouble = "asks for link-layer bytes that the kernel does not hand to a live capture"
        raise FilterError(f'filter "{expression}": {trouble}: leave that part out')
    return Instruction(_LOAD_WORD, 0, 0, known)


_SIZES: Final = {bpf.W: 4, bpf.H: 2, bpf.B: 1}


def _reads_packet(one: Instruction) -> bool:
    mode = one.code & bpf.MODE
    return one.code & bpf.CLASS in (bpf.LD, bpf.LDX) and mode in _PACKET_MODES and one.k < _ANCILLARY


def _snapped(one: Instruction, snaplen: int) -> Instruction:
    return one._replace(k=min(one.k, snaplen)) if one.code == bpf.RET | bpf.K else one
