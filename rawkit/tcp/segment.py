"""A segment as the engine sees it: a value, with its options read."""

from __future__ import annotations

from rawkit.facts.tcp import ACK, FIN, PSH, RST, SYN, URG
from rawkit.values import dataclass

_LETTERS = ((SYN, "S"), (FIN, "F"), (RST, "R"), (PSH, "P"), (URG, "U"), (ACK, "."))


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a connection (RFC 9293, section 3.1); addresses and ports are those of the connection.

    Attributes:
        seq, ack: as they stand in the header, 32 bits.
        flags: those of `rawkit.facts.tcp`.
        window: as it stands in the header, not scaled.
        payload: the data.
        urgent: the urgent pointer.
        mss: of the option, None without it (RFC 9293, section 3.7.1).
        scale: the shift of the window scale option, None without it (RFC 7323, section 2).
        sack_permitted: whether the option is there (RFC 2018, section 2).
        sack: blocks of (left edge, right edge) (RFC 2018, section 3).
        timestamps: TSval and TSecr, None without the option (RFC 7323, section 3).

    >>> from rawkit.facts.tcp import FIN, SYN
    >>> Segment(seq=7, flags=SYN | FIN, payload=b"data").length
    6
    """

    seq: int = 0
    ack: int = 0
    flags: int = 0
    window: int = 0
    payload: bytes = b""
    urgent: int = 0
    mss: int | None = None
    scale: int | None = None
    sack_permitted: bool = False
    sack: tuple[tuple[int, int], ...] = ()
    timestamps: tuple[int, int] | None = None

    @property
    def length(self) -> int:
        """SEG.LEN: how many sequence numbers it takes; SYN and FIN take one each (RFC 9293, section 3.4)."""
        return len(self.payload) + bool(self.flags & SYN) + bool(self.flags & FIN)

    @property
    def letters(self) -> str:
        """The flags as tcpdump writes them.

        >>> from rawkit.facts.tcp import ACK, SYN
        >>> Segment(flags=SYN | ACK).letters
        'S.'
        """
        return "".join(letter for flag, letter in _LETTERS if self.flags & flag) or "none"
