"""The `teardowns` view: the end of a connection, a line."""

from __future__ import annotations

from typing import Final, get_args

from rawkit.flow.events import IGNORED, ResetReason, Teardown
from rawkit.flow.sessions.words import WORDS
from rawkit.view.events import calls
from rawkit.view.events.fields import ENDPOINTS, moment, named
from rawkit.view.lines import LineField
from rawkit.view.moments import When
from rawkit.view.text import counted, epoch, pause

FIELDS: Final[tuple[LineField[Teardown], ...]] = (
    LineField("ts", "the last of the FINs and the RST", lambda end: epoch(end.time), shape="time"),
    LineField("uid", "as in handshakes", lambda end: end.uid),
    LineField("tcp.stream", "as in handshakes", lambda end: end.stream, shape="number"),
    *ENDPOINTS,
    LineField(
        "by", "`FIN`: both closed; `half`: one did; `RST`; of SCTP `SHUTDOWN`, `ABORT`, of DCCP `Close`, `Reset`",
        lambda end: end.by,
    ),
    LineField("first", "who closed first, by FIN or RST: `client` or `server`", lambda end: end.first),
    LineField("call", "which socket call it was (below)", calls.of_teardown),
    LineField(
        "simultaneous", "true where neither FIN acknowledged the other", lambda end: end.simultaneous or None,
        shape="flag",
    ),
    LineField("orig_fin", "time of the client's FIN", lambda end: moment(end.fin_times[0]), shape="time"),
    LineField("resp_fin", "time of the server's FIN", lambda end: moment(end.fin_times[1]), shape="time"),
    LineField(
        "half_closed_ns", "from the first FIN to the second, or to the RST", lambda end: end.half_closed,
        shape="number",
    ),
    LineField(
        "late_bytes", "payload that came the other way after the first FIN", lambda end: end.late_bytes or None,
        shape="number",
    ),
    LineField("reset_by", "who sent the RST", lambda end: end.reset_by),
    LineField("reason", f"why: {', '.join(f'`{reason}`' for reason in get_args(ResetReason))}", lambda end: end.reason),
    LineField("stray_resets", "RSTs that the receiver ignores", lambda end: end.stray_resets or None, shape="number"),
    LineField(
        "frames", "numbers of the frames with the FINs and the RST", lambda end: list(end.frames), shape="numbers",
    ),
    LineField(
        "unseen", "sides of which the capture has no packet: `orig` (the client), `resp`",
        lambda end: list(end.unseen) or None, shape="texts"
    ),
    LineField("cause", "what the ABORT (SCTP) or the Reset (DCCP) itself gives as the reason", lambda end: end.cause),
    LineField("transport", "as in handshakes", lambda end: end.transport),
)  # fmt: skip
"""What JSON and CSV have, in order."""


def line(end: Teardown, when: When) -> str:
    """The end as a line of text."""
    return f"{when(end.time)}{named(end.transport)}{end.client} > {end.server}: {told(end)}"


def told(end: Teardown) -> str:
    """What the line says behind the addresses."""
    parts = [_how(end)]
    if end.half_closed is not None and end.transport == "tcp":
        late = f", {counted(end.late_bytes, 'byte')} the other way" if end.late_bytes else ""
        parts.append(f"half closed for {pause(end.half_closed)}{late}")
    if end.stray_resets:
        why = f" ({end.reason})" if end.reason in IGNORED else ""
        parts.append(f"{counted(end.stray_resets, WORDS[end.transport].reset)} ignored{why}")
    parts.append(calls.of_teardown(end))
    return "; ".join(parts)


def _how(end: Teardown) -> str:
    words = WORDS[end.transport]
    if end.by == words.reset:
        after = f", after a {words.close} by the {end.first}" if end.fin_times != (None, None) else ""
        return f"{words.reset} by the {end.reset_by} ({_why(end)}){after}"
    if end.by == "half":
        open_half = "the other side stays open" if end.transport == "tcp" else "not answered"
        other = "nothing of the other side was captured" if end.unseen else open_half
        return f"{words.close} by the {end.first}, {other}"
    if end.simultaneous:
        return f"{words.close} by both at once"
    second = "then" if end.transport == "tcp" else "answered"
    return f"{words.close} by the {end.first}, {second} by the {'server' if end.first == 'client' else 'client'}"


def _why(end: Teardown) -> str:
    """The reason, and what the packet itself says."""
    if end.cause is None:
        return str(end.reason)
    return end.cause if end.reason == "unknown" else f"{end.reason}: {end.cause}"
