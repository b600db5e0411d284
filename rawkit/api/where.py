"""Filters in Wireshark's display filter language (docs/filters.md): for `sniff -Y`, and for your own captures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from rawkit.errors import RawkitError
from rawkit.query.filter import DisplayFilter as DisplayFilter
from rawkit.query.filter import compile_filter as compile_filter
from rawkit.values import replace

if TYPE_CHECKING:
    from rawkit.api.step import Step
    from rawkit.decode import Packets
    from rawkit.flow.event_names import Name
    from rawkit.flow.kinds import Event
    from rawkit.flow.table.tracker import Tracked
    from rawkit.kernels import Engine
    from rawkit.query.chosen import NumberedSink
    from rawkit.query.packets import Clock
    from rawkit.run.capture.showing import CaptureView, MakeView


def selected(
    packets: Packets, tracked: Tracked, where: DisplayFilter, clock: Clock | None = None
) -> tuple[Packets, Tracked]:
    """The packets of a batch that a filter lets through, with what the tracker says of them.

    Arguments as of `DisplayFilter.mask`.

    >>> from rawkit.api.captures import follow
    >>> where = compile_filter("tcp.flags.reset == 1")
    >>> steps = follow("captures/tcp-connect-refused.pcap")
    >>> [len(selected(step.packets, step.tracked, where)[0]) for step in steps]
    [1, 0]
    """
    from rawkit.query.chosen import chosen

    return chosen(packets, tracked, where.mask(packets, tracked, clock))


def passing(steps: Iterable[Step], where: DisplayFilter) -> Iterator[Step]:
    """The steps of a capture, from its first on, without the packets that a filter does not let through."""
    from rawkit.query.packets import Clock

    clock = Clock()
    for step in steps:
        if not len(step.packets):
            yield step
            continue
        packets, tracked = selected(step.packets, step.tracked, where, clock)
        yield replace(step, packets=packets, tracked=tracked)


def packet_filter(where: Any) -> DisplayFilter:
    """A filter of packets, as `where` has it: a text, or one that is compiled already.

    >>> packet_filter(compile_filter('flow.conn_state == "SF"', "flows"))
    Traceback (most recent call last):
    rawkit.errors.RawkitError: where is a filter of flows: give one of packets
    """
    if isinstance(where, str):
        return compile_filter(where)
    if _compiled(where).event is not None:
        raise RawkitError(f"where is a filter of {where.event}: give one of packets")
    return _compiled(where)


def _compiled(where: Any) -> DisplayFilter:
    if not isinstance(where, DisplayFilter):
        raise TypeError(f"where {where!r}: give a display filter as text, such as 'tcp.port == 80'")
    return where


class EventChoice:
    """The events that a filter lets through, of all that a tracker gives.

    Args:
        kinds: the classes of events that are wanted.
        where: the filter: a text, or one that is compiled already, for the view of the one kind.
        engine: runs the kernels.

    Raises FilterError for a text that none of the kinds' views takes, RawkitError for a filter of another view.

    Attributes:
        wanted: kinds of events that the tracker has to give for it.
    """

    def __init__(self, kinds: Collection[type[Event]], where: Any, engine: Engine) -> None:
        from rawkit.flow.kinds import KINDS
        from rawkit.query.chosen import EventChooser

        names = [KINDS[kind].name for kind in kinds]
        filters = _event_filters(names, where)
        self._choosers = [EventChooser(one, engine) for one in filters]
        self.wanted = reduce(or_, (KINDS[kind].code for kind in kinds), 0)
        self.wanted |= reduce(or_, (one.needs for one in self._choosers), 0)

    def __call__(self, packets: Packets, tracked: Tracked) -> Tracked:
        """What the tracker says, without the events that do not come through."""
        for one in self._choosers:
            one.note(packets, tracked)
        masks = [one.mask(tracked.events) for one in self._choosers]
        return replace(tracked, events=tracked.events[reduce(or_, masks)])


def event_filter(where: Any, name: Name) -> DisplayFilter:
    """A filter of one view's events, as `where` has it: a text, or one that is compiled already."""
    return _event_filters([name], where)[0]


def _event_filters(names: Sequence[Name], where: Any) -> list[DisplayFilter]:
    """The filter for each view."""
    if isinstance(where, str):
        return [compile_filter(where, name) for name in names]
    if [_compiled(where).event] != names:
        kind = f"a filter of {where.event or 'packets'}"
        raise RawkitError(f"where is {kind}, and not of {' and '.join(names)}: give its text")
    return [where]


class Choice:
    """What a filter lets through of a capture: put around its view.

    Args:
        where: the filter.

    Attributes:
        frames: how many frames have come through, of a filter of packets.
    """

    def __init__(self, where: DisplayFilter) -> None:
        self._where = where
        self._made: Any = None

    def __call__(self, shown: CaptureView | None, sink: NumberedSink | None, engine: Engine) -> CaptureView:
        """The view of what comes through; `sink` takes the frames of it."""
        from rawkit.query.chosen import ChosenEvents, ChosenPackets

        if self._where.event is None:
            self._made = ChosenPackets(shown, self._where, sink)
            return self._made  # type: ignore[no-any-return]
        assert shown is not None
        return ChosenEvents(shown, self._where, engine)  # type: ignore[arg-type]  # it is an EventView

    def around(self, make: MakeView) -> MakeView:
        """Makes the view of what comes through in the place of the whole one."""
        return lambda engine, find_owner: self(make(engine, find_owner), None, engine)

    @property
    def frames(self) -> int | None:
        """None where nobody counts them."""
        return None if self._made is None else int(self._made.frames)
