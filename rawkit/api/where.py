"""Filters in Wireshark's display filter language (docs/filters.md): for `sniff -Y`, and for your own captures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rawkit.query.filter import DisplayFilter as DisplayFilter
from rawkit.query.filter import compile_filter as compile_filter

if TYPE_CHECKING:
    from rawkit.decode import Packets
    from rawkit.flow.table.tracker import Tracked
    from rawkit.frames import FrameSink
    from rawkit.kernels import Engine
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

    def __call__(self, shown: CaptureView | None, sink: FrameSink | None, engine: Engine) -> CaptureView:
        """The view of what comes through; `sink` takes the frames of it."""
        from rawkit.query.chosen import ChosenEvents, ChosenPackets

        if self._where.event is None:
            self._made = ChosenPackets(shown, self._where, sink)
            return self._made  # type: ignore[no-any-return]
        assert shown is not None
        return ChosenEvents(shown, self._where, engine)

    def around(self, make: MakeView) -> MakeView:
        """Makes the view of what comes through in the place of the whole one."""
        return lambda engine, find_owner: self(make(engine, find_owner), None, engine)

    @property
    def frames(self) -> int | None:
        """None where nobody counts them."""
        return None if self._made is None else int(self._made.frames)
