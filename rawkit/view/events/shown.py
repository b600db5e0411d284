"""How each kind of event is shown: its line of text, and its fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rawkit.flow.conn_log.columns import COLUMNS
from rawkit.flow.event_names import Name
from rawkit.values import dataclass
from rawkit.view.events import handshakes, latency, teardowns, udp
from rawkit.view.flows import text as flows
from rawkit.view.lines import LineField

Line = Callable[..., str]


@dataclass(frozen=True, slots=True)
class EventLines:
    """How a kind of event is shown.

    Attributes:
        line: the line of text of a value; `when` writes its time.
        fields: what JSON and CSV have; none where kernels write them.
        docs: name and meaning of each field, in Markdown, in order.
    """

    line: Line
    fields: tuple[LineField[Any], ...]
    docs: tuple[tuple[str, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(name for name, _ in self.docs)


def _of(line: Line, fields: tuple[LineField[Any], ...]) -> EventLines:
    return EventLines(line, fields, tuple((field.name, field.doc) for field in fields))


SHOWN: Final[dict[Name, EventLines]] = {
    "handshakes": _of(handshakes.line, handshakes.FIELDS),
    "teardowns": _of(teardowns.line, teardowns.FIELDS),
    "udp": _of(udp.line, udp.FIELDS),
    "flows": EventLines(flows.line, (), tuple((column.name, column.doc.format(unit="seconds")) for column in COLUMNS)),
    "latency": _of(latency.line, latency.FIELDS),
}
"""By the names of the views (`rawkit.flow.kinds`)."""
