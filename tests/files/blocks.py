"""Blocks of a pcapng file, put together field by field (draft-ietf-opsawg-pcapng)."""

import struct


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    total = struct.pack(f"{order}I", len(body) + 12)
    return struct.pack(f"{order}I", kind) + total + body + total


def option(order, code, value):
    return struct.pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order, *options):
    body = struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1)
    return block(order, 0x0A0D0D0A, body + b"".join(options))


def interface(order, link, *options, snaplen=0):
    return block(order, 1, struct.pack(f"{order}HHI", link, 0, snaplen) + b"".join(options))


def enhanced(order, which, ticks, frame, *options, extra=0):
    head = struct.pack(f"{order}IIIII", which, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame) + extra)
    return block(order, 6, head + frame + bytes(-len(frame) % 4) + b"".join(options))
