"""TCP options: RFC 9293 (MSS), RFC 7323 (window scale, timestamps), RFC 2018 (SACK), RFC 7413 (Fast Open)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct
from typing import Final, TypeAlias

from rawkit.facts.tcp_options import FAST_OPEN, MSS, SACK, SACK_PERMITTED, TIMESTAMPS, WINDOW_SCALE
from rawkit.values import dataclass
from rawkit.wire.fields import Buffer, check_bits, fits
from rawkit.wire.options import Eol, FoundOption, Nop, RawOption, common, expect, tlv, walk

_PAIR: Final = Struct("!II")


@dataclass(frozen=True, slots=True)
class Mss:
    """Maximum segment size in bytes (RFC 9293, section 3.7.1).

    >>> Mss(1460).pack().hex()
    '020405b4'
    """

    size: int

    def __post_init__(self) -> None:
        check_bits("tcp", self, size=16)

    def pack(self) -> bytes:
        """The option's 4 bytes."""
        return tlv(MSS, self.size.to_bytes(2, "big"))

    @classmethod
    def read(cls, entry: FoundOption) -> Mss:
        """The option found in a header."""
        expect("tcp", entry, 2)
        return cls(int.from_bytes(entry.data, "big"))


@dataclass(frozen=True, slots=True)
class WindowScale:
    """Window scale: windows are shifted left by so many bits, 14 at most (RFC 7323, section 2).

    >>> WindowScale(10).pack().hex()
    '03030a'
    """

    shift: int

    def __post_init__(self) -> None:
        check_bits("tcp", self, shift=8)

    def pack(self) -> bytes:
        """The option's 3 bytes."""
        return tlv(WINDOW_SCALE, bytes((self.shift,)))

    @classmethod
    def read(cls, entry: FoundOption) -> WindowScale:
        """The option found in a header."""
        expect("tcp", entry, 1)
        return cls(entry.data[0])


@dataclass(frozen=True, slots=True)
class SackPermitted:
    """The sender takes selective acknowledgments (RFC 2018, section 2).

    >>> SackPermitted().pack().hex()
    '0402'
    """

    def pack(self) -> bytes:
        """The option's 2 bytes."""
        return tlv(SACK_PERMITTED, b"")

    @classmethod
    def read(cls, entry: FoundOption) -> SackPermitted:
        """The option found in a header."""
        expect("tcp", entry, 0)
        return cls()


@dataclass(frozen=True, slots=True)
class Sack:
    """Selective acknowledgment: blocks of (left edge, right edge), sequence numbers (RFC 2018, section 3).

    >>> Sack(((1, 5),)).pack().hex()
    '050a0000000100000005'
    """

    blocks: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        for edge in (edge for block in self.blocks for edge in block):
            fits("tcp", "edge of a SACK block", edge, 32)

    def pack(self) -> bytes:
        """The option's bytes: 2, and 8 a block."""
        return tlv(SACK, b"".join(_PAIR.pack(*block) for block in self.blocks))

    @classmethod
    def read(cls, entry: FoundOption) -> Sack:
        """The option found in a header."""
        expect("tcp", entry, len(entry.data) // 8 * 8)
        return cls(tuple(_PAIR.iter_unpack(entry.data)))


@dataclass(frozen=True, slots=True)
class Timestamps:
    """TSval and TSecr, in the ticks of each sender's own clock (RFC 7323, section 3.2).

    >>> Timestamps(1, 2).pack().hex()
    '080a0000000100000002'
    """

    value: int
    echo: int = 0

    def __post_init__(self) -> None:
        check_bits("tcp", self, value=32, echo=32)

    def pack(self) -> bytes:
        """The option's 10 bytes."""
        return tlv(TIMESTAMPS, _PAIR.pack(self.value, self.echo))

    @classmethod
    def read(cls, entry: FoundOption) -> Timestamps:
        """The option found in a header."""
        expect("tcp", entry, 8)
        return cls(*_PAIR.unpack(entry.data))


@dataclass(frozen=True, slots=True)
class FastOpen:
    """A Fast Open cookie of 4 to 16 bytes, or none: a request for one (RFC 7413, section 2).

    >>> FastOpen().pack().hex(), FastOpen(b"cookie!!").pack().hex()
    ('2202', '220a636f6f6b69652121')
    """

    cookie: bytes = b""

    def __post_init__(self) -> None:
        if self.cookie and not 4 <= len(self.cookie) <= 16:
            raise ValueError(f"tcp: a Fast Open cookie of {len(self.cookie)} bytes: give 4 to 16, or none")

    def pack(self) -> bytes:
        """The option's bytes: 2 and the cookie."""
        return tlv(FAST_OPEN, self.cookie)

    @classmethod
    def read(cls, entry: FoundOption) -> FastOpen:
        """The option found in a header."""
        size = len(entry.data)
        if size:
            expect("tcp", entry, min(max(size, 4), 16))
        return cls(entry.data)


TcpOption: TypeAlias = Mss | WindowScale | SackPermitted | Sack | Timestamps | FastOpen | Nop | Eol | RawOption

_READERS: Final[Mapping[int, Callable[[FoundOption], TcpOption]]] = {
    MSS: Mss.read,
    WINDOW_SCALE: WindowScale.read,
    SACK_PERMITTED: SackPermitted.read,
    SACK: Sack.read,
    TIMESTAMPS: Timestamps.read,
    FAST_OPEN: FastOpen.read,
}


def unpack_options(header: Buffer, offset: int) -> tuple[TcpOption, ...]:
    """The options of a TCP header, from `offset` (20) to the end of the header.

    Raises `DecodeError` for a length that is not the option's, or goes past the header.

    >>> unpack_options(bytes.fromhex("020405b4 0402 01 00"), 0)
    (Mss(size=1460), SackPermitted(), Nop(), Eol(padding=b''))
    """
    return tuple(_READERS.get(entry.kind, common)(entry) for entry in walk("tcp", header, offset))
