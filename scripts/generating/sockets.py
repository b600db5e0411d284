"""The tables of docs/sockets.md: fields of JSON, details, TCP_INFO, states."""

from __future__ import annotations

from generating.text import between
from generating.views import table


def page(present: str) -> str:
    """The page with the tables as they follow from the declarations now."""
    from rawkit.diag import details
    from rawkit.diag.tcp_info import TCP_INFO
    from rawkit.view.sockets.records import FIELDS

    present = between(present, "fields of sockets", table(tuple((field.name, field.doc) for field in FIELDS)))
    known = {one.name: one.doc for of in (details.INET, details.MPTCP, details.UNIX, details.PACKET, details.NETLINK)
             for one in of.values() if one.name not in details.IN_COLUMNS}  # fmt: skip
    present = between(present, "details of sockets", table(tuple(sorted(known.items()))))
    units = {"us": "microseconds", "ms": "milliseconds", "bytes/s": "bytes a second"}
    fields = ", ".join(f"`{one.name}`{f' ({units.get(one.unit, one.unit)})' if one.unit else ''}" for one in TCP_INFO)
    return between(present, "fields of tcp_info", fields + ".")
