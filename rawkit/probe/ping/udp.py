"""UDP datagrams to one port (RFC 768): an answer, or port unreachable from the target, shows that the host is there."""

from __future__ import annotations

from typing import Final

from rawkit.facts import icmp, icmpv6
from rawkit.probe.ping.results import Answer, Probe, Problem
from rawkit.values import dataclass, replace

TOKEN: Final = 4
"""Bytes at the beginning of the data that tell which probe a datagram was: `seq`, and its complement."""

_PORT_UNREACHABLE: Final = (
    (4, icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE),
    (6, icmpv6.DESTINATION_UNREACHABLE, icmpv6.PORT_UNREACHABLE),
)


@dataclass(frozen=True, slots=True)
class UdpDatagram:
    """Datagrams whose first 4 bytes say which probe they are; an answer that does not repeat them is for the latest.

    Attributes:
        port: the targets' port.
        data: what a datagram carries behind the first 4 bytes.

    >>> from ipaddress import IPv4Address
    >>> from rawkit.probe.targets import Target
    >>> udp = UdpDatagram(7, b"ping")
    >>> udp.request(Probe(0, Target("server", IPv4Address("192.0.2.20")), 1, 1)).hex()
    '0001fffe70696e67'
    >>> udp.answer(bytes.fromhex("0001fffe70696e67"), "192.0.2.20", 64).wire_seq
    1
    >>> udp.error(bytes.fromhex("0001fffe70696e67"), "192.0.2.20", "192.0.2.20", Problem(3, 3, 4)).detail
    'port unreachable'
    """

    port: int
    data: bytes

    def request(self, probe: Probe) -> bytes:
        """The data of the datagram for a probe."""
        seq = probe.number % (1 << 16)
        return seq.to_bytes(2, "big") + (seq ^ 0xFFFF).to_bytes(2, "big") + self.data

    def answer(self, message: bytes, address: str, ttl: int | None) -> Answer:
        """What a datagram from a target's port is."""
        return Answer(address, None, _seq(message), len(message), ttl, detail="answer")

    def error(self, quoted: bytes, asked: str, sender: str | None, problem: Problem) -> Answer:
        """What an ICMP error about a datagram with these data is; port unreachable by the target is an answer."""
        answer = Answer(sender, asked, _seq(quoted), problem=problem)
        if sender == asked and (problem.version, problem.type, problem.code) in _PORT_UNREACHABLE:
            return replace(answer, problem=None, size=len(quoted), detail="port unreachable")
        return answer


def _seq(data: bytes) -> int | None:
    seq, complement = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:TOKEN], "big")
    return seq if len(data) >= TOKEN and seq ^ complement == 0xFFFF else None
