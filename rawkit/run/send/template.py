"""Frames to send out of a file: a capture, or hex in text."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import numpy as np

from rawkit import linktypes
from rawkit.errors import CaptureError, SendError
from rawkit.facts.status import TO_SELF
from rawkit.files import open_capture
from rawkit.frames import FrameBatch
from rawkit.run.send.hops import NO_MAC, Hops
from rawkit.wire.address import IPAddress

OFFSET: Final = re.compile(r"\s*(?:0x)?([0-9a-fA-F]{4,8})(?::\s*|\s+)")
DIGITS: Final = re.compile(r"[0-9a-fA-F]*")


@dataclass(frozen=True, slots=True)
class RecordedFrames:
    """Frames out of a file.

    Attributes:
        name: the file, for messages.
        data: its bytes, where it was read; else it is opened for each round.
        link_type: of its frames.
    """

    name: str
    data: bytes | None
    link_type: int

    def batches(self) -> Iterator[FrameBatch]:
        """The frames once, from the first on."""
        with open_capture(self.name if self.data is None else io.BytesIO(self.data)) as capture:
            yield from (batch for batch in capture if len(batch))


@dataclass(frozen=True, slots=True)
class TypedFrames:
    """Frames that were written down in hex."""

    frames: FrameBatch

    @property
    def link_type(self) -> int:
        """Of all of them."""
        return int(self.frames.link_type[0])

    def batches(self) -> Iterator[FrameBatch]:
        """The frames, in one batch."""
        yield self.frames


def open_template(name: str) -> RecordedFrames | TypedFrames:
    """Opens a capture file or a text with hex; `-` is standard input.

    Raises CaptureError for a file that cannot be read, SendError where it is neither.
    """
    data = sys.stdin.buffer.read() if name == "-" else None
    try:
        with open_capture(name if data is None else io.BytesIO(data)) as capture:
            first = capture.read()
    except CaptureError as error:
        text = _text(name, data)
        if text is None:
            raise
        return TypedFrames(typed_frames(text, name, error))
    if first is None or not len(first):
        raise SendError(f"{name}: a capture without frames: give one that has some")
    return RecordedFrames(name, data, int(first.link_type[0]))


def _text(name: str, data: bytes | None) -> str | None:
    """What is there as text; None where it is none."""
    try:
        return (Path(name).read_bytes() if data is None else data).decode("ascii")
    except (OSError, UnicodeDecodeError):
        return None


def typed_frames(text: str, name: str = "-", otherwise: Exception | None = None) -> FrameBatch:
    """The frames of a text: one a line, its bytes in hex; or a dump whose lines begin with an offset, a 0 a frame.

    Spaces and colons between bytes do not count, nor does what follows a `#`. A frame that is an IPv4 or IPv6 packet
    of just that length is taken for one, anything else for an Ethernet frame. Raises SendError.

    >>> typed_frames("aa:bb cc # a comment").frame(0).hex()
    'aabbcc'
    >>> typed_frames("0000  01 02\\n0002  03\\n0000  04\\n").length.tolist()
    [3, 1]
    """
    lines = [(number, line.partition("#")[0].rstrip()) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line.strip()]
    if not lines:
        raise otherwise if otherwise and text.strip() else SendError(f"{name}: no frame in it: give a capture, or hex")
    first = OFFSET.match(lines[0][1])
    is_dump = first is not None and int(first[1], 16) == 0
    frames = _dumped(lines, name) if is_dump else [_octets(line, name, number) for number, line in lines]
    kinds = {_link_type(frame) for frame in frames}
    if len(kinds) > 1:
        raise SendError(f"{name}: IP packets and Ethernet frames in one text: send them apart")
    return FrameBatch.from_frames(frames, link_type=kinds.pop())


def _dumped(lines: list[tuple[int, str]], name: str) -> list[bytes]:
    """The frames of a dump as xxd, tcpdump -xx and text2pcap have it; what stands right of the bytes does not count."""
    frames: list[bytearray] = []
    for number, line in lines:
        found = OFFSET.match(line)
        if found is None:
            raise SendError(f"{name}: line {number} has no offset in front: give it one, as the others have")
        if int(found[1], 16) == 0:
            frames.append(bytearray())
        if int(found[1], 16) != len(frames[-1]):
            raise SendError(f"{name}: line {number} is at byte {len(frames[-1])}, not {found[1]}: correct it")
        body = re.split(r"\s{2,}|\|", line[found.end() :])
        frames[-1] += _octets(body[0], name, number)
    return [bytes(frame) for frame in frames]


def _octets(text: str, name: str, number: int) -> bytes:
    digits = re.sub(r"0x|[\s:,-]", "", text)
    if not DIGITS.fullmatch(digits) or len(digits) % 2:
        raise SendError(f"{name}: line {number} is no hex: give two digits a byte, or a capture file")
    return bytes.fromhex(digits)


def _link_type(frame: bytes) -> int:
    """RAW for an IP packet whose own length is that of the bytes, else Ethernet."""
    version = frame[0] >> 4 if len(frame) >= 20 else 0
    is_ip4 = version == 4 and int.from_bytes(frame[2:4], "big") == len(frame)
    is_ip6 = version == 6 and len(frame) >= 40 and int.from_bytes(frame[4:6], "big") + 40 == len(frame)
    return linktypes.RAW if is_ip4 or is_ip6 else linktypes.ETHERNET


def destination(packet: bytes) -> IPAddress:
    """Where an IP packet goes to; SendError where it is too short to say.

    >>> destination(bytes.fromhex("45000014000000004000000000000000c0000202"))
    IPv4Address('192.0.2.2')
    """
    at, size = (24, 16) if packet and packet[0] >> 4 == 6 else (16, 4)
    if len(packet) < at + size:
        raise SendError(f"a packet of {len(packet)} bytes has no destination: give whole IP packets")
    return ip_address(packet[at : at + size])


def framed(batch: FrameBatch, hops: Hops, source: bytes) -> FrameBatch:
    """IP packets with an Ethernet header each, to the next hop; those whose next hop is silent are left out."""
    packets = list(batch.frames())
    targets = [destination(packet) for packet in packets]
    macs, known = hops.macs(targets)
    frames = [
        mac.tobytes()
        + (NO_MAC if hops.is_own(target) else source)
        + (b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00")
        + packet
        for packet, target, mac, has in zip(packets, targets, macs, known, strict=True)
        if has
    ]
    status = [TO_SELF if hops.is_own(target) else 0 for target, has in zip(targets, known, strict=True) if has]
    found = FrameBatch.from_frames(frames, timestamps=batch.timestamp[known].tolist())
    return replace(found, status=np.array(status, np.int64))
