"""Logical Link Control, IEEE 802.2, which follows an IEEE 802.3 header."""

from __future__ import annotations

from rawkit.facts.llc import CONTROL, DSAP, NUMBERED_LEN, SSAP, UNNUMBERED_INFORMATION, UNNUMBERED_LEN
from rawkit.values import dataclass
from rawkit.wire.fields import Buffer, check_bits, fits, require


@dataclass(frozen=True, slots=True)
class Llc:
    """An LLC header.

    Attributes:
        dsap, ssap: service access points, 8 bits.
        control: the control field, its bytes read in order. It has one byte in unnumbered frames (the low
            two bits of the first byte are set), else two.
        numbered: True for a control field of two bytes whose first is 0 and whose second has its low two bits set:
            an information frame with N(S) 0, an odd N(R) and P/F set. Its number alone says one byte.

    >>> from rawkit.facts.llc import SAP_SNAP
    >>> Llc(SAP_SNAP, SAP_SNAP).pack().hex()
    'aaaa03'
    """

    dsap: int
    ssap: int
    control: int = UNNUMBERED_INFORMATION
    numbered: bool = False

    def __post_init__(self) -> None:
        check_bits("llc", self, dsap=8, ssap=8, control=16)
        if self.control >> 8 & 3 == 3:
            fits("llc", "control of an unnumbered frame", self.control, 8)
        if self.numbered and not _looks_unnumbered(self.control):
            raise ValueError(f"llc: numbered is for a control that looks unnumbered, {self.control} does not")

    @property
    def control_length(self) -> int:
        """Bytes of the control field: 1 in unnumbered frames, else 2.

        >>> Llc(0x42, 0x42).control_length, Llc(0x04, 0x04, 0x0000).control_length
        (1, 2)
        """
        return 1 if _looks_unnumbered(self.control) and not self.numbered else 2

    def pack(self, payload: Buffer = b"") -> bytes:
        """The header and the payload."""
        return bytes((self.dsap, self.ssap)) + self.control.to_bytes(self.control_length, "big") + payload

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Llc, bytes]:
        """The header and all that follows.

        >>> Llc.unpack(bytes.fromhex("424203") + b"BPDU")
        (Llc(dsap=66, ssap=66, control=3, numbered=False), b'BPDU')
        """
        require("llc", data, UNNUMBERED_LEN)
        size = UNNUMBERED_LEN if data[CONTROL] & 3 == 3 else NUMBERED_LEN
        require("llc", data, size)
        control = int.from_bytes(data[CONTROL:size], "big")
        numbered = size == NUMBERED_LEN and _looks_unnumbered(control)
        return cls(data[DSAP], data[SSAP], control, numbered), bytes(data[size:])


def _looks_unnumbered(control: int) -> bool:
    return control < 0x100 and control & 3 == 3
