"""The Subnetwork Access Protocol header, IEEE 802, section 9.2: behind an LLC header with both SAPs 0xAA."""

from __future__ import annotations

from rawkit.facts.snap import HEADER_LEN, PROTOCOL
from rawkit.values import dataclass
from rawkit.wire.fields import Buffer, check_bits, require


@dataclass(frozen=True, slots=True)
class Snap:
    """A SNAP header: a 24-bit organization (0 for EtherTypes, RFC 1042) and its 16-bit protocol number.

    >>> Snap(0, 0x0800).pack().hex()
    '0000000800'
    """

    oui: int
    protocol: int

    def __post_init__(self) -> None:
        check_bits("snap", self, oui=24, protocol=16)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The header and the payload."""
        return (self.oui << 16 | self.protocol).to_bytes(HEADER_LEN, "big") + payload

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Snap, bytes]:
        """The header and all that follows.

        >>> Snap.unpack(bytes.fromhex("00000c2000") + b"CDP")
        (Snap(oui=12, protocol=8192), b'CDP')
        """
        require("snap", data, HEADER_LEN)
        oui, protocol = (
            int.from_bytes(data[:PROTOCOL], "big"),
            int.from_bytes(data[PROTOCOL:HEADER_LEN], "big"),
        )
        return cls(oui, protocol), bytes(data[HEADER_LEN:])
