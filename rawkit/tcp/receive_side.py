"""The receive side: what has arrived, what may arrive, and what the peer is told of it (RCV.*, RFC 9293, 3.3.1)."""

from __future__ import annotations

from typing import Final

from rawkit.tcp.reassembly import Reassembly
from rawkit.tcp.sequence import wrap
from rawkit.tcp.settings import Settings

WINDOW_MAX: Final = 0xFFFF
SHIFT_MAX: Final = 14


def shift_for(buffer: int) -> int:
    """The window scale with which a buffer of so many bytes can be told whole (RFC 7323, section 2.3).

    >>> shift_for(65535), shift_for(1 << 20)
    (0, 5)
    """
    return min(max(buffer.bit_length() - 16, 0), SHIFT_MAX)


class ReceiveSide:
    """Takes segments' text in any order, gives the stream in order.

    Attributes:
        irs: the peer's initial sequence number; `nxt` (RCV.NXT) and all others go on from it.
        edge: the right edge of the window that was told: RCV.NXT + RCV.WND. It never goes back (SHLD-14).
        shift: Rcv.Wind.Shift.
        mss: the largest segment seen, which says when an ACK is due; one that something below joined counts as ours.
        fin: the number of the peer's FIN once it is known, else None.
        unacked: bytes that arrived since the last ACK was sent.
        duplicate: what arrived twice since the last ACK, told by D-SACK (RFC 2883), or None.
        urgent: RCV.UP, behind the last byte of urgent data, or None.
    """

    __slots__ = (
        "_capacity", "_queue", "_segment", "buffer", "duplicate", "edge", "fin", "irs", "mss", "nxt", "shift",
        "unacked", "urgent",
    )  # fmt: skip

    def __init__(self, mss: int, settings: Settings) -> None:
        self._capacity = settings.receive_buffer
        self._segment = mss
        self._queue = Reassembly()
        self.buffer = bytearray()
        self.shift = shift_for(settings.receive_buffer) if settings.window_scale else 0
        self.irs = self.nxt = self.edge = 0
        self.mss = 0
        self.fin: int | None = None
        self.unacked = 0
        self.duplicate: tuple[int, int] | None = None
        self.urgent: int | None = None

    def begin(self, irs: int) -> None:
        """The peer's SYN came: the stream begins behind it."""
        self.irs, self.nxt = irs, irs + 1
        self.edge = self.nxt + min(self._room, WINDOW_MAX)

    @property
    def _room(self) -> int:
        return max(self._capacity - len(self.buffer), 0)

    @property
    def window(self) -> int:
        """RCV.WND, as it was told last."""
        return self.edge - self.nxt

    def is_acceptable(self, seq: int, length: int) -> bool:
        """Whether a segment has anything of the window in it: the four cases of RFC 9293, section 3.4."""
        if length == 0:
            return self.nxt <= seq < self.edge or seq == self.nxt
        return seq < self.edge and self.nxt < seq + length

    def take(self, seq: int, data: bytes) -> bool:
        """Takes a segment's text, cut to the window; whether it was the next of the stream and left no gap behind."""
        self.note_old(seq, len(data))
        start = max(seq, self.nxt)
        end = self.edge if self.fin is None else min(self.edge, self.fin)
        text = data[start - seq : max(end - seq, 0)]
        self.mss = max(self.mss, min(len(data), self._segment))
        if not text:
            return False
        had_gap = len(self._queue) > 0
        if start > self.nxt or had_gap:
            if self._queue.put(start, text):
                self.duplicate = (start, start + len(text))
            text = bytes(self._queue.take(self.nxt))
        self.buffer += text
        self.nxt += len(text)
        self.unacked += len(text)
        return bool(text) and not had_gap

    def note_old(self, seq: int, size: int) -> None:
        """Data of this size came; what of them is below RCV.NXT came before (RFC 2883, section 4)."""
        if seq < self.nxt and size:
            self.duplicate = (seq, min(self.nxt, seq + size))

    def note_fin(self, number: int) -> None:
        """The peer's FIN has this number; nothing counts that goes beyond."""
        if self.fin is None and self.nxt <= number <= self.edge:
            self.fin = number

    def take_fin(self) -> bool:
        """Whether the FIN is the next of the stream; then it counts as received."""
        if self.fin is None or self.nxt != self.fin:
            return False
        self.nxt += 1
        self.edge = max(self.edge, self.nxt)
        return True

    def read(self, size: int) -> bytes:
        """Takes up to `size` bytes of the stream."""
        found = bytes(self.buffer[:size])
        del self.buffer[:size]
        return found

    def window_field(self, is_syn: bool = False) -> int:
        """What a segment tells of the window, which moves the edge; in a SYN it is not scaled (RFC 7323, 2.2).

        Silly windows are not told: the edge moves by a segment or half the buffer at least (section 3.8.6.2.2).
        """
        if is_syn:
            field = min(self._room, WINDOW_MAX)
            self.edge = max(self.edge, self.nxt + field)
            return field
        if self.nxt + self._room - self.edge >= self._step:
            field = self._room >> self.shift
        else:
            field = -(-self.window >> self.shift)
        field = min(field, WINDOW_MAX)
        self.edge = max(self.edge, self.nxt + (field << self.shift))
        return field

    @property
    def _step(self) -> int:
        return min(self._capacity // 2, max(self.mss, self._segment))

    @property
    def can_open(self) -> bool:
        """Whether the window would open so far that the peer is told at once: to twice of what it is, or more."""
        would = self.nxt + self._room - self.edge
        return would >= max(self._step, self.window)

    def sack_blocks(self, most: int) -> tuple[tuple[int, int], ...]:
        """The blocks of the next ACK, 32 bits each: a D-SACK first, then what grew last (RFC 2018, RFC 2883)."""
        blocks = [] if self.duplicate is None else [self.duplicate]
        blocks += self._queue.blocks(most)
        return tuple((wrap(start), wrap(end)) for start, end in blocks[:most])

    @property
    def has_gap(self) -> bool:
        """Whether something arrived before its turn."""
        return len(self._queue) > 0

    @property
    def is_ack_due(self) -> bool:
        """Whether an ACK may not wait: for each second full segment there is one (RFC 9293, section 3.8.6.3)."""
        return self.unacked >= 2 * self.mss

    def acknowledged(self) -> None:
        """An ACK was sent."""
        self.unacked = 0
        self.duplicate = None
