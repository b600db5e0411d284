"""What was asked and answered over UDP: DNS, DHCP and NTP messages in a few words."""

from __future__ import annotations

import sys
from typing import Final, Literal

import numpy as np

from rawkit.decode import Packets
from rawkit.facts import applications
from rawkit.flow.words.describing import describe
from rawkit.frames import Int32s
from rawkit.values import dataclass

MOST_MESSAGES: Final = 8
"""Messages that are kept of one conversation: its first ones."""
MOST_CONVERSATIONS: Final = 65536
MOST_BYTES: Final = 1 << 26
"""Bytes that the texts of all conversations may take; those of the oldest are forgotten for others."""
EACH: Final = 128
"""Bytes of a message beside its text."""

Application = Literal["dns", "dhcp", "ntp"]
PORTS: Final[dict[int, Application]] = {
    applications.DNS: "dns",
    applications.MDNS: "dns",
    applications.DHCP_SERVER: "dhcp",
    applications.DHCP_CLIENT: "dhcp",
    applications.NTP: "ntp",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One datagram in words.

    Attributes:
        frame: its `frame.number`.
        protocol: what it is.
        source_port: whence it came.
        text: what it says; it may hold any character that the wire had.
    """

    frame: int
    protocol: Application
    source_port: int
    text: str


class MessageCollector:
    """Keeps the first messages of each conversation until somebody asks for them, in bounded memory.

    Attributes:
        forgotten: conversations of which the messages had to make room for those of others.
    """

    def __init__(self) -> None:
        self.forgotten = 0
        self._kept: dict[int, list[Message]] = {}
        self._bytes = 0

    def take(self, packets: Packets, stream: Int32s) -> None:
        """Looks at the UDP packets of a batch whose ports are known."""
        source, destination = packets["udp.srcport"], packets["udp.dstport"]
        ports = list(PORTS)
        known = np.isin(source.values, ports) | np.isin(destination.values, ports)
        for row in np.nonzero(known & source.mask & (stream >= 0))[0].tolist():
            ends = (int(source.values[row]), int(destination.values[row]))
            self._keep(int(stream[row]), int(packets.numbers[row]), ends, packets.payload(row))

    def pop(self, stream: int) -> tuple[Message, ...]:
        """The messages of a conversation, which are then forgotten."""
        kept = self._kept.pop(stream, [])
        self._bytes -= sum(map(_size, kept))
        return tuple(kept)

    def _keep(self, stream: int, frame: int, ports: tuple[int, int], payload: bytes) -> None:
        kept = self._kept.setdefault(stream, [])
        while len(self._kept) > MOST_CONVERSATIONS or self._bytes > MOST_BYTES:
            self.forgotten += bool(self.pop(next(iter(self._kept))))
        if len(kept) >= MOST_MESSAGES:
            return
        application = PORTS.get(ports[1]) or PORTS[ports[0]]
        text = describe(application, payload)
        if text:
            kept.append(Message(frame, application, ports[0], text))
            self._bytes += _size(kept[-1])


def _size(message: Message) -> int:
    """Bytes that a message takes: a text with one character outside the basic plane takes four for each."""
    return sys.getsizeof(message.text) + EACH
