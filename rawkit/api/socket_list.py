"""`rawkit.list_sockets`: the sockets of this host, as values and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rawkit.api.sockets import find_sockets
from rawkit.diag.details import TCP_INFO_NAME, details
from rawkit.diag.socket import Socket
from rawkit.diag.tcp_info import TCP_INFO
from rawkit.run.sockets.request import SocketsRequest
from rawkit.tables import Table, TableColumn
from rawkit.tables.rows import field_names
from rawkit.tables.table import Tabular
from rawkit.view.sockets.records import FIELDS

if TYPE_CHECKING:
    from rawkit.run.sockets.listing import Listing
    from rawkit.sockets.holders import Holder


class Sockets(Tabular):
    """The sockets that were found, in the kernel's order; iterating gives `Socket` values.

    Attributes:
        remarks: what could not be had as it should be, a line each: a kernel without sock_diag of a kind of sockets,
            processes that do not show what they hold.
    """

    __slots__ = ("_listing", "remarks")

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self.remarks: Sequence[str] = listing.remarks

    def __len__(self) -> int:
        return len(self._listing.sockets)

    def __iter__(self) -> Iterator[Socket]:
        return iter(self._listing.sockets)

    def __getitem__(self, place: int) -> Socket:
        return self._listing.sockets[place]

    def __repr__(self) -> str:
        return f"Sockets({len(self)})"

    def holders(self, socket: Socket) -> Sequence[Holder]:
        """The processes that hold a socket; none where they were not asked for, or cannot be seen."""
        return self._listing.held_by(socket)

    def details(self, socket: Socket) -> dict[str, Any]:
        """What the kernel says of a socket besides, by name: `tcp_info`, `skmem`, `congestion` …"""
        return details(socket)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Each socket as JSON has it, with None where it has nothing."""
        for one in self:
            yield {field.name: field.value(one, self._listing.facts) for field in FIELDS}

    def to_table(self, fields: Sequence[str] | None = None) -> Table:
        """A table with the fields of JSON, and TCP_INFO's as `tcp_info.rtt` and so on."""
        names = field_names(fields)
        table = Table(self._columns() | self._info())
        return table if names is None else table.to_table(names)

    def _columns(self) -> dict[str, TableColumn]:
        facts = self._listing.facts
        told = {field: [field.value(one, facts) for one in self] for field in FIELDS if field.kind is not None}
        return {field.name: _column(field.kind or "text", values) for field, values in told.items()}

    def _info(self) -> dict[str, TableColumn]:
        """A column a number of TCP_INFO, where one socket has that."""
        told = [details(one).get(TCP_INFO_NAME, {}) for one in self]
        names = [field.name for field in TCP_INFO if any(isinstance(one.get(field.name), int) for one in told)]
        return {f"{TCP_INFO_NAME}.{name}": _column("number", [one.get(name) for one in told]) for name in names}


def _column(kind: Literal["number", "text", "words"], values: Sequence[Any]) -> TableColumn:
    mask = np.array([value is not None for value in values], dtype=np.bool_)
    if kind == "number":
        # The largest numbers stand for no limit, and are more than a signed one holds.
        most = np.iinfo(np.int64).max
        return TableColumn(kind, np.array([min(value or 0, most) for value in values], dtype=np.int64), mask)
    known = list(dict.fromkeys(tuple(value) if isinstance(value, list) else value for value in values))
    places = {value: place for place, value in enumerate(known)}
    codes = [places[tuple(value) if isinstance(value, list) else value] for value in values]
    return TableColumn(kind, np.array(codes, dtype=np.int64), mask, lambda place: known[place] or "")


def list_sockets(
    filter: str = "",
    *,
    tables: Sequence[str] = (),
    all: bool = False,
    listening: bool = False,
    version: Literal[4, 6] | None = None,
    processes: bool = True,
    details: bool = False,
    namespace: str | None = None,
) -> Sockets:
    """The sockets of this host, as ss(8) and `rawkit sockets` show them; without more, those that are connected.

    Args:
        filter: ss's language, with `process` and `user` (docs/sockets.md).
        tables: kinds: `tcp`, `mptcp`, `udp`, `udplite`, `raw`, `icmp`, `unix`, `packet`, `netlink`; none for all.
        all: those that listen, wait and are not connected too.
        listening: only those that listen or are not connected.
        version: 4 or 6, for sockets of that IP version alone.
        processes: find out who holds them: an ordinary user sees the own processes.
        details: ask for memory, TCP_INFO and congestion control too.
        namespace: of another network namespace: its name (`ip netns`), the number of a process in it, or a path.

    Raises FilterError for a filter that is none, RawkitError for kinds that are none, for a namespace that is not there
    or may not be entered, and for sockets that the kernel does not tell of.

    >>> import socket
    >>> with socket.create_server(("127.0.0.1", 0)) as server:
    ...     port = server.getsockname()[1]
    ...     found = list_sockets(f"sport = :{port}", tables=["tcp"], listening=True, details=True)
    >>> [(one.state, one.local, one.local_port == port, one.send_q) for one in found]
    [('LISTEN', '127.0.0.1', True, 128)]
    >>> found.details(found[0])["skmem"]["drops"], len(found.holders(found[0]))
    (0, 1)
    >>> print(found.to_table(["netid", "state", "recv_q"]))
    netid  state   recv_q
    tcp    LISTEN       0
    (1 row)
    """
    request = SocketsRequest(filter, tuple(tables), all, listening, version, processes, details)
    return Sockets(find_sockets(request, namespace))
