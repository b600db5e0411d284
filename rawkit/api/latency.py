"""Timing the connections of a capture, as `Capture.latency` does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rawkit.flow import layout
from rawkit.flow.event_names import CODES
from rawkit.flow.latency.latencies import Latencies
from rawkit.flow.latency.values import Latency as Latency

if TYPE_CHECKING:
    from rawkit.decode import Packets
    from rawkit.flow.table.tracker import Tracked
    from rawkit.frames import Int64s
    from rawkit.kernels import Engine


class Timing:
    """Times the connections that go by.

    Args:
        engine: runs the kernels.
        where: which of them are told, a display filter; None: all.

    Raises FilterError for a filter that cannot be, RawkitError for one of other events.

    Attributes:
        wanted: kinds of events that the tracker has to give for it.
        text: the filter as it was written.
    """

    def __init__(self, engine: Engine, where: Any = None) -> None:
        self._latencies, self._chooser = Latencies(engine), None
        self.wanted, self.text = CODES["latency"], ""
        if where is not None:
            from rawkit.api.where import event_filter
            from rawkit.query.chosen import EventChooser

            compiled = event_filter(where, "latency")
            self._chooser, self.text = EventChooser(compiled, engine, self._latencies.peek), compiled.text
            self.wanted |= self._chooser.needs

    @property
    def untimed(self) -> int:
        """Connections that there was no room to time."""
        return self._latencies.untimed

    def told(self, packets: Packets, tracked: Tracked) -> Iterator[Latency]:
        """Takes a batch, and gives the connections that have ended in it."""
        if self._chooser is not None:
            self._chooser.note(packets, tracked)
        self._latencies.take(packets, tracked)
        passes = self._passes(tracked.events)
        for event, is_told in zip(tracked.events.tolist(), passes, strict=True):
            found = self._latencies.end(event[layout.EVENT_ROW :])
            if found is not None and is_told:
                yield found

    def _passes(self, events: Int64s) -> list[bool]:
        if self._chooser is None:
            return [True] * len(events)
        passes: list[bool] = self._chooser.mask(events).tolist()
        return passes
