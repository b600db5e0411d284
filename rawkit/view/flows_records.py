"""Flows as records, many at a time: what `rawkit.view.flows_kernel` needs around it."""

from __future__ import annotations

import base64
from typing import Final, Literal

import numpy as np

from rawkit.flow import layout
from rawkit.flow.community import DIGEST, community_digests
from rawkit.frames import Bytes, Int64s
from rawkit.kernels import Engine
from rawkit.view.flows_kernel import CSV, HISTORY_NAMES, ICMP_NAME, JSON, TCP_NAME, UDP_NAME, UNKNOWN_TRANSPORT, ZEEK
from rawkit.view.text_tables import Names

BUFFER: Final = 1 << 20
FORMS: Final = {"json": JSON, "csv": CSV, "zeek": ZEEK}


class FlowRecords:
    """Writes FLOW_END events as lines of JSON, CSV or a Zeek log.

    >>> FlowRecords(Engine("interpreted"), "json").render(np.empty((0, layout.EVENT_WIDTH), dtype=np.int64))
    b''
    """

    def __init__(self, engine: Engine, format: Literal["json", "csv", "zeek"]) -> None:
        self._engine, self._form = engine, FORMS[format]
        self._names = _names()
        self._out = np.empty(BUFFER, dtype=np.uint8)
        self._scratch = np.empty(16, dtype=np.uint8)

    def render(self, events: Int64s) -> bytes:
        """The lines of the events."""
        digests, flat = _coded(community_digests(self._engine, events)), events.reshape(-1)
        parts: list[bytes] = []
        done, count = 0, len(events)
        while done < count:
            done, used = self._engine.call(
                "rawkit.view.flows_kernel", "render_flows", 0,
                flat, done, count, digests, self._names.text, self._names.index, self._form, self._scratch, self._out,
            )  # fmt: skip
            parts.append(self._out[:used].tobytes())
        return b"".join(parts)


def _coded(digests: Bytes) -> Bytes:
    """The base64 of each digest, 28 characters: of 21 bytes at a time, the last of which becomes the padding."""
    padded = np.zeros((len(digests), DIGEST + 1), dtype=np.uint8)
    padded[:, :DIGEST] = digests
    coded = np.frombuffer(base64.b64encode(padded.tobytes()), dtype=np.uint8).copy()
    coded[27::28] = ord("=")
    return coded


def _names() -> Names:
    names = dict(enumerate(layout.CONN_STATES))
    names |= {UNKNOWN_TRANSPORT: "unknown_transport", ICMP_NAME: "icmp", TCP_NAME: "tcp", UDP_NAME: "udp"}
    names |= {HISTORY_NAMES + 1 + place: letter for place, letter in enumerate(layout.HISTORY_LETTERS)}
    return Names.of(HISTORY_NAMES + 1 + len(layout.HISTORY_LETTERS), names)
