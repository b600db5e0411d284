"""What was asked and answered over UDP: DNS, DHCP and NTP messages in a few words, the latter two parsed by dpkt."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from typing import Final, Literal

import numpy as np

from rawkit.decode import Packets
from rawkit.frames import Int32s
from rawkit.values import dataclass

MOST_MESSAGES: Final = 8
"""Messages that are kept of one conversation: its first ones."""
MOST_CONVERSATIONS: Final = 65536
MOST_BYTES: Final = 1 << 26
"""Bytes that the texts of all conversations may take; those of the oldest are forgotten for others."""
EACH: Final = 128
"""Bytes of a message beside its text."""
LONGEST: Final = 4096
"""Characters of a text, which is cut behind them."""

Application = Literal["dns", "dhcp", "ntp"]
PORTS: Final[dict[int, Application]] = {53: "dns", 5353: "dns", 67: "dhcp", 68: "dhcp", 123: "ntp"}


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


def describe(application: Application, payload: bytes) -> str:
    """The message in words, empty where it is none.

    >>> describe("dns", bytes.fromhex("123401000001000000000000076578616d706c650474657374000001 0001"))
    'A? example.test'
    >>> describe("dns", b"no message at all")
    ''
    """
    import dpkt

    try:
        text = _PARSERS[application](payload)
    except (dpkt.UnpackError, struct.error, ValueError, IndexError, KeyError, TypeError):
        return ""  # dpkt raises all of these on bytes that are no such message
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _size(message: Message) -> int:
    """Bytes that a message takes: a text with one character outside the basic plane takes four for each."""
    return sys.getsizeof(message.text) + EACH


def _dns(payload: bytes) -> str:
    from rawkit.flow.udp.dns_words import dns_words

    return dns_words(payload)


def _dhcp(payload: bytes) -> str:
    import socket

    from dpkt import dhcp

    message = dhcp.DHCP(payload)
    options = dict(message.opts)
    kind = _DHCP_TYPES.get(options.get(dhcp.DHCP_OPT_MSGTYPE, b"\0")[0])
    if kind is None:
        return ""
    parts = [kind, f"xid 0x{message.xid:08x}"]
    if message.yiaddr:
        parts.append(socket.inet_ntoa(int(message.yiaddr).to_bytes(4, "big")))
    for option, word in ((dhcp.DHCP_OPT_REQ_IP, "for"), (dhcp.DHCP_OPT_SERVER_ID, "server")):
        if len(options.get(option, b"")) == 4:
            parts.append(f"{word} {socket.inet_ntoa(options[option])}")
    if len(options.get(dhcp.DHCP_OPT_LEASE_SEC, b"")) == 4:
        parts.append(f"lease {int.from_bytes(options[dhcp.DHCP_OPT_LEASE_SEC], 'big')} s")
    return " ".join(parts)


_DHCP_TYPES: Final = {
    1: "Discover", 2: "Offer", 3: "Request", 4: "Decline", 5: "ACK", 6: "NAK", 7: "Release", 8: "Inform",
}  # fmt: skip


def _ntp(payload: bytes) -> str:
    from dpkt import ntp

    message = ntp.NTP(payload)
    mode = _NTP_MODES.get(message.mode)
    if mode is None:
        return ""
    words = [f"NTPv{message.v} {mode}"]
    if message.stratum:
        words += [f"stratum {message.stratum}", f"reference {_ntp_reference(message.stratum, message.id)}"]
    return ", ".join(words)


def _ntp_reference(stratum: int, identifier: bytes) -> str:
    """The clock's name at stratum 1, else the server's IPv4 address, or a hash of its name (RFC 5905, section 7.3)."""
    if stratum == 1:
        return identifier.rstrip(b"\0").decode("ascii", "backslashreplace")
    return ".".join(map(str, identifier))


_NTP_MODES: Final = {1: "active", 2: "passive", 3: "client", 4: "server", 5: "broadcast"}

_PARSERS: Final[dict[Application, Callable[[bytes], str]]] = {"dns": _dns, "dhcp": _dhcp, "ntp": _ntp}
