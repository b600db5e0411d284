"""The VLAN tag of IEEE 802.1Q and 802.1ad, from behind its TPID on.

The TPID is the EtherType of the header before it: 0x8100 (802.1Q) or 0x88A8 (802.1ad service tag).
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from rawkit.facts.vlan import HEADER_LEN, PCP_SHIFT, VID_MASK
from rawkit.values import dataclass
from rawkit.wire.fields import Buffer, check_bits, require

_LAYOUT: Final = Struct("!HH")


@dataclass(frozen=True, slots=True)
class Vlan:
    """A VLAN tag.

    Attributes:
        id: VLAN identifier, 12 bits; 0 is a tag for the priority only.
        type: EtherType of what follows.
        priority: priority code point, 3 bits.
        dei: drop eligible indicator, 1 bit.

    >>> Vlan(42, 0x0800, priority=5).pack().hex()
    'a02a0800'
    """

    id: int
    type: int
    priority: int = 0
    dei: int = 0

    def __post_init__(self) -> None:
        check_bits("vlan", self, id=12, type=16, priority=3, dei=1)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The tag and the payload."""
        return _LAYOUT.pack(self.priority << PCP_SHIFT | self.dei << 12 | self.id, self.type) + payload

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Vlan, bytes]:
        """The tag and all that follows.

        >>> Vlan.unpack(bytes.fromhex("302a86dd"))
        (Vlan(id=42, type=34525, priority=1, dei=1), b'')
        """
        require("vlan", data, HEADER_LEN)
        tci, kind = _LAYOUT.unpack_from(data)
        header = cls(tci & VID_MASK, kind, priority=tci >> PCP_SHIFT, dei=tci >> 12 & 1)
        return header, bytes(data[HEADER_LEN:])
