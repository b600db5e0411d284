"""SYN and what comes back, TCP (RFC 9293): a SYN-ACK or a RST, both show that the host is there."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final, Protocol

from rawkit.errors import DecodeError
from rawkit.facts import ip_protocols, tcp
from rawkit.probe.ping.results import Answer, Probe, Problem
from rawkit.probe.targets import Target
from rawkit.values import dataclass
from rawkit.wire.address import IPAddress
from rawkit.wire.checksum import judge_transport
from rawkit.wire.sum_kernel import WRONG
from rawkit.wire.tcp import Tcp

_STEP: Final = 1 << 12
"""Sequence numbers between two SYNs: a host that has half a connection left takes none for a repetition."""
_MODULUS: Final = 1 << 32


class Sources(Protocol):
    """The addresses from which this host speaks to targets: checksums cover them."""

    def address_for(self, target: Target) -> IPAddress:
        """The address that packets to a target come from; OSError where there is no route."""

    def known(self, address: IPAddress) -> IPAddress | None:
        """The same for a target's address, None where no packet went there yet."""


@dataclass(frozen=True, slots=True)
class TcpSyn:
    """SYNs to one port; the sequence number says which probe it was, and the acknowledgment gives it back.

    Attributes:
        port: the targets' port.
        src_port: our own, that nobody else uses.
        first: the sequence number of probe 0.
        sources: this host's addresses.

    >>> server, client = ip_address("192.0.2.20"), ip_address("192.0.2.10")
    >>> class FromClient:
    ...     def address_for(self, target):
    ...         return client
    ...     def known(self, address):
    ...         return client
    >>> syn = TcpSyn(80, 40000, first=1000, sources=FromClient())
    >>> sent, _ = Tcp.unpack(syn.request(Probe(0, Target("server", server), 1, 1)))
    >>> sent.seq, tcp.SYN == sent.flags
    (5096, True)
    >>> rst = Tcp(80, 40000, ack=sent.seq + 1, flags=tcp.RST | tcp.ACK, window=0)
    >>> answer = syn.answer(rst.pack(src=server, dst=client), "192.0.2.20", 64)
    >>> answer.detail, answer.wire_seq, answer.corrupt
    ('RST', 1, '')
    """

    port: int
    src_port: int
    first: int
    sources: Sources

    def request(self, probe: Probe) -> bytes:
        """The SYN for a probe."""
        seq = (self.first + probe.number * _STEP) % _MODULUS
        header = Tcp(self.src_port, self.port, seq, flags=tcp.SYN, window=1024)
        return header.pack(src=self.sources.address_for(probe.target), dst=probe.target.address)

    def answer(self, message: bytes, address: str, ttl: int | None) -> Answer | None:
        """What a segment from an address is; None where it answers none of our SYNs."""
        try:
            header, _ = Tcp.unpack(message)
        except DecodeError:
            return None
        kind = _kind(header.flags)
        if (header.src_port, header.dst_port) != (self.port, self.src_port) or not kind:
            return None
        seq = self._seq(header.ack - 1)
        ours = self.sources.known(ip_address(address))
        if seq is None or ours is None:
            return None
        found = judge_transport(ip_address(address), ours, ip_protocols.TCP, message, tcp.CHECKSUM)
        corrupt = "bad checksum" if found == WRONG else ""
        return Answer(address, None, seq, len(message), ttl, corrupt=corrupt, detail=kind)

    def error(self, quoted: bytes, asked: str, sender: str | None, problem: Problem) -> Answer | None:
        """What an ICMP error is that quotes a segment to `asked`; None where that is none of ours (RFC 792)."""
        ports = self.src_port.to_bytes(2, "big") + self.port.to_bytes(2, "big")
        if len(quoted) < tcp.ACKNOWLEDGMENT or quoted[: tcp.SEQUENCE] != ports:
            return None
        seq = self._seq(int.from_bytes(quoted[tcp.SEQUENCE : tcp.ACKNOWLEDGMENT], "big"))
        return None if seq is None else Answer(sender, asked, seq, problem=problem)

    def _seq(self, number: int) -> int | None:
        """The low 16 bits of the number of the probe with a sequence number; None where none of ours has it."""
        seq, rest = divmod((number - self.first) % _MODULUS, _STEP)
        return None if rest else seq % (1 << 16)


def _kind(flags: int) -> str:
    if flags & tcp.RST:
        return "RST"
    return "SYN-ACK" if flags & (tcp.SYN | tcp.ACK) == tcp.SYN | tcp.ACK else ""
