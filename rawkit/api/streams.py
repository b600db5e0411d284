"""What was said on the connections of a capture: `read_streams`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from rawkit.flow.rules import DEFAULT_RULES, FlowRules
from rawkit.streams.values import Side as Side
from rawkit.streams.values import Stream as Stream

if TYPE_CHECKING:
    from rawkit.api.opening import Source
    from rawkit.api.where import DisplayFilter
    from rawkit.kernels import Engine, Mode


def read_streams(
    source: Source,
    filter: str | None = None,
    *,
    tcp: int | Collection[int] | None = None,
    udp: int | Collection[int] | None = None,
    where: str | DisplayFilter | None = None,
    memory: int | None = None,
    engine: Engine | Mode | None = None,
    rules: FlowRules = DEFAULT_RULES,
) -> Iterator[Stream]:
    """What was said in a capture: the payload of each TCP connection and UDP conversation, put together.

    Arguments and errors as of `Capture.streams`, the others as of `read_packets`; what `filter` leaves out is missing.

    >>> for stream in read_streams("captures/tcp-reordering.pcap"):
    ...     stream.number, len(stream.client), len(stream.server), stream.gaps
    (0, 0, 9000, ())
    """
    from rawkit.api.opening import open_capture

    with open_capture(source, filter, engine=engine, rules=rules) as capture:
        yield from capture.streams(tcp=tcp, udp=udp, where=where, memory=memory)
