"""Fields that several kinds of events have."""

from __future__ import annotations

from typing import Final, Protocol

from rawkit.flow.endpoints import Endpoint
from rawkit.flow.events import IcmpError
from rawkit.flow.sessions.words import Transport
from rawkit.view.lines import LineField
from rawkit.view.text import Number, epoch


class _Between(Protocol):
    """An event between two hosts."""

    @property
    def client(self) -> Endpoint: ...
    @property
    def server(self) -> Endpoint: ...


ENDPOINTS: Final[tuple[LineField[_Between], ...]] = (
    LineField("id.orig_h", "the client's address", lambda event: event.client.address, shape="address"),
    LineField("id.orig_p", "the client's port", lambda event: event.client.port, shape="number"),
    LineField("id.resp_h", "the server's address", lambda event: event.server.address, shape="address"),
    LineField("id.resp_p", "the server's port", lambda event: event.server.port, shape="number"),
)


class _Quoted(Protocol):
    """An event that an ICMP error may be about."""

    @property
    def icmp(self) -> IcmpError | None: ...


def icmp_fields(sender: str) -> tuple[LineField[_Quoted], ...]:
    """What is told of an ICMP error; `sender` says who that is."""
    return (
        LineField("icmp.sender", sender, lambda event: event.icmp.sender if event.icmp else None, shape="address"),
        LineField("icmp.type", "its type", lambda event: event.icmp.type if event.icmp else None, shape="number"),
        LineField("icmp.code", "its code", lambda event: event.icmp.code if event.icmp else None, shape="number"),
        LineField("icmp.text", MEANING, lambda event: event.icmp.text if event.icmp else None),
    )


MEANING: Final = "what they mean, in Wireshark's words"


def named(transport: Transport) -> str:
    """What stands before the addresses in a line of text: nothing where it is TCP, as most are.

    >>> named("tcp"), named("sctp")
    ('', 'sctp ')
    """
    return "" if transport == "tcp" else f"{transport} "


def since(before: int | None, after: int | None) -> int | None:
    """Nanoseconds between two times, None where one of them is not."""
    return after - before if before is not None and after is not None else None


def moment(time: int | None) -> Number | None:
    """A time in seconds, None where there is none."""
    return None if time is None else epoch(time)
