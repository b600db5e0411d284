"""The interface of a frame and which way it went, as tcpdump has them before the packet: `lo    In  IP ...`."""

from __future__ import annotations

from typing import Final

from rawkit import linktypes
from rawkit.facts import cooked, ethernet
from rawkit.facts.status import INCOMING, OUTGOING, PACKET_TYPE_MASK, PACKET_TYPE_SHIFT
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32
from rawkit.view.numbers_kernel import put, put_decimal, put_name

FORCE_INLINE: Final = True

NAME_WIDTH = 5
UNKNOWN_TYPE = -1
ALL_ONES = 0xFF


def put_interface(
    out: Ints,
    at: int,
    data: Ints,
    start: int,
    captured: int,
    link_type: int,
    interface: int,
    status: int,
    links: Ints,
    link_index: Ints,
    described: int,
    is_wanted: int,
) -> int:
    """Writes what a cooked header says, and where it is wanted the frame's interface and what the kernel said of it.

    `links` has the names of interfaces (`rawkit.view.text_tables.Names`): first those that the batch describes, so
    many as `described`, then those of this host by the kernel's numbers, where they are to be named.
    """
    kind = UNKNOWN_TYPE
    if link_type == linktypes.LINUX_SLL2 and captured >= cooked.SLL2_HEADER_LEN:
        number = u32(data, start + cooked.SLL2_INTERFACE)
        at = put_link(out, at, links, link_index, described + number, number)
        kind = u8(data, start + cooked.SLL2_PACKET_TYPE)
    elif link_type == linktypes.LINUX_SLL and captured >= cooked.SLL_HEADER_LEN:
        if is_wanted:
            at = put_link(out, at, links, link_index, min(interface, described), interface)
        kind = u16(data, start + cooked.SLL_PACKET_TYPE)
    elif is_wanted:
        at = put_link(out, at, links, link_index, min(interface, described), interface)
        kind = packet_type(data, start, captured, link_type, status)
    else:
        return at
    return put_type(out, at, kind)


def put_link(out: Ints, at: int, links: Ints, link_index: Ints, entry: int, number: int) -> int:
    """Writes the name of an interface, or `if` and its number, in five columns as tcpdump does."""
    begin = at
    if entry < len(link_index) and link_index[entry]:
        at = put_name(out, at, links, link_index, entry)
    else:
        at = put_decimal(out, put(out, at, b"if"), number)
    while at < begin + NAME_WIDTH:
        out[at] = 32
        at += 1
    out[at] = 32
    return at + 1


def packet_type(data: Ints, start: int, captured: int, link_type: int, status: int) -> int:
    """The packet type of linux/if_packet.h: the kernel's, or what the direction and the receiver's address say."""
    if status >> PACKET_TYPE_SHIFT & PACKET_TYPE_MASK:
        return (status >> PACKET_TYPE_SHIFT & PACKET_TYPE_MASK) - 1
    if status & OUTGOING:
        return cooked.PACKET_OUTGOING
    if not status & INCOMING:
        return UNKNOWN_TYPE
    if link_type != linktypes.ETHERNET or captured < ethernet.HEADER_LEN:
        return cooked.PACKET_HOST
    place = start + ethernet.DST
    for k in range(place, place + 6):
        if data[k] != ALL_ONES:
            return cooked.PACKET_MULTICAST if u8(data, place) & 1 else cooked.PACKET_HOST
    return cooked.PACKET_BROADCAST


def put_type(out: Ints, at: int, kind: int) -> int:
    """Writes the packet type in tcpdump's words; nothing where neither the kernel nor a file has said one."""
    if kind == UNKNOWN_TYPE:
        return at
    if kind == cooked.PACKET_HOST:
        return put(out, at, b"In  ")
    if kind == cooked.PACKET_OUTGOING:
        return put(out, at, b"Out ")
    if kind == cooked.PACKET_BROADCAST:
        return put(out, at, b"B   ")
    if kind == cooked.PACKET_MULTICAST:
        return put(out, at, b"M   ")
    if kind == cooked.PACKET_OTHERHOST:
        return put(out, at, b"P   ")
    return put(out, at, b"?   ")
