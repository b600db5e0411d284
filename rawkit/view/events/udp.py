"""The `udp` view: a conversation between two UDP endpoints, a line."""

from __future__ import annotations

from typing import Final

from rawkit.flow.endpoints import Endpoint
from rawkit.flow.events import IcmpError, UdpExchange
from rawkit.flow.udp.messages import Message
from rawkit.values import dataclass
from rawkit.view.events import calls
from rawkit.view.events.fields import ENDPOINTS, icmp_fields
from rawkit.view.lines import LineField
from rawkit.view.moments import When
from rawkit.view.text import counted, epoch, escaped, pause


@dataclass(frozen=True, slots=True)
class Conversation:
    """An exchange, and the messages that were read in it."""

    exchange: UdpExchange
    messages: tuple[Message, ...]

    @property
    def client(self) -> Endpoint:
        return self.exchange.client

    @property
    def server(self) -> Endpoint:
        return self.exchange.server

    @property
    def icmp(self) -> IcmpError | None:
        return self.exchange.icmp


def _message(message: Message) -> str:
    return f"{message.frame} {message.protocol} {message.text}"


FIELDS: Final[tuple[LineField[Conversation], ...]] = (
    LineField("ts", "the first datagram", lambda told: epoch(told.exchange.time), shape="time"),
    LineField("uid", "as in handshakes", lambda told: told.exchange.uid),
    LineField(
        "udp.stream", "number of the conversation, as in the packets view", lambda told: told.exchange.stream,
        shape="number",
    ),
    *ENDPOINTS,
    LineField("requests", "datagrams of the client", lambda told: told.exchange.requests, shape="number"),
    LineField("request_bytes", "their payload", lambda told: told.exchange.request_bytes, shape="number"),
    LineField("answers", "datagrams of the server", lambda told: told.exchange.answers, shape="number"),
    LineField("answer_bytes", "their payload", lambda told: told.exchange.answer_bytes, shape="number"),
    LineField(
        "first_answer_ns", "from the client's first datagram to the server's first",
        lambda told: told.exchange.first_answer, shape="number"
    ),
    LineField("call", "what the client's recv() said (below)", lambda told: calls.of_udp(told.exchange)),
    *icmp_fields("who sent the latest ICMP error about the conversation"),
    LineField(
        "messages", "list of texts: frame number, protocol, what was asked or answered",
        lambda told: [_message(message) for message in told.messages] or None, shape="texts"
    ),
    LineField("frames", "the first frame of each side", lambda told: list(told.exchange.frames), shape="numbers"),
)  # fmt: skip
"""What JSON and CSV have, in order."""


def line(conversation: Conversation, when: When) -> str:
    """The conversation as a line of text."""
    exchange = conversation.exchange
    return f"{when(exchange.time)}{exchange.client} > {exchange.server}: {told(conversation)}"


def told(conversation: Conversation) -> str:
    """What the line says behind the addresses."""
    exchange, messages = conversation.exchange, conversation.messages
    asked = f"{counted(exchange.requests, 'request')} ({counted(exchange.request_bytes, 'byte')})"
    answered = f"{counted(exchange.answers, 'answer')} ({counted(exchange.answer_bytes, 'byte')})"
    if exchange.first_answer is not None:
        answered += f", the first after {pause(exchange.first_answer)}"
    asked = asked if exchange.requests else "no request captured"
    parts = [asked, answered if exchange.answers else "no answer"]
    if exchange.icmp:
        parts.append(f"{exchange.icmp.sender} says {exchange.icmp.text}")
    if messages:
        words = " | ".join(escaped(message.text) for message in messages)
        parts.append(f"{messages[0].protocol.upper()}: {words}")
    parts.append(calls.of_udp(exchange))
    return "; ".join(parts)
