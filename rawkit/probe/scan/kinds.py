"""The kinds of scans: what a probe is, and what each answer to it says of the port. nmap's names, letters and verdicts.

All in which kinds differ stands in `KINDS`: frames, the socket filter, the judgement of answers, the options of the
command line and the formats are made of it.

>>> KINDS["ack"].states == (UNFILTERED, FILTERED), KINDS["udp"].silence == OPEN_OR_FILTERED
(True, True)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rawkit.facts import icmp, icmpv6, ip_protocols, tcp
from rawkit.values import dataclass

OPEN: Final = 1
CLOSED: Final = 2
FILTERED: Final = 3
UNFILTERED: Final = 4
"""The host answers; whether the port is open is not known."""
OPEN_OR_FILTERED: Final = 5
STATES: Final = {
    OPEN: "open",
    UNFILTERED: "unfiltered",
    OPEN_OR_FILTERED: "open|filtered",
    CLOSED: "closed",
    FILTERED: "filtered",
}
"""nmap's words, in the order in which ports are counted."""
POSSIBLY_OPEN: Final = (OPEN, UNFILTERED, OPEN_OR_FILTERED)
"""What nmap's --open shows."""

NO_RESPONSE: Final = 0
"""In place of an answer: there was none."""
SYN_ACK: Final = 1
RESET: Final = 2
CHALLENGE: Final = 3
"""An ACK alone: the host has half a connection from an earlier SYN (RFC 9293 section 3.10.7.4, RFC 5961)."""
SYN: Final = 4
"""A SYN alone: the host opens a connection itself (RFC 9293 section 3.5), or answers in two parts."""
DATAGRAM: Final = 5
ICMP: Final = 1 << 24
ICMPV6: Final = 1 << 25
"""These stand beside type << 8 and code."""
REFUSALS: Final = (
    ICMP | icmp.DESTINATION_UNREACHABLE << 8 | icmp.PORT_UNREACHABLE,
    ICMPV6 | icmpv6.DESTINATION_UNREACHABLE << 8 | icmpv6.PORT_UNREACHABLE,
)
"""No program has the port."""

ASK_AGAIN: Final = 0
"""In place of a state: the answer says nothing yet."""


@dataclass(frozen=True, slots=True)
class ScanKind:
    """A kind of scan.

    Attributes:
        name: nmap's, as in the XML.
        letter: of nmap's option: `U` of `-sU`.
        sends: what a probe is, for people.
        answers: what each kind of answer says of the port; any other says nothing.
        silence: what it says that none comes.
        flags: of the TCP header.
        protocol: of IP.
        refused: what ICMP's port unreachable says where the host itself sends it. All other errors say filtered.
    """

    name: str
    letter: str
    sends: str
    answers: Mapping[int, int]
    silence: int
    flags: int = 0
    protocol: int = ip_protocols.TCP
    refused: int = FILTERED

    @property
    def is_udp(self) -> bool:
        """Whether probes are datagrams."""
        return self.protocol == ip_protocols.UDP

    @property
    def transport(self) -> str:
        """`tcp` or `udp`."""
        return "udp" if self.is_udp else "tcp"

    @property
    def acknowledges(self) -> bool:
        """Whether a RST takes its sequence number from the probe's acknowledgment (RFC 9293 section 3.10.7.1)."""
        return bool(self.flags & tcp.ACK)

    @property
    def states(self) -> tuple[int, ...]:
        """What a port can be found to be."""
        can_be = {*self.answers.values(), self.silence, self.refused, FILTERED}
        return tuple(state for state in STATES if state in can_be)

    @property
    def errors_tell_more(self) -> bool:
        """Whether an ICMP error says more than silence: then one that is not sent is missed."""
        return self.silence != FILTERED


_SYN: Final = ScanKind(
    "syn",
    "S",
    "a SYN",
    {SYN_ACK: OPEN, SYN: OPEN, RESET: CLOSED, CHALLENGE: ASK_AGAIN},
    FILTERED,
    tcp.SYN,
)
_ACK: Final = ScanKind("ack", "A", "an ACK", {RESET: UNFILTERED}, FILTERED, tcp.ACK)


def _quiet(name: str, letter: str, sends: str, flags: int) -> ScanKind:
    """A segment without SYN, RST and ACK: closed ports reset it, open ones drop it (RFC 9293 section 3.10.7)."""
    return ScanKind(name, letter, sends, {RESET: CLOSED}, OPEN_OR_FILTERED, flags)


_UDP: Final = ScanKind(
    "udp", "U", "a datagram", {DATAGRAM: OPEN}, OPEN_OR_FILTERED, protocol=ip_protocols.UDP, refused=CLOSED
)
KINDS: Final = {
    kind.name: kind
    for kind in (
        _SYN,
        _UDP,
        _ACK,
        _quiet("fin", "F", "a FIN", tcp.FIN),
        _quiet("null", "N", "a segment without flags", 0),
        _quiet("xmas", "X", "a segment with FIN, PSH and URG", tcp.FIN | tcp.PSH | tcp.URG),
        _quiet("maimon", "M", "a segment with FIN and ACK", tcp.FIN | tcp.ACK),
    )
}
"""By name; the first is the default."""
SYN_SCAN: Final = _SYN
