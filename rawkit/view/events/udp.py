"""The `udp` view: a conversation between two UDP endpoints, a line."""

from __future__ import annotations

from typing import Any

from rawkit.flow.events import UdpExchange
from rawkit.flow.udp.messages import Message
from rawkit.view.events import calls
from rawkit.view.moments import When
from rawkit.view.text import counted, epoch, escaped, pause

NAMES = (
    "ts", "uid", "udp.stream", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "requests", "request_bytes",
    "answers", "answer_bytes", "first_answer_ns", "call", "icmp.sender", "icmp.type", "icmp.code", "icmp.text",
    "messages", "frames",
)  # fmt: skip

Conversation = tuple[UdpExchange, tuple[Message, ...]]


def values(conversation: Conversation) -> dict[str, Any]:
    """The conversation as JSON has it; `first_answer_ns` counts from the first request."""
    exchange, messages = conversation
    icmp = exchange.icmp
    return {
        "ts": epoch(exchange.time),
        "uid": exchange.uid,
        "udp.stream": exchange.stream,
        "id.orig_h": exchange.client.address,
        "id.orig_p": exchange.client.port,
        "id.resp_h": exchange.server.address,
        "id.resp_p": exchange.server.port,
        "requests": exchange.requests,
        "request_bytes": exchange.request_bytes,
        "answers": exchange.answers,
        "answer_bytes": exchange.answer_bytes,
        "first_answer_ns": exchange.first_answer,
        "call": calls.of_udp(exchange),
        "icmp.sender": icmp and icmp.sender,
        "icmp.type": icmp and icmp.type,
        "icmp.code": icmp and icmp.code,
        "icmp.text": icmp and icmp.text,
        "messages": [_message(message) for message in messages] or None,
        "frames": list(exchange.frames),
    }


def _message(message: Message) -> str:
    return f"{message.frame} {message.protocol} {message.text}"


def line(conversation: Conversation, when: When) -> str:
    """The conversation as a line of text."""
    exchange, messages = conversation
    asked = f"{counted(exchange.requests, 'request')} ({counted(exchange.request_bytes, 'byte')})"
    answered = f"{counted(exchange.answers, 'answer')} ({counted(exchange.answer_bytes, 'byte')})"
    if exchange.first_answer is not None:
        answered += f", the first after {pause(exchange.first_answer)}"
    parts = [f"{when(exchange.time)}{exchange.client} > {exchange.server}: {asked}"]
    parts.append(answered if exchange.answers else "no answer")
    if exchange.icmp:
        parts.append(f"{exchange.icmp.sender} says {exchange.icmp.text}")
    if messages:
        words = " | ".join(escaped(message.text) for message in messages)
        parts.append(f"{messages[0].protocol.upper()}: {words}")
    parts.append(calls.of_udp(exchange))
    return "; ".join(parts)
