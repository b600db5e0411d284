"""The `latency` view: where the time of a TCP connection went, a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from rawkit.flow.latency.values import CAUSES, PHASES, Cause, Latency, Part, Phase, Span, Stall
from rawkit.view.events.fields import ENDPOINTS
from rawkit.view.lines import LineField, Shape
from rawkit.view.moments import When
from rawkit.view.text import counted, epoch, escaped, pause

MOST_PARTS: Final = 4
"""Parts of the time that a line of text has."""
LEAST: Final = 100
"""A line of text leaves out parts that took less than this part of the whole."""

PHASE_DOCS: Final[dict[Phase, str]] = {
    "lookup": "from the DNS question to the last answer before the SYN",
    "handshake": "from the first SYN to the client's ACK",
    "client think": "the client had the word and said nothing",
    "request": "from the first to the last segment of each of the client's turns, stalls included",
    "server think": "from the end of the client's turn to the server's first segment; the round trip is in it",
    "response": "from the first to the last segment of each of the server's turns, stalls included",
}
"""Of the phases that `parts` has."""
CAUSE_DOCS: Final[dict[Cause, str]] = {
    "timeout": "a segment that nobody acknowledged was sent again when a timer ran out; of SYNs too",
    "fast retransmission": "a segment was sent again because duplicate acknowledgements told of a loss",
    "reordering": "a segment came late, overtaken by others",
    "zero window": "the receiver's window was closed",
    "small window": "what was under way filled the receiver's window",
    "nagle": "a small segment waited for a delayed acknowledgement",
    "pause": "nothing held the sender up, and it sent nothing within its turn",
}


def _key(name: str) -> str:
    """A phase or a cause as the name of a field."""
    return name.replace(" ", "_")


def _spent(phase: Phase, found: Latency) -> int | None:
    return found.spent(phase) or None


def _stalled(cause: Cause, found: Latency) -> int | None:
    return found.stalled(cause) or None


def _field(name: str, doc: str, value: Callable[[Latency], object], shape: Shape = "number") -> LineField[Latency]:
    return LineField(name, doc, value, shape)


FIELDS: Final[tuple[LineField[Latency], ...]] = (
    LineField("ts", "the DNS question that led to it, or the first packet", lambda one: epoch(one.time), shape="time"),
    LineField("uid", "as in handshakes", lambda one: one.uid),
    _field("tcp.stream", "as in handshakes", lambda one: one.stream),
    *ENDPOINTS,
    _field("total_ns", "from `ts` to the last payload; without any to the end of the handshake", lambda one: one.ns),
    _field("longest", "where most of it went: a phase, or its cause too", lambda one: named(one.parts[0]), "text"),
    _field("longest_ns", "how much that was", lambda one: one.parts[0].ns),
    _field(
        "frames", "the first and the last frame that prove it, of several pieces those of the longest",
        lambda one: list(one.parts[0].frames), "numbers",
    ),
    _field("opened", "true where the handshake was completed", lambda one: one.opened or None, "flag"),
    _field("exchanges", "turns of the client", lambda one: one.exchanges),
    _field("lookup", "the name that was asked for", lambda one: one.lookup.name if one.lookup else None, "text"),
    *(_field(f"{_key(phase)}_ns", doc, partial(_spent, phase)) for phase, doc in PHASE_DOCS.items()),
    *(_field(f"{_key(cause)}_ns", f"of these: {doc}", partial(_stalled, cause)) for cause, doc in CAUSE_DOCS.items()),
    _field("orig_rtt_ns", "from the capture to the client and back: SYN-ACK to ACK", lambda one: one.orig_rtt),
    _field("resp_rtt_ns", "from the capture to the server and back: SYN to SYN-ACK", lambda one: one.resp_rtt),
    _field("first_byte_ns", "from `ts` to the server's first payload", lambda one: one.first_byte),
    _field("close_ns", "from the last payload to the first FIN or RST; not in `total_ns`", lambda one: one.close),
    _field("closed_by", "who sent that: `client` or `server`", lambda one: one.closed_by, "text"),
    _field("orig_resent_bytes", "payload that the client sent again", lambda one: one.resent_bytes[0] or None),
    _field("resp_resent_bytes", "payload that the server sent again", lambda one: one.resent_bytes[1] or None),
    _field(
        "crossed", "turns that began before all of the turn before had come: both spoke at once",
        lambda one: one.crossed or None,
    ),
    _field(
        "spans", "list of texts: phase, number of the exchange, nanoseconds, frames, bytes",
        lambda one: [_span(span) for span in one.spans], "texts",
    ),
    _field(
        "stalls", "list of texts: cause, phase, number of the exchange, nanoseconds, times, frames of the longest",
        lambda one: [_stall(stall) for stall in one.stalls] or None, "texts",
    ),
    _field("left_out", "spans and stalls that are only in the sums: the shortest", lambda one: one.left_out or None),
)  # fmt: skip
"""What JSON and CSV have, in order."""


def _span(span: Span) -> str:
    return f"{_key(span.phase)} {span.exchange} {span.ns} {span.frames[0]}-{span.frames[1]} {span.bytes}"


def _stall(stall: Stall) -> str:
    where = f"{_key(stall.cause)} {_key(stall.phase)} {stall.exchange} {stall.ns} {stall.times}"
    return f"{where} {stall.frames[0]}-{stall.frames[1]}"


def named(part: Part) -> str:
    """A part of the time in a word or two.

    >>> named(Part("request", "timeout", "client", 10, 1, (6, 9)))
    'request: timeout'
    """
    return part.phase if part.cause is None else f"{part.phase}: {part.cause}"


def line(found: Latency, when: When) -> str:
    """Where the time went as a line of text."""
    return f"{when(found.time)}{found.client} > {found.server}: {told(found)}"


def told(found: Latency) -> str:
    """What the line says behind the addresses: the longest first, with the frames that prove it."""
    return "; ".join((*_parts(found), *_rest(found)))


def _parts(found: Latency) -> Iterator[str]:
    for place, part in enumerate(found.parts[:MOST_PARTS]):
        if place and part.ns * LEAST < found.ns:
            return
        of = "" if place else f" of {pause(found.ns)}"
        yield f"{pause(part.ns)}{of}: {worded(part, found)}, {proof(part)}"


def _rest(found: Latency) -> Iterator[str]:
    if found.opened is False:
        yield "not opened"
    if found.exchanges > 1:
        yield counted(found.exchanges, "exchange")
    if found.close is not None:
        yield f"closed by the {found.closed_by} {pause(found.close)} later"


def proof(part: Part) -> str:
    """The frames of a part, of several pieces those of the longest.

    >>> proof(Part("server think", None, None, 10, 3, (6, 9))), proof(Part("lookup", None, None, 1, 1, (1, 2)))
    ('3 times, the longest in frames 6 to 9', 'frames 1 to 2')
    """
    frames = f"frames {part.frames[0]} to {part.frames[1]}"
    return frames if part.times == 1 else f"{part.times} times, the longest in {frames}"


def worded(part: Part, found: Latency) -> str:
    """What happened."""
    if part.cause is not None and part.by is not None:
        receiver = "server" if part.by == "client" else "client"
        opening = "SYN" if part.by == "client" else "SYN-ACK"
        what = opening if part.phase == "handshake" else part.phase
        return _CAUSES[part.cause].format(sender=part.by, receiver=receiver, what=what)
    if part.phase == "lookup" and found.lookup is not None:
        return f"{_PHASES[part.phase]} of {escaped(found.lookup.name)}"
    return _PHASES[part.phase]


_PHASES: Final[dict[Phase, str]] = {
    "lookup": "name lookup",
    "handshake": "handshake",
    "client think": "the client thought",
    "request": "request under way",
    "server think": "the server thought",
    "response": "response under way",
}
_CAUSES: Final[dict[Cause, str]] = {
    "timeout": "{what} not acknowledged, sent again by time-out",
    "fast retransmission": "{what} sent again, duplicate ACKs told of a loss",
    "reordering": "{what} out of order",
    "zero window": "{what} stopped, the {receiver}'s window was closed",
    "small window": "{what} stopped, the {receiver}'s window was full",
    "nagle": "{what} waited for a delayed ACK of the {receiver} (Nagle)",
    "pause": "{what} stopped, the {sender} paused",
}
assert set(_CAUSES) == set(CAUSES)
assert set(_PHASES) < set(PHASES)
