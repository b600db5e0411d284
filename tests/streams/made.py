"""Captures of TCP that went wrong in every way, made of seeds: what is lost, late, sent again, overlapping, forged."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from typing import NamedTuple

CLIENT, SERVER = bytes((192, 0, 2, 10)), bytes((198, 51, 100, 20))
SYN, FIN, PSH, ACK = 0x02, 0x01, 0x08, 0x10


class Sent(NamedTuple):
    """A segment: whose it is, where its payload is in the stream, and what it has."""

    side: int
    seq: int
    ack: int
    flags: int
    payload: bytes


def frame(port: int, segment: Sent) -> bytes:
    """An IPv4 packet; its checksums are not filled in."""
    source, target = (CLIENT, SERVER) if segment.side == 0 else (SERVER, CLIENT)
    ports = (port, 9000) if segment.side == 0 else (9000, port)
    numbers = segment.seq % (1 << 32), segment.ack % (1 << 32)
    header = struct.pack(">HHIIBBHHH", *ports, *numbers, 0x50, segment.flags, 65535, 0, 0)
    size = 40 + len(segment.payload)
    return struct.pack(">BBHHHBBH", 0x45, 0, size, 0, 0x4000, 64, 6, 0) + source + target + header + segment.payload


def conversation(seed: int) -> list[Sent]:
    """Both sides say something; segments are cut anew when they come again, and some never come."""
    rng = random.Random(seed)
    bases = [rng.choice((0, 1000, (1 << 32) - 100, rng.getrandbits(32))) for _ in range(2)]
    segments = [Sent(0, bases[0], 0, SYN, b""), Sent(1, bases[1], bases[0] + 1, SYN | ACK, b"")]
    if seed % 5 == 0:
        segments = [Sent(side, bases[side] + 1, bases[1 - side] + 1, ACK, b"") for side in (0, 1)]
    segments += _said(rng, bases)
    for side in (0, 1):
        segments.append(Sent(side, bases[side] + 401, bases[1 - side] + 401, FIN | ACK, b""))
    return segments


def _said(rng: random.Random, bases: list[int]) -> Iterator[Sent]:
    said = [rng.randbytes(400), rng.randbytes(400)]
    waiting: list[Sent] = []
    for side in (0, 1):
        at = 0
        while at < 400:
            size = min(rng.randint(1, 60), 400 - at)
            waiting += _copies(rng, bases, side, at, said[side][at : at + size])
            at += size
    order = sorted(range(len(waiting)), key=lambda place: place % 20 + rng.random() * rng.choice((0, 3, 12)))
    for place in order:
        yield waiting[place]
        if rng.random() < 0.3:
            peer = 1 - waiting[place].side
            ack = waiting[place].seq + len(waiting[place].payload)
            yield Sent(peer, bases[peer] + 401, ack, ACK, b"")


def _copies(rng: random.Random, bases: list[int], side: int, at: int, data: bytes) -> Iterator[Sent]:
    seq, ack = bases[side] + 1 + at, bases[1 - side] + 1
    if rng.random() > 0.1:
        yield Sent(side, seq, ack, ACK | PSH, data)
    if rng.random() < 0.3:  # again, from somewhere else on, and sometimes not the same
        skip = rng.randint(-5, 5)
        again = data[max(skip, 0) :] if skip >= 0 else bytes(-skip) + data
        yield Sent(side, seq + skip, ack, ACK | PSH, again or b"!")
    if rng.random() < 0.1:
        yield Sent(side, seq - 1, ack, ACK, b"\0")


def pcap(frames: list[bytes]) -> bytes:
    """A capture file of IP packets, a millisecond apart."""
    records = [struct.pack("<IIII", 0, 1000 * number, len(one), len(one)) + one for number, one in enumerate(frames)]
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101) + b"".join(records)
