"""For analysts: from a capture to tables and events in one call, or step by step where it is longer than memory."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import reduce
from itertools import chain
from operator import or_
from typing import Any, BinaryIO, Final, TypeAlias

from rawkit.api.notices import say
from rawkit.decode import Decoder, Packets
from rawkit.decode.fields import DEFAULT_FIELDS, FIELDS, TRACKED_FIELDS, known
from rawkit.files import CaptureReader, open_capture
from rawkit.flow import layout
from rawkit.flow.conn_log.record import FlowRecord
from rawkit.flow.conn_log.table import flow_table
from rawkit.flow.endpoints import Row
from rawkit.flow.kinds import KINDS, Event
from rawkit.flow.noticed import Noticed
from rawkit.flow.rules import DEFAULT_RULES, FlowRules
from rawkit.flow.table.tracker import FlowTracker, Tracked
from rawkit.flow.tracked_columns import tracked_columns
from rawkit.frames import FrameBatch, FrameSource
from rawkit.kernels import Engine
from rawkit.run.capture.loop import CaptureLoop, SourceClock, wall_clock
from rawkit.sockets.filter.bpf import FrameFilter
from rawkit.tables import Table
from rawkit.values import dataclass, replace

Source: TypeAlias = str | os.PathLike[str] | BinaryIO | FrameSource

PACKET_FIELDS: Final = DEFAULT_FIELDS
"""The columns of packets where nobody chooses, in the order in which JSON has them."""


class CaptureWarning(UserWarning):
    """A capture that was cut or damaged: what came before that was read. Or one that is odd in a way that mattered."""


EVENTS: Final = tuple(KINDS)
"""All kinds of events."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What one batch of a capture brought.

    Attributes:
        packets: the packets of the batch; at the last step none.
        tracked: what the tracker says of them, and the events that they led to.
        kinds: the kinds of events that were asked for.
        engine: runs the kernels.
    """

    packets: Packets
    tracked: Tracked
    kinds: Collection[type[Event]]
    engine: Engine

    def packet_table(self, fields: Sequence[str] | None = None) -> Table:
        """A row a packet: the columns of JSON, or those that `fields` names (docs/views.md has all).

        FieldError for one that there is not.
        """
        names = _known(fields)
        columns = dict(self.packets.to_table([name for name in names if name in FIELDS]).columns)
        columns |= tracked_columns(self.packets, self.tracked)
        return Table({name: columns[name] for name in names})

    def flow_table(self) -> Table:
        """A row for each flow that ended, named as in Zeek's conn.log; none where FlowRecord was not asked for."""
        return flow_table(self.engine, self.tracked.events)

    def events(self) -> Iterator[Event]:
        """The events as values, in the order in which they happened."""
        for event in self.tracked.events:
            row: Row = event.tolist()
            yield from self._values(row[layout.EVENT_KIND], row[layout.EVENT_ROW :])

    def _values(self, code: int, row: Row) -> Iterator[Event]:
        for kind in self.kinds:
            if KINDS[kind].code == code and (event := KINDS[kind].event(row)):
                yield event


def read_packets(
    source: Source,
    filter: str | None = None,
    fields: Sequence[str] | None = None,
    *,
    engine: Engine | None = None,
    rules: FlowRules = DEFAULT_RULES,
) -> Table:
    """All packets of a capture as a table: a row a packet, columns named as Wireshark names them.

    Args:
        source: a path, `"-"` for standard input, a binary file object, or a FrameSource; only what was opened here is
            closed. See `rawkit.open` for what is read.
        filter: which packets, in tcpdump's language (pcap-filter(7)); all where it is None. They keep their numbers.
        fields: names of the columns, in order; all of `PACKET_FIELDS` where it is None. docs/views.md has those that
            there are besides. Few of them cost less time and memory (9 bytes a packet each), above all if none needs
            the packets before (`tcp.stream`, `tcp.analysis`, `udp.stream`).
        engine: runs the kernels; a new one where it is None.
        rules: how flows are told apart, and what a wrong checksum means.

    Raises CaptureError, FilterError, FieldError. A cut capture gives a CaptureWarning and its whole packets; what is
    odd about others, and had to be decided, gives one too.

    >>> table = read_packets("captures/tcp-close-by-client.pcap", "tcp[tcpflags] & tcp-syn != 0", ["ip.src", "tcp.len"])
    >>> table.to_numpy()["tcp.len"].tolist()
    [0, 0]
    """
    names, engine = _known(fields), engine or _engine()
    if set(names).isdisjoint(TRACKED_FIELDS):
        with _loop(source, filter, engine) as loop, closing(loop.packets()) as packets:
            return Table.concat(each.to_table(names) for each in chain(packets, [_nothing(engine)]))
    return Table.concat(
        step.packet_table(names) for step in follow(source, filter, kinds=(), engine=engine, rules=rules)
    )


def read_flows(
    source: Source, filter: str | None = None, *, engine: Engine | None = None, rules: FlowRules = DEFAULT_RULES
) -> Table:
    """All flows of a capture as a table, in the order in which they ended: a row a flow, columns as in Zeek's conn.log.

    Arguments and errors as of `read_packets`; the filter is over packets.

    >>> read_flows("captures/tcp-connect-refused.pcap")["conn_state"].tolist()
    ['REJ']
    """
    steps = follow(source, filter, kinds=(FlowRecord,), engine=engine, rules=rules)
    return Table.concat(step.flow_table() for step in steps)


def read_events(
    source: Source,
    filter: str | None = None,
    kinds: Collection[type[Event]] = EVENTS,
    *,
    engine: Engine | None = None,
    rules: FlowRules = DEFAULT_RULES,
) -> Iterator[Event]:
    """The events of a capture, one by one as they happen: values with the numbers of the frames that prove them.

    Arguments and errors as of `read_packets`; `kinds` says which are wanted. Memory does not grow with the capture.
    A UDP flow gives a UdpExchange and a FlowRecord.

    >>> from rawkit.flow.events import Handshake
    >>> [event.outcome for event in read_events("captures/tcp-connect-refused.pcap", kinds=[Handshake])]
    ['refused']
    """
    for step in follow(source, filter, kinds=kinds, engine=engine, rules=rules):
        yield from step.events()


def follow(
    source: Source,
    filter: str | None = None,
    *,
    kinds: Collection[type[Event]] = EVENTS,
    engine: Engine | None = None,
    rules: FlowRules = DEFAULT_RULES,
) -> Iterator[Step]:
    """A capture batch by batch, however long it is; flows go on from one step to the next.

    Arguments and errors as of `read_packets`. The last step has no packets, but the events of all that was still
    open. The packets of a file stay valid; those of a receive ring are valid until the next step.

    A source that is live has steps without packets too: connections end as time passes, also where nothing comes. A
    source of your own says so by an empty batch.

    >>> [len(step.packets) for step in follow("captures/tcp-connect-refused.pcap")]
    [2, 0]
    """
    engine = engine or _engine()
    tracker = FlowTracker(engine, reduce(or_, (KINDS[kind].code for kind in kinds), 0), rules=rules)
    with _loop(source, filter, engine) as loop, closing(loop.steps(tracker)) as steps:
        for packets, tracked in steps:
            yield Step(packets, tracked, kinds, engine)
    nothing = _nothing(engine)
    yield Step(nothing, replace(tracker.track(nothing), events=tracker.finish()), kinds, engine)
    _warn(tracker.noticed)


def _warn(noticed: Noticed) -> None:
    if noticed == Noticed():
        return
    from rawkit.view.capture import noticed as lines

    for line in lines(noticed):
        warnings.warn(line, CaptureWarning, stacklevel=3)


def _engine() -> Engine:
    return Engine(notice=say)


def _known(fields: Sequence[str] | None) -> Sequence[str]:
    for name in fields or ():
        known(name)
    return PACKET_FIELDS if fields is None else fields


def _nothing(engine: Engine) -> Packets:
    """No packets; a table of them has columns, so that an empty capture has them too."""
    return Decoder(engine).decode(FrameBatch.from_frames([]))


@contextmanager
def _loop(source: Any, filter: str | None, engine: Engine) -> Iterator[CaptureLoop]:
    """The loop through a source; what is opened for it is closed afterwards, and warned of where it was cut."""
    only = FrameFilter(filter) if filter else None
    is_path = isinstance(source, str | os.PathLike)
    if not is_path and not hasattr(source, "readable"):  # io.IOBase has it, a FrameSource has not
        yield _source_loop(source, engine, only)
        return
    with open_capture(source, engine) as reader:
        yield CaptureLoop(reader, engine, only, ahead=is_path and os.path.isfile(source))
        if only is not None and only.left_out:
            warnings.warn(f"{reader.name}: {_unfiltered(only)}", CaptureWarning, stacklevel=4)
        if reader.truncated:
            warnings.warn(reader.truncated, CaptureWarning, stacklevel=4)


def _unfiltered(only: FrameFilter) -> str:
    from rawkit.view.capture import unfiltered

    return unfiltered(only.left_out)


def _source_loop(source: FrameSource, engine: Engine, only: FrameFilter | None) -> CaptureLoop:
    """The loop through a source that was open; time passes where it is live, or may be."""
    from rawkit.run.capture.live import RingReader
    from rawkit.sockets.receive.ring import ReceiveRing
    from rawkit.sockets.receive.ring_set import RingSet

    if isinstance(source, ReceiveRing | RingSet):
        return CaptureLoop(RingReader(source), engine, only, clock=wall_clock)
    return CaptureLoop(source, engine, only, clock=None if isinstance(source, CaptureReader) else SourceClock())
