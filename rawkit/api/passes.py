"""The ways to go through a capture, piece by piece: a piece is what one turn of the loop gives, and may be empty."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable
from functools import partial, reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from rawkit.decode import Decoder, Packets
from rawkit.errors import RawkitError
from rawkit.flow.layout import BASES
from rawkit.flow.rules import FlowRules
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.run.capture.loop import CaptureLoop, in_parts
from rawkit.values import replace

if TYPE_CHECKING:
    from rawkit.api.latency import Timing
    from rawkit.api.packet import Packet
    from rawkit.api.step import Step
    from rawkit.api.where import DisplayFilter, EventChoice
    from rawkit.flow.kinds import Event
    from rawkit.flow.latency.values import Latency
    from rawkit.flow.table.tracker import Tracked
    from rawkit.streams.following import Following
    from rawkit.streams.values import Stream

Item = TypeVar("Item")
Pieces = Generator[Iterable[Item]]


class Pass(NamedTuple, Generic[Item]):
    """One way through a capture.

    Attributes:
        way: how it was asked for.
        begin: begins it.
    """

    way: str
    begin: Callable[[], Pieces[Item]]


class Passes:
    """The ways through a capture, of which one is gone.

    Args:
        loop: gives what goes through the capture, once that is open.
        engine: runs the kernels.
        rules: how flows are told apart.

    Attributes:
        tracker: follows the flows, of those ways that do so.
        timing: times connections, of the way that does so.
        following: puts payload together, of the way that does so.
    """

    def __init__(self, loop: Callable[[], CaptureLoop], engine: Engine, rules: FlowRules) -> None:
        self._loop, self._engine, self._rules = loop, engine, rules
        self._way, self._going = "", _nothing()
        self.tracker: FlowTracker | None = None
        self.timing: Timing | None = None
        self.following: Following | None = None

    def go(self, chosen: Pass[Item]) -> Pieces[Item]:
        """What gives the pieces: begun at first, gone on with where it is asked for again."""
        if not self._way:
            self._way, self._going = chosen.way, chosen.begin()
        elif chosen.way != self._way:
            raise RawkitError(f"this capture is gone through by {self._way}: open it again for {chosen.way}")
        return self._going

    def close(self) -> None:
        """Ends it; ValueError where another thread is in it."""
        self._going.close()

    def packets(self, follow: bool, where: str | DisplayFilter | None) -> Pass[Packet]:
        """Packets, one by one; arguments and errors as of `Capture.packets`."""
        chosen = _packet_filter(where, follow)
        asked = f"packets(follow={follow})" if chosen is None else f"packets(where={chosen.text!r})"
        return Pass(asked, lambda: self._all_packets(follow, chosen))

    def batches(self) -> Pass[FrameBatch]:
        """Frames, undecoded; batches without frames too."""
        return Pass("batches()", self._all_batches)

    def packet_batches(self) -> Pass[Packets]:
        """Decoded batches; nothing is followed."""
        return Pass("packet_batches()", self._all_packet_batches)

    def steps(self, kinds: Any, where: str | DisplayFilter | None = None) -> Pass[Step]:
        """A step for each batch; the last has the events of all that was open; errors as of `Capture.steps`."""
        wanted, chosen, asked = self._wanted(kinds, where)
        return Pass(f"steps({asked})", lambda: ((step,) for step in self._all_steps(wanted, chosen)))

    def events(self, kinds: Any, where: str | DisplayFilter | None = None) -> Pass[Any]:
        """Events of these kinds, and of these those that a filter lets through; errors as of `Capture.events`."""
        wanted, chosen, asked = self._wanted(kinds, where)
        return Pass(f"events({asked})", lambda: (step.events() for step in self._all_steps(wanted, chosen)))

    def latency(self, where: str | DisplayFilter | None = None) -> Pass[Latency]:
        """Where the time of each TCP connection went; errors as of `Capture.latency`."""
        from rawkit.api.latency import Timing

        timing = self.timing = Timing(self._engine, where)
        asked = f"latency({'' if where is None else f'where={timing.text!r}'})"
        return Pass(asked, lambda: (timing.told(packets, tracked) for packets, tracked in self._timed(timing.wanted)))

    def _timed(self, wanted: int) -> Generator[tuple[Packets, Tracked]]:
        """The packets with what the tracker says of them, and what is told at the end."""
        self.tracker = tracker = FlowTracker(self._engine, wanted, rules=self._rules)
        yield from self._loop().steps(tracker)
        yield from self._last_words(tracker)

    def streams(
        self, only: Collection[int] | None, where: str | DisplayFilter | None, memory: int, at_once: bool
    ) -> Pass[Stream]:
        """Payload put together; arguments and errors as of `Capture.streams`, `only` as of `Following`."""
        from rawkit.streams.following import Following

        passing = None
        if where is not None:
            from rawkit.query.packets import Clock

            chosen, clock = _packet_filter(where, True), Clock()
            assert chosen is not None
            passing = partial(chosen.mask, clock=clock)
        asked = f"streams({only}, where={getattr(where, 'text', where)!r}, memory={memory}, at_once={at_once})"
        self.following = following = Following(only, passing, memory=memory, at_once=at_once)
        return Pass(asked, lambda: self._all_streams(following))

    def _all_streams(self, following: Following) -> Pieces[Stream]:
        from rawkit.streams.following import WANTED

        self.tracker = tracker = FlowTracker(self._engine, WANTED, rules=self._rules)
        for packets, tracked in self._loop().steps(tracker):
            yield following.take(packets, tracked)
        for packets, tracked in self._last_words(tracker):
            yield following.take(packets, tracked)
        yield following.finish()

    def _wanted(self, kinds: Any, where: Any) -> tuple[Collection[type[Event]], EventChoice | None, str]:
        """The classes of events, what a filter lets through of them, and both in words."""
        from rawkit.api.kinds import kind_names, known_kinds

        wanted = known_kinds(kinds)
        if where is None:
            return wanted, None, kind_names(wanted)
        from rawkit.api.where import EventChoice

        chosen = EventChoice(wanted, where, self._engine)
        return wanted, chosen, f"{kind_names(wanted)}, where={getattr(where, 'text', where)!r}"

    def _all_batches(self) -> Pieces[FrameBatch]:
        for kept in self._loop().kept():
            yield (kept.batch.copy() if self._is_shared else kept.batch,)

    def _all_packet_batches(self) -> Pieces[Packets]:
        for packets in self._loop().packets():
            yield (self._kept(packets),) if len(packets) else ()

    def _all_packets(self, follow: bool, where: DisplayFilter | None) -> Pieces[Packet]:
        from rawkit.api.packet import PacketBatch, Reading

        reading = Reading(self._engine)
        if follow:
            for packets, tracked in self._followed(where):
                yield PacketBatch(packets.batch, reading, packets, tracked).each()
            return
        for several in self._all_packet_batches():
            for packets in several:
                yield PacketBatch(packets.batch, reading, packets).each()
            if not several:
                yield ()

    def _followed(self, where: DisplayFilter | None) -> Generator[tuple[Packets, Tracked]]:
        """What a filter lets through, if there is one, of each batch, with what the tracker says of it."""
        steps: Iterable[Step] = self._all_steps((), also=BASES)
        if where is not None:
            from rawkit.api.where import passing

            steps = passing(steps, where)
        for step in steps:
            yield step.packets, step.tracked

    def _all_steps(
        self, kinds: Collection[type[Event]], chosen: EventChoice | None = None, also: int = 0
    ) -> Generator[Step]:
        from rawkit.api.step import Step
        from rawkit.flow.kinds import KINDS

        wanted = reduce(or_, (KINDS[kind].code for kind in kinds), 0) if chosen is None else chosen.wanted
        self.tracker = tracker = FlowTracker(self._engine, wanted | also, rules=self._rules)
        for packets, tracked in self._loop().steps(tracker):
            told = tracked if chosen is None else chosen(packets, tracked)
            yield Step(self._kept(packets), told, kinds, self._engine)
        for packets, tracked in self._last_words(tracker):
            told = tracked if chosen is None else chosen(packets, tracked)
            yield Step(packets, told, kinds, self._engine)

    def _last_words(self, tracker: FlowTracker) -> Iterable[tuple[Packets, Tracked]]:
        """What is told of all that is open at the end."""
        if self._loop().in_parts:
            return in_parts(tracker, self._engine, tracker.finish_parts())
        nothing = Decoder(self._engine).decode(FrameBatch.from_frames([]))
        return [(nothing, replace(tracker.track(nothing), events=tracker.finish()))]

    @property
    def _is_shared(self) -> bool:
        """Whether a batch is overwritten when the next one is asked for: a ring's."""
        return self._loop().clock is not None

    def _kept(self, packets: Packets) -> Packets:
        return replace(packets, batch=packets.batch.copy()) if self._is_shared else packets


def _nothing() -> Pieces[Any]:
    """What goes through nothing."""
    yield from ()


def _packet_filter(where: Any, follow: bool) -> DisplayFilter | None:
    if where is None:
        return None
    if not follow:
        raise RawkitError("where asks for streams and analysis too: leave follow=False out")
    from rawkit.api.where import packet_filter

    return packet_filter(where)
