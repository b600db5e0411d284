"""A whole capture in one call: all its packets, flows or events."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, overload

from rawkit.api.capture import CaptureWarning
from rawkit.api.checks import made_engine
from rawkit.api.kinds import EVENTS, Kind, known_kinds
from rawkit.api.opening import Source, open_capture
from rawkit.api.step import Step, known_fields
from rawkit.decode import Decoder, Packets
from rawkit.decode.fields import DEFAULT_FIELDS, TRACKED_FIELDS
from rawkit.flow.conn_log.record import FlowRecord
from rawkit.flow.kinds import Event
from rawkit.flow.rules import DEFAULT_RULES, FlowRules
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine, Mode
from rawkit.tables import Table

if TYPE_CHECKING:
    from rawkit.api.where import DisplayFilter

__all__ = [
    "EVENTS",
    "PACKET_FIELDS",
    "CaptureWarning",
    "Source",
    "Step",
    "follow",
    "open_capture",
    "read_events",
    "read_flows",
    "read_packets",
]

PACKET_FIELDS: Final = DEFAULT_FIELDS
"""The columns of packets where nobody chooses, in the order in which JSON has them."""


def read_packets(
    source: Source,
    filter: str | None = None,
    fields: Sequence[str] | None = None,
    *,
    where: str | DisplayFilter | None = None,
    engine: Engine | Mode | None = None,
    rules: FlowRules = DEFAULT_RULES,
) -> Table:
    """All packets of a capture as a table: a row a packet, columns named as Wireshark names them.

    Args:
        source: as of `open_capture`.
        filter: which packets, in tcpdump's language (pcap-filter(7)); all where it is None. They keep their numbers.
        fields: names of the columns, in order; all of `PACKET_FIELDS` where it is None. docs/views.md has those that
            there are besides. Few of them cost less time and memory (9 bytes a packet each), above all if none needs
            the packets before (`tcp.stream`, `tcp.analysis`, `udp.stream`).
        where: which packets, in Wireshark's display filter language (docs/filters.md), or such a filter that is
            compiled already. Numbers, streams and analysis stay those of all packets.
        engine: as of `open_capture`.
        rules: how flows are told apart, and what a wrong checksum means.

    Raises CaptureError, FilterError, FieldError, and TypeError for what is no list of names. A cut capture gives a
    CaptureWarning and its whole packets; what is odd about others, and had to be decided, gives one too.

    >>> table = read_packets("captures/tcp-close-by-client.pcap", "tcp[tcpflags] & tcp-syn != 0", ["ip.src", "tcp.len"])
    >>> print(table)
    ip.src         tcp.len
    192.0.2.10           0
    198.51.100.20        0
    (2 rows)
    """
    names, engine, passing = known_fields(fields), made_engine(engine), _passing(where)
    with open_capture(source, filter, engine=engine, rules=rules) as capture:
        if where is not None:
            return Table.concat(step.packet_table(names) for step in passing(capture.steps(())))
        if set(names).isdisjoint(TRACKED_FIELDS):
            batches = chain(capture.packet_batches(), [_nothing(engine)])
            return Table.concat(each.to_table(names) for each in batches)
        return Table.concat(step.packet_table(names) for step in capture.steps(()))


def read_flows(
    source: Source,
    filter: str | None = None,
    *,
    where: str | DisplayFilter | None = None,
    engine: Engine | Mode | None = None,
    rules: FlowRules = DEFAULT_RULES,
) -> Table:
    """All flows of a capture as a table, in the order in which they ended: a row a flow, columns as in Zeek's conn.log.

    Arguments and errors as of `read_packets`; `filter` is over packets, and what it leaves out is not known of. `where`
    says which flows, as of `Capture.events`.

    >>> read_flows("captures/tcp-connect-refused.pcap")["conn_state"].tolist()
    ['REJ']
    >>> read_flows("captures/syn-scan.pcap", where='flow.conn_state == "S0"')["id.resp_p"].tolist()
    [24, 25]
    """
    with open_capture(source, filter, engine=engine, rules=rules) as capture:
        return Table.concat(step.flow_table() for step in capture.steps(FlowRecord, where=where))


@overload
def read_events(
    source: Source,
    filter: str | None = None,
    *,
    where: str | None = None,
    engine: Engine | Mode | None = None,
    rules: FlowRules = DEFAULT_RULES,
) -> Iterator[Event]: ...
@overload
def read_events(
    source: Source,
    filter: str | None = None,
    kinds: type[Kind] | Collection[type[Kind]] = ...,
    *,
    where: str | DisplayFilter | None = None,
    engine: Engine | Mode | None = None,
    rules: FlowRules = DEFAULT_RULES,
) -> Iterator[Kind]: ...
@overload
def read_events(  # type: ignore[overload-cannot-match]
    source: Source,
    filter: str | None = None,
    kinds: Collection[type[Event]] = ...,
    *,
    where: str | DisplayFilter | None = None,
    engine: Engine | Mode | None = None,
    rules: FlowRules = DEFAULT_RULES,
) -> Iterator[Event]: ...
def read_events(
    source: Source,
    filter: str | None = None,
    kinds: Any = None,
    *,
    where: str | DisplayFilter | None = None,
    engine: Engine | Mode | None = None,
    rules: FlowRules = DEFAULT_RULES,
) -> Iterator[Any]:
    """The events of a capture, one by one as they happen: values with the numbers of the frames that prove them.

    Arguments and errors as of `read_packets`; `kinds` and `where` say which are wanted, as of `Capture.events`. Memory
    does not grow with the capture. A UDP flow gives a UdpExchange and a FlowRecord.

    >>> from rawkit.flow.events import Handshake
    >>> [event.outcome for event in read_events("captures/tcp-connect-refused.pcap", kinds=[Handshake])]
    ['refused']
    """
    wanted = known_kinds(kinds)
    return _within(source, filter, engine, rules, lambda capture: capture.events(wanted, where=where))


def follow(
    source: Source,
    filter: str | None = None,
    *,
    kinds: type[Event] | Collection[type[Event]] | None = None,
    where: str | DisplayFilter | None = None,
    engine: Engine | Mode | None = None,
    rules: FlowRules = DEFAULT_RULES,
) -> Iterator[Step]:
    """A capture batch by batch, however long it is; flows go on from one step to the next. See `Capture.steps`.

    Arguments and errors as of `read_packets`. The last step has no packets, but the events of all that was still
    open.

    A source that is live has steps without packets too: connections end as time passes, also where nothing comes. A
    source of your own says so by an empty batch.

    >>> [len(step.packets) for step in follow("captures/tcp-connect-refused.pcap")]
    [2, 0]
    """
    wanted = known_kinds(kinds)
    return _within(source, filter, engine, rules, lambda capture: capture.steps(wanted, where=where))


def _within(
    source: Source, filter: str | None, engine: Engine | Mode | None, rules: FlowRules, go: Any
) -> Iterator[Any]:
    """What `go` gives of a capture, which is open as long."""
    with open_capture(source, filter, engine=engine, rules=rules) as capture:
        yield from go(capture)


def _passing(where: Any) -> Callable[[Iterator[Step]], Iterator[Step]]:
    """What takes the packets out of steps that a filter does not let through."""
    if where is None:
        return iter
    from rawkit.api.where import packet_filter, passing

    chosen = packet_filter(where)
    return lambda steps: passing(steps, chosen)


def _nothing(engine: Engine) -> Packets:
    """No packets; a table of them has columns, so that an empty capture has them too."""
    return Decoder(engine).decode(FrameBatch.from_frames([]))
