"""Fragments put together again (RFC 791, section 3.2; RFC 8200, section 4.5; RFC 5722 on overlaps).

The flow of a fragment is known only when its packet is whole, so the tracker sees the whole packet in place of its
last fragment, and the others not at all, as Zeek does. Fragments are few; this is Python over the few.
"""

from __future__ import annotations

from bisect import bisect
from typing import Final, NamedTuple

import numpy as np

from rawkit.decode import Decoder, Packets, layout
from rawkit.facts import ethertypes, ipv4, ipv6, ipv6_fragment
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.linktypes import RAW
from rawkit.values import dataclass, field, replace

LIFETIME: Final = 30 * 1_000_000_000
"""How long a packet may wait for its fragments, in nanoseconds: Linux's `ipfrag_time`."""
MOST_PACKETS: Final = 4096
MOST_HELD: Final = 1 << 26
"""Bytes that unfinished packets may take, `EACH` of them a fragment beside what was captured; the oldest make room."""
EACH: Final = 256
MOST_BYTES: Final = 65535 + ipv6.HEADER_LEN

Key = tuple[bytes, bytes, int, int]


class _Part(NamedTuple):
    """What was captured of a fragment, and its size on the wire."""

    captured: bytes
    size: int


class _Whole(NamedTuple):
    """A packet that was put together, as far as its fragments were captured, and its size on the wire."""

    packet: bytes
    size: int


@dataclass(slots=True)
class _Waiting:
    """A packet of which some fragments are there."""

    since: int
    header: bytes = b""
    total: int = -1
    parts: dict[int, _Part] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)
    there: int = 0
    last: int = 0
    held: int = 0

    def add(self, offset: int, more: bool, part: _Part) -> bool:
        """Takes a fragment; False where it overlaps another or contradicts what is known of the packet's end."""
        end = offset + part.size
        if end > MOST_BYTES or (more and (part.size % 8 or not part.size)):
            return False
        if self.parts.get(offset) == part:
            return True
        place = bisect(self.starts, offset)
        if self._overlaps(place, offset, end):
            return False
        if not more:
            if self.total not in (-1, end):
                return False
            self.total = end
        self.parts[offset] = part
        self.starts.insert(place, offset)
        self.there += part.size
        self.last = max(self.last, end)
        self.held += len(part.captured) + EACH
        return self.total < 0 or self.last <= self.total

    def _overlaps(self, place: int, offset: int, end: int) -> bool:
        """Whether what would be at a place in the order of fragments shares bytes with those beside it."""
        before = self.starts[place - 1] if place else -1
        if before == offset or (place and before + self.parts[before].size > offset):
            return True
        return place < len(self.starts) and self.starts[place] < end

    @property
    def is_whole(self) -> bool:
        return bool(self.header) and self.there == self.total

    def payload(self) -> bytes:
        """What was captured of it, up to the first byte that was not."""
        captured = b""
        for offset in self.starts:
            captured += self.parts[offset].captured
            if len(captured) < offset + self.parts[offset].size:
                break
        return captured


class Defragmenter:
    """Puts the fragments of IPv4 and IPv6 packets together, across batches, in bounded memory.

    Attributes:
        given_up: packets whose fragments were forgotten, since those of others were more than there is memory for.
    """

    def __init__(self, engine: Engine) -> None:
        self.given_up = 0
        self._engine = engine
        self._waiting: dict[Key, _Waiting] = {}
        self._held = 0

    def reassemble(self, packets: Packets) -> Packets:
        """The same packets, but the last fragment of each packet that became whole is that packet.

        The rows keep their numbers and times. Packets without fragments are returned as they are.
        """
        fragments = np.nonzero(packets.rows[:, layout.FRAGMENT] != -1)[0]
        if not len(fragments):
            return packets
        whole: dict[int, _Whole] = {}
        for row in fragments.tolist():
            packet = self._take(packets, row)
            if packet is not None:
                whole[row] = packet
        return _replaced(packets, whole, self._engine) if whole else packets

    def _take(self, packets: Packets, row: int) -> _Whole | None:
        """The whole packet, where this fragment was the last that it wanted."""
        fragment = _fragment(packets, row)
        if fragment is None:
            return None
        key, offset, more, header, part = fragment
        now = int(packets.batch.timestamp[row])
        self._make_room(now)
        waiting = self._waiting.get(key)
        if waiting is None or now - waiting.since > LIFETIME:
            self._forget(key)
            waiting = self._waiting[key] = _Waiting(now)
        held = waiting.held
        is_right = waiting.add(offset, more, part)
        self._held += waiting.held - held
        if not is_right:
            self._forget(key)
            return None
        if offset == 0:
            waiting.header = header
        if not waiting.is_whole:
            return None
        self._forget(key)
        return _packet(waiting.header, waiting.payload(), waiting.total)

    def _forget(self, key: Key) -> None:
        if (found := self._waiting.pop(key, None)) is not None:
            self._held -= found.held

    def _make_room(self, now: int) -> None:
        """Forgets the packets that have waited longest, until there is room for one more fragment."""
        while len(self._waiting) >= MOST_PACKETS or self._held > MOST_HELD:
            oldest = next(iter(self._waiting))
            self.given_up += now - self._waiting[oldest].since <= LIFETIME
            self._forget(oldest)


def _fragment(packets: Packets, row: int) -> tuple[Key, int, bool, bytes, _Part] | None:
    """Key, offset, more-fragments, header in front of the fragment, the fragment; None where the header is cut."""
    found = packets.rows[row]
    frame = packets.batch.frame(row)
    net, identification, end = (int(found[c]) for c in (layout.NET, layout.FRAGMENT_ID, layout.END))
    offset, more = int(found[layout.FRAGMENT]) >> 1, bool(found[layout.FRAGMENT] & 1)
    vlans = int(found[layout.VLANS])
    if found[layout.NET_KIND] == ethertypes.IPV4:
        start = net + (frame[net] & 15) * 4
        name = frame[identification : identification + 2] + frame[net + ipv4.PROTOCOL : net + ipv4.CHECKSUM]
        key = (frame[net + ipv4.SRC : net + ipv4.HEADER_LEN], name, 4, vlans)
    else:
        start = identification + 4
        key = (frame[net + ipv6.SRC : net + ipv6.HEADER_LEN], frame[identification:start], 6, vlans)
    if end < start:
        return None
    return key, offset, more, frame[net:start], _Part(frame[start:end], int(found[layout.WIRE_END]) - start)


def _packet(header: bytes, payload: bytes, size: int) -> _Whole:
    """The header of the first fragment before the payload of `size` bytes, with a length and next header that fit."""
    if header[0] >> 4 == 4:
        length = min(len(header) + size, 0xFFFF)
        named = header[ipv4.IDENTIFICATION : ipv4.FLAGS_FRAGMENT]
        head = header[: ipv4.TOTAL_LENGTH] + length.to_bytes(2, "big") + named + b"\0\0" + header[ipv4.TTL :]
        return _Whole(head + payload, len(head) + size)
    before, fragment = header[: -ipv6_fragment.HEADER_LEN], header[-ipv6_fragment.HEADER_LEN :]
    body = len(before) - ipv6.HEADER_LEN + size
    place = _next_header_place(before)
    before = before[:place] + fragment[:1] + before[place + 1 :]
    named = min(body, 0xFFFF).to_bytes(2, "big")
    head = before[: ipv6.PAYLOAD_LENGTH] + named + before[ipv6.NEXT_HEADER :]
    return _Whole(head + payload, len(head) + size)


def _next_header_place(before: bytes) -> int:
    """Where the next-header byte stands that names the fragment header, which is the last."""
    place, at = ipv6.NEXT_HEADER, ipv6.HEADER_LEN
    while at + 2 <= len(before):
        place, at = at, at + (before[at + 1] + 1) * 8
    return place


def _replaced(packets: Packets, whole: dict[int, _Whole], engine: Engine) -> Packets:
    """The packets, with some rows replaced by whole packets that stand behind the batch's own bytes."""
    put_together = [found.packet for found in whole.values()]
    frames = FrameBatch.from_frames(put_together, lengths=[found.size for found in whole.values()], link_type=RAW)
    decoded = Decoder(engine).decode(frames)
    where = np.fromiter(whole, dtype=np.intp, count=len(whole))
    rows, offset, captured = packets.rows.copy(), packets.batch.offset.copy(), packets.batch.captured.copy()
    vlans = rows[where, layout.VLANS]
    rows[where] = decoded.rows
    rows[where, layout.VLANS] = vlans
    offset[where] = len(packets.batch.data) + frames.offset
    captured[where] = frames.captured
    data = np.concatenate([packets.batch.data, frames.data])
    length, link_type = packets.batch.length.copy(), packets.batch.link_type.copy()
    length[where], link_type[where] = frames.length, RAW
    batch = replace(packets.batch, data=data, offset=offset, captured=captured, length=length, link_type=link_type)
    return replace(packets, batch=batch, rows=rows)
