"""Flows as records, many at a time: what `rawkit.view.flows.lines_kernel` needs around it."""

from __future__ import annotations

from itertools import chain
from typing import Final, Literal

import numpy as np

from rawkit.flow import layout
from rawkit.flow.conn_log.columns import LETTER_PLACE, WORD_PLACES, WORDS
from rawkit.flow.conn_log.community import community_ids
from rawkit.frames import Int64s
from rawkit.kernels import Engine
from rawkit.view.flows.fields_kernel import CSV, JSON, ZEEK
from rawkit.view.text_tables import Names

BUFFER: Final = 1 << 20
FORMS: Final = {"json": JSON, "csv": CSV, "zeek": ZEEK}


class FlowRecords:
    """Writes FLOW_END events as lines of JSON, CSV or a Zeek log; from several threads at once where that helps.

    >>> FlowRecords(Engine("interpreted"), "json").render(np.empty((0, layout.EVENT_WIDTH), dtype=np.int64))
    b''
    """

    def __init__(self, engine: Engine, format: Literal["json", "csv", "zeek"]) -> None:
        self._engine, self._form = engine, FORMS[format]
        self._names = _names()

    def render(self, events: Int64s) -> bytes:
        """The lines of the events."""
        ids, flat = community_ids(self._engine, events).reshape(-1), events.reshape(-1)
        out, scratch = np.empty(BUFFER, dtype=np.uint8), np.empty(16, dtype=np.uint8)
        parts: list[bytes] = []
        done, count = 0, len(events)
        while done < count:
            done, used = self._engine.call(
                "rawkit.view.flows.lines_kernel", "render_flows", 0,
                flat, done, count, ids, self._names.text, self._names.index, self._form, scratch, out,
            )  # fmt: skip
            parts.append(out[:used].tobytes())
        return b"".join(parts)


def _names() -> Names:
    """The words that columns have, and behind them the letters of histories, which count from 1."""
    places = ((WORD_PLACES[name] + number, word) for name, words in WORDS.items() for number, word in enumerate(words))
    letters = enumerate(layout.HISTORY_LETTERS, LETTER_PLACE + 1)
    return Names.of(LETTER_PLACE + 1 + len(layout.HISTORY_LETTERS), dict(chain(places, letters)))
