"""Echo requests and replies, ICMP (RFC 792) and ICMPv6 (RFC 4443), as bytes."""

from __future__ import annotations

from typing import Final

from rawkit.facts import icmp, icmpv6
from rawkit.probe.ping.results import Answer, Probe, Problem
from rawkit.values import dataclass
from rawkit.wire.checksum import internet_checksum
from rawkit.wire.icmp import Echo
from rawkit.wire.icmpv6_head import seal

PATTERN_MAX: Final = 16
"""Bytes of a fill pattern (ping(8), -p)."""

_REQUESTS: Final = {4: icmp.ECHO_REQUEST, 6: icmpv6.ECHO_REQUEST}
_REPLIES: Final = {4: icmp.ECHO_REPLY, 6: icmpv6.ECHO_REPLY}


def payload(size: int, pattern: bytes = b"") -> bytes:
    """The data of an echo request: the pattern over and over, or bytes that count up from 16, as in BSD's ping.

    >>> payload(5, b"\\xca\\xfe").hex(), payload(3).hex()
    ('cafecafeca', '101112')
    """
    fill = pattern or bytes((16 + place) % 256 for place in range(256))
    return (fill * (size // len(fill) + 1))[:size]


@dataclass(frozen=True, slots=True)
class IcmpEcho:
    """Echo by ICMP over IPv4 or IPv6.

    Attributes:
        version: 4 or 6.
        id: the identifier of our requests.
        data: what each of them carries.
        checksummed: whether a reply's checksum is to be verified: the kernel does it, but not for raw IPv4 sockets.

    >>> from ipaddress import IPv4Address
    >>> from rawkit.probe.targets import Target
    >>> echo = IcmpEcho(4, id=7, data=b"ping")
    >>> echo.request(Probe(0, Target("server", IPv4Address("192.0.2.20")), 1, 1)).hex()
    '080019270007000170696e67'
    >>> reply = bytes.fromhex("000021270007000170696e67")
    >>> echo.answer(reply, "192.0.2.20", 64).wire_seq, echo.answer(reply[:-1] + b"G", "192.0.2.20", 64).corrupt
    (1, 'bad checksum')
    """

    version: int
    id: int
    data: bytes
    checksummed: bool = True

    def request(self, probe: Probe) -> bytes:
        """The request for a probe; over IPv6 the kernel fills in the checksum (RFC 3542, section 3.1)."""
        seq = probe.number % (1 << 16)
        if self.version == 4:
            return Echo(icmp.ECHO_REQUEST, self.id, seq).pack(self.data)
        # Not by rawkit.wire.icmpv6, which loads neighbour discovery with all its options: 20 ms of a short ping.
        body = self.id.to_bytes(2, "big") + seq.to_bytes(2, "big") + self.data
        return seal((icmpv6.ECHO_REQUEST, 0, 0), body, None, None)

    def answer(self, message: bytes, address: str, ttl: int | None) -> Answer | None:
        """What a message from an address is; None where it is no reply to one of ours."""
        seq = self._seq(message, _REPLIES[self.version])
        if seq is None:
            return None
        return Answer(address, None, seq, len(message), ttl, corrupt=self._damage(message))

    def error(self, quoted: bytes, asked: str, sender: str | None, problem: Problem) -> Answer | None:
        """What an ICMP error is that quotes a message to the address `asked`; None where that is none of ours."""
        seq = self._seq(quoted, _REQUESTS[self.version])
        return None if seq is None else Answer(sender, asked, seq, problem=problem)

    def _seq(self, message: bytes, kind: int) -> int | None:
        """The sequence number of a message, None where it is not of that type or not for us."""
        if len(message) < icmp.HEADER_LEN or message[icmp.TYPE] != kind:
            return None
        if int.from_bytes(message[icmp.ID : icmp.SEQUENCE], "big") != self.id:
            return None
        return int.from_bytes(message[icmp.SEQUENCE : icmp.HEADER_LEN], "big")

    def _damage(self, message: bytes) -> str:
        if self.version == 4 and self.checksummed and internet_checksum(message) != 0:
            return "bad checksum"
        came = message[icmp.HEADER_LEN :]
        return "" if came == self.data else difference(self.data, came)


def difference(sent: bytes, came: bytes) -> str:
    """How the data of a reply differ from what was sent.

    >>> difference(b"abc", b"abd"), difference(b"abc", b"ab")
    ('wrong data byte #2 should be 0x63 but was 0x64', '2 data bytes of 3')
    """
    for place, (right, wrong) in enumerate(zip(sent, came, strict=False)):
        if right != wrong:
            return f"wrong data byte #{place} should be 0x{right:x} but was 0x{wrong:x}"
    return f"{len(came)} data bytes of {len(sent)}"
