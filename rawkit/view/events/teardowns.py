"""The `teardowns` view: the end of a connection, a line."""

from __future__ import annotations

from typing import Any

from rawkit.flow.events import IGNORED, Teardown
from rawkit.view.events import calls
from rawkit.view.moments import When
from rawkit.view.text import counted, epoch, pause

NAMES = (
    "ts", "uid", "tcp.stream", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "by", "first", "call",
    "simultaneous", "orig_fin", "resp_fin", "half_closed_ns", "late_bytes", "reset_by", "reason", "stray_resets",
    "frames",
)  # fmt: skip


def values(end: Teardown) -> dict[str, Any]:
    """The end as JSON has it; `by` is FIN, half or RST, `first` who closed first."""
    return {
        "ts": epoch(end.time),
        "uid": end.uid,
        "tcp.stream": end.stream,
        "id.orig_h": end.client.address,
        "id.orig_p": end.client.port,
        "id.resp_h": end.server.address,
        "id.resp_p": end.server.port,
        "by": end.by,
        "first": end.first,
        "call": calls.of_teardown(end),
        "simultaneous": end.simultaneous or None,
        "orig_fin": epoch(end.fin_times[0]) if end.fin_times[0] is not None else None,
        "resp_fin": epoch(end.fin_times[1]) if end.fin_times[1] is not None else None,
        "half_closed_ns": end.half_closed,
        "late_bytes": end.late_bytes or None,
        "reset_by": end.reset_by,
        "reason": end.reason,
        "stray_resets": end.stray_resets or None,
        "frames": list(end.frames),
    }


def line(end: Teardown, when: When) -> str:
    """The end as a line of text."""
    parts = [f"{when(end.time)}{end.client} > {end.server}: {_how(end)}"]
    if end.half_closed is not None:
        late = f", {counted(end.late_bytes, 'byte')} the other way" if end.late_bytes else ""
        parts.append(f"half closed for {pause(end.half_closed)}{late}")
    if end.stray_resets:
        why = f" ({end.reason})" if end.reason in IGNORED else ""
        parts.append(f"{counted(end.stray_resets, 'RST')} ignored{why}")
    parts.append(calls.of_teardown(end))
    return "; ".join(parts)


def _how(end: Teardown) -> str:
    if end.by == "RST":
        after = f", after a FIN by the {end.first}" if end.fin_times != (None, None) else ""
        return f"RST by the {end.reset_by} ({end.reason}){after}"
    if end.by == "half":
        return f"FIN by the {end.first}, the other side stays open"
    if end.simultaneous:
        return "FIN by both at once"
    return f"FIN by the {end.first}, then by the {'server' if end.first == 'client' else 'client'}"
