"""`Frame`: one frame in memory, with its time."""

from __future__ import annotations

from typing import Any

from rawkit import linktypes
from rawkit.frames import FrameBatch
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame.

    Attributes:
        bytes: its bytes, link header first.
        time_ns: when it was on the wire: nanoseconds since 1970-01-01 UTC; 0 where that is not known.
        link_type: LINKTYPE number of the link header; 1 is Ethernet, 101 none.

    >>> from scapy.layers.inet import IP, TCP
    >>> frame = Frame(bytes(IP(src="192.0.2.1", dst="192.0.2.2") / TCP(dport=80)), link_type=101)
    >>> frame["tcp.dstport"], "udp.dstport" in frame, frame.to_scapy()[TCP].dport
    (80, False, 80)
    >>> print(frame)
    IP / TCP 192.0.2.1:ftp_data > 192.0.2.2:http S
    """

    bytes: bytes
    time_ns: int = 0
    link_type: int = linktypes.ETHERNET

    def __getitem__(self, name: str) -> Any:
        """A field by its name in Wireshark, as `rawkit.read_packets` has it; KeyError where the frame does not have it.

        FieldError (a KeyError too) where there is no such field.
        """
        value = self._value(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: str) -> bool:
        return self._value(name) is not None

    def to_scapy(self) -> Any:
        """The same as a packet of scapy."""
        from rawkit.run.send.reply import dissect

        return dissect(self.bytes, self.link_type)

    def __str__(self) -> str:
        return str(self.to_scapy().summary())

    def _value(self, name: str) -> Any:
        from rawkit.api.captures import read_packets

        table = read_packets(_One(self), fields=[name])
        return table[name].tolist()[0]


class _One:
    """A source of one frame."""

    def __init__(self, frame: Frame) -> None:
        self._left: list[FrameBatch] = [
            FrameBatch.from_frames([frame.bytes], timestamps=[frame.time_ns], link_type=frame.link_type)
        ]

    def read(self) -> FrameBatch | None:
        return self._left.pop() if self._left else None
