"""The send side: what is to be sent, what is under way, and what the peer takes (SND.*, RFC 9293, section 3.3.1)."""

from __future__ import annotations

from rawkit.tcp.scoreboard import Scoreboard
from rawkit.tcp.settings import Settings
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the stream that a segment carries.

    Attributes:
        start: the number of its first byte.
        data: its bytes.
        fin: whether the FIN follows them.
        again: whether it was sent before.
    """

    start: int
    data: bytes
    fin: bool
    again: bool

    @property
    def end(self) -> int:
        """The number behind it."""
        return self.start + len(self.data) + self.fin


class SendSide:
    """Keeps the stream that goes out, from the first byte that is not acknowledged to the last that the user gave.

    Attributes:
        iss: the initial sequence number, the SYN's.
        una, nxt: SND.UNA and SND.NXT: the oldest number that is not acknowledged, and the first that was never sent.
        window, largest: SND.WND, and the largest that it was.
        wl1, wl2: SEG.SEQ and SEG.ACK of the last window update.
        shift: Snd.Wind.Shift, of the windows that the peer tells.
        mss: Eff.snd.MSS, without the options of each segment (section 3.7.1).
        up: SND.UP, behind the last byte of urgent data.
        is_closed: whether the user gave the last byte, so that a FIN follows.
        board: what became of what is under way.
    """

    __slots__ = (
        "_burst", "_first", "_nagle", "board", "buffer", "is_closed", "iss", "largest", "mss", "nxt", "shift", "una",
        "up", "window", "wl1", "wl2",
    )  # fmt: skip

    def __init__(self, iss: int, mss: int, settings: Settings) -> None:
        self.iss = self.una = self.nxt = self.up = iss
        self.window = self.largest = self.wl1 = self.wl2 = self.shift = 0
        self.mss = mss
        self.board = Scoreboard(self.mss)
        self.buffer = bytearray()
        self.is_closed = False
        self._first = iss + 1
        self._nagle, self._burst = settings.nagle, settings.burst

    @property
    def end(self) -> int:
        """The number behind all that the user gave, which is the FIN's."""
        return self._first + len(self.buffer)

    @property
    def limit(self) -> int:
        """The number behind all that there is to send, the FIN too."""
        return self.end + self.is_closed

    @property
    def flight(self) -> int:
        """How many numbers are sent and not acknowledged."""
        return self.nxt - self.una

    @property
    def has_unsent(self) -> bool:
        """Whether something was never sent."""
        return self.nxt < self.limit

    @property
    def is_done(self) -> bool:
        """Whether all is acknowledged, the FIN too."""
        return self.is_closed and self.una == self.limit

    def write(self, data: bytes) -> None:
        """Puts data behind what is there."""
        self.buffer += data

    def acked(self, ack: int) -> int:
        """The peer has all below `ack`; how many bytes of data are new in that."""
        gone = max(min(ack, self.end) - self._first, 0)
        del self.buffer[:gone]
        self._first += gone
        self.una = ack
        self.up = max(self.up, ack)
        self.board.sacked.drop_below(ack)
        return gone

    def opened_by(self, seq: int, ack: int, window: int) -> bool:
        """Takes the window of a segment unless a newer one told it (section 3.10.7.4, fifth); whether it changed."""
        if not (self.wl1 < seq or (self.wl1 == seq and self.wl2 <= ack)):
            return False
        changed = window != self.window
        self.window, self.wl1, self.wl2 = window, seq, ack
        self.largest = max(self.largest, window)
        return changed

    def piece(self, start: int, size: int, again: bool) -> Piece:
        """Up to `size` bytes of the stream from `start`, and the FIN where it follows."""
        offset = start - self._first
        data = bytes(self.buffer[offset : offset + size])
        fin = self.is_closed and start + len(data) == self.end and (again or self.end < self.una + max(self.window, 1))
        return Piece(start, data, fin, again)

    def lost_piece(self, room: int, size: int) -> Piece | None:
        """What is to be sent again, `size` bytes at most, where `room` of the congestion window is left."""
        hole = self.board.next_hole(self.una)
        if hole is None or hole[0] >= self.una + self.window:
            return None
        size = min(size, hole[1] - hole[0], self.una + self.window - hole[0])
        if size > room and self.board.pipe(self.una, self.nxt):
            return None
        return self.piece(hole[0], size, again=True)

    def new_piece(self, room: int, size: int, override: bool = False) -> Piece | None:
        """What is sent next for the first time, or None where it has to wait.

        Args:
            room: what is left of the congestion window.
            size: bytes that a segment carries.
            override: not to wait for a larger segment any longer.
        """
        waiting = self.end - self.nxt
        usable = self.una + self.window - self.nxt
        if waiting <= 0:
            return self.piece(self.nxt, 0, again=False) if self.has_unsent and waiting == 0 and usable > 0 else None
        whole = size * self._burst
        fits = min(waiting, usable, whole)
        if fits <= 0 or not (override or self._is_worth(fits, waiting, size)):
            return None
        if fits > room:
            fits = max(room // size * size, 0 if self.flight else min(fits, size))
        return self.piece(self.nxt, min(fits, whole), again=False) if fits > 0 else None

    def _is_worth(self, fits: int, waiting: int, size: int) -> bool:
        """Against silly windows and small segments (sections 3.8.6.2.1 and 3.7.4): a full segment, or the last one
        with nothing under way (Nagle), or half of the largest window."""
        if fits >= size:
            return True
        quiet = not self._nagle or not self.flight or self.is_closed
        return quiet and (fits == waiting or 2 * fits >= self.largest)
