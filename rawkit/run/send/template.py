"""Frames to send out of a file: a capture, or hex in text."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import NamedTuple

import numpy as np

from rawkit.errors import CaptureError, SendError
from rawkit.facts import ethertypes
from rawkit.facts.status import TO_SELF
from rawkit.files import open_capture
from rawkit.files.streams import opened, standard_input
from rawkit.frames import FrameBatch
from rawkit.run.send.hex_text import typed_frames
from rawkit.run.send.hops import NO_MAC, Hops
from rawkit.sockets.pausing import Steps
from rawkit.values import dataclass, replace
from rawkit.wire.address import IPAddress


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
    data = standard_input().read() if name == "-" else None
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
        return (_all(name) if data is None else data).decode()
    except (OSError, UnicodeDecodeError):
        return None


def _all(name: str) -> bytes:
    with opened(name) as file:
        return file.read()


def destination(packet: bytes) -> IPAddress:
    """Where an IP packet goes to; SendError where it is too short to say.

    >>> destination(bytes.fromhex("45000014000000004000000000000000c0000202"))
    IPv4Address('192.0.2.2')
    """
    return ip_address(_destination(packet))


def _destination(packet: bytes) -> bytes:
    at, size = (24, 16) if packet and packet[0] >> 4 == 6 else (16, 4)
    if len(packet) < at + size:
        raise SendError(f"a packet of {len(packet)} bytes has no destination: give whole IP packets")
    return packet[at : at + size]


def framed(batch: FrameBatch, hops: Hops, source: bytes) -> Steps[FrameBatch]:
    """IP packets with an Ethernet header each, to the next hop; those whose next hop is silent are left out."""
    packets = list(batch.frames())
    places = list(map(_destination, packets))
    heads = yield from _heads(dict.fromkeys(places), hops, source)
    found = [heads[place] for place in places]
    frames = [head.bytes + packet for head, packet in zip(found, packets, strict=True) if head]
    status = [head.status for head in found if head]
    known = np.array([head is not None for head in found], np.bool_)
    made = FrameBatch.from_frames(frames, timestamps=batch.timestamp[known].tolist())
    return replace(made, status=np.array(status, np.int64))


class _Head(NamedTuple):
    """An Ethernet header, and the status of a frame with it."""

    bytes: bytes
    status: int


def _heads(places: Iterable[bytes], hops: Hops, source: bytes) -> Steps[dict[bytes, _Head | None]]:
    """What is in front of packets to each destination; None where the next hop is silent."""
    targets = {place: ip_address(place) for place in places}
    macs, known = yield from hops.macs([*targets.values()])
    heads: dict[bytes, _Head | None] = {}
    for (place, target), mac, has in zip(targets.items(), macs, known, strict=True):
        is_own, kind = hops.is_own(target), ethertypes.IPV4 if target.version == 4 else ethertypes.IPV6
        header = mac.tobytes() + (NO_MAC if is_own else source) + kind.to_bytes(2)
        heads[place] = _Head(header, TO_SELF if is_own else 0) if has else None
    return heads
