"""What ICMP says of a connection's segments: no way, or too large (RFC 9293, section 3.9.2.2; RFC 1191, RFC 8201)."""

from __future__ import annotations

from typing import Final

from rawkit.facts import ipv4, ipv6, tcp
from rawkit.tcp.block import Block
from rawkit.tcp.sequence import unwrap
from rawkit.tcp.states import SYNCHRONIZED, Signal, State
from rawkit.values import dataclass

_HEADERS: Final = {4: ipv4.HEADER_LEN + tcp.HEADER_LEN, 6: ipv6.HEADER_LEN + tcp.HEADER_LEN}
_SMALLEST: Final = {4: 552, 6: 1280}
"""No path is taken to be narrower: of IPv4 that is Linux's (net.ipv4.route.min_pmtu), of IPv6 RFC 8200's."""


@dataclass(frozen=True, slots=True)
class PathError:
    """An ICMP error that quotes a segment of ours.

    Attributes:
        seq: the sequence number that it quotes, 32 bits.
        number: the errno that a socket of the kernel would give for it.
        mtu: of the next hop where the packet was too large for it, else 0.
    """

    seq: int
    number: int
    mtu: int = 0


def take_error(block: Block, error: PathError, now: int) -> None:
    """Takes an error, if it quotes what is under way: others are made up, or late (RFC 5927, section 4.1).

    While the connection is opened it ends it, as in Linux. Later it ends nothing (MUST-56; RFC 5927, section 5.2, for
    those of which section 3.9.2.2 has it otherwise), and is the reason where time ends the connection.
    """
    snd = block.snd
    if block.state in (State.CLOSED, State.LISTEN) or not snd.una <= unwrap(error.seq, snd.una) < snd.nxt:
        return
    if error.mtu:
        _narrow(block, error.mtu)
    elif block.state in SYNCHRONIZED:
        block.soft_error = error.number
    else:
        block.finish(Signal.UNREACHABLE, now, error.number)


def _narrow(block: Block, mtu: int) -> None:
    """Segments are smaller from now on, and what is under way is sent again: it was too large, not too much."""
    snd, version = block.snd, block.flow.local.version
    mss = max(mtu, _SMALLEST[version]) - _HEADERS[version]
    if mss >= snd.mss:
        return
    snd.mss = snd.board.mss = mss
    if block.state in SYNCHRONIZED:
        snd.board.lose(snd.una, snd.nxt)
        block.timed = None
        block.urge = True
