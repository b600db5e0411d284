"""What each transport that opens and closes calls its packets, in the words of its RFC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from rawkit.facts import ip_protocols
from rawkit.values import dataclass
from rawkit.wire import names

Transport = Literal["tcp", "sctp", "dccp"]
Opening = Literal["syn", "syn_ack", "ack", "init", "init_ack", "cookie_ack", "request", "response"]
Close = Literal["FIN", "SHUTDOWN", "Close"]
Reset = Literal["RST", "ABORT", "Reset"]


@dataclass(frozen=True, slots=True)
class Words:
    """The names of a transport's packets.

    Attributes:
        transport: its own name.
        steps: what opens it, what answers that, and what completes it.
        steps_text: the same as people write it.
        close: what closes a side.
        reset: what aborts.
        causes: what the number in a `reset` says.
    """

    transport: Transport
    steps: tuple[Opening, Opening, Opening]
    steps_text: tuple[str, str, str]
    close: Close
    reset: Reset
    causes: Mapping[int, str]

    def text(self, step: Opening) -> str:
        """A step as people write it.

        >>> WORDS["sctp"].text("init_ack")
        'INIT ACK'
        """
        return self.steps_text[self.steps.index(step)]


_ALL: Final = {
    ip_protocols.TCP: Words("tcp", ("syn", "syn_ack", "ack"), ("SYN", "SYN-ACK", "ACK"), "FIN", "RST", {}),
    ip_protocols.SCTP: Words(
        "sctp", ("init", "init_ack", "cookie_ack"), ("INIT", "INIT ACK", "COOKIE ACK"), "SHUTDOWN", "ABORT",
        names.SCTP_CAUSES,
    ),
    ip_protocols.DCCP: Words(
        "dccp", ("request", "response", "ack"), ("Request", "Response", "Ack"), "Close", "Reset",
        names.DCCP_RESET_CODES,
    ),
}  # fmt: skip

IP_PROTOCOLS: Final = tuple(_ALL)
"""Of the transports that open and close."""
WORDS: Final[Mapping[Transport, Words]] = {words.transport: words for words in _ALL.values()}


def words_of(ip_protocol: int) -> Words:
    """The words of a transport, by its IP protocol number.

    >>> words_of(132).reset
    'ABORT'
    """
    return _ALL[ip_protocol]
