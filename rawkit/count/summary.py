"""What a capture comes to: a value with a table for each thing that is counted."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from rawkit.count import dns, events
from rawkit.count.counter import Counter
from rawkit.count.groups import Grouped
from rawkit.count.measures import MEASURES, SENT, Measure
from rawkit.decode.stops import stopped_at
from rawkit.facts import ethertypes, ip_protocols
from rawkit.flow.endpoints import address_text
from rawkit.frames import Int64s
from rawkit.tables import Table, TableColumn
from rawkit.values import dataclass, field

NETWORKS: Final = {
    ethertypes.IPV4: "ip", ethertypes.IPV6: "ipv6", ethertypes.ARP: "arp",
}  # fmt: skip
TRANSPORTS: Final = {
    number: name.lower().replace("_", "-")
    for name, number in vars(ip_protocols).items()
    if name.isupper() and isinstance(number, int)
}
"""Names of IP protocols, those of Wireshark's filters."""
DURATIONS: Final = ("connect_ns", "waited_ns", "took_ns")


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What a capture, or the part of it that was read, comes to.

    Tables are sorted, the largest first; docs/summary.md has their columns. In each, `missed` is there where more keys
    came than are kept: by how much each number of the row may be too small at most, by the measure that it is sorted
    by.

    Attributes:
        frames: packets that were counted.
        bytes: of these, on the wire.
        flows: connections, and conversations of UDP and ICMP, that they belong to.
        first: time of the earliest packet, nanoseconds since the epoch; None where there is none.
        last: of the latest.
        sort: the measure by which `hosts`, `pairs`, `ports`, `protocols` and `by` are sorted.
        protocols: by what stands in the link header and the IP header.
        hosts: addresses of IPv4 and IPv6.
        pairs: who talked to whom.
        ports: by transport and the server's port.
        servers: how attempts to connect ended, by server.
        resets: aborted connections by who aborted, and why.
        analysis: packets by flag of `tcp.analysis`.
        dns_names: what was asked, and how that was answered.
        dns_codes: answers by code.
        dns_types: questions by type.
        slowest: established connections that took longest from the first SYN to the last ACK.
        undecoded: packets of which decoding stopped early, by where and why.
        by: groups by the fields that were asked for; no columns where none were.
        fields: the names of those fields.
        keyless: packets that have none of these fields.
        dns_times: the shortest, the mean and the longest time from a question to its answer, nanoseconds; None where
            no answer was seen whose question was.
        bounds: tables in which more keys came than are kept: how much a key may have that is not in it, or that came
            late, by the measure that the table is sorted by.
    """

    frames: int
    bytes: int
    flows: int
    first: int | None
    last: int | None
    sort: Measure
    protocols: Table
    hosts: Table
    pairs: Table
    ports: Table
    servers: Table
    resets: Table
    analysis: Table
    dns_names: Table
    dns_codes: Table
    dns_types: Table
    slowest: Table
    undecoded: Table
    by: Table
    fields: tuple[str, ...] = ()
    keyless: int = 0
    dns_times: tuple[int, int, int] | None = None
    bounds: Mapping[str, int] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, Table]:
        """All tables by their names, in the order of the page."""
        return {name: getattr(self, name) for name in TABLES}


TABLES: Final = (
    "protocols", "hosts", "pairs", "ports", "servers", "resets", "analysis", "dns_names", "dns_codes", "dns_types",
    "slowest", "undecoded", "by",
)  # fmt: skip


def summary(counter: Counter) -> Summary:
    """What was counted."""
    weight = MEASURES.index(counter.sort)
    grouped = {name: getattr(counter, name).grouped() for name in ("protocols", "hosts", "pairs", "ports")}
    names, asked = counter.dns.names()
    servers = counter.attempts.servers.grouped()
    chosen = counter.chosen.grouped() if counter.chosen is not None else None
    weights = dict.fromkeys((*grouped, "by"), weight) | {"servers": events.ATTEMPTS, "dns_names": dns.QUERIES}
    kept = grouped | {"servers": servers, "dns_names": asked} | ({"by": chosen} if chosen is not None else {})
    bounds = {name: int(found.bound[weights[name]]) for name, found in kept.items()}
    made: dict[str, Table] = {
        "protocols": _table(_protocol_columns(grouped["protocols"].keys), grouped["protocols"], MEASURES, weight),
        "hosts": _table({"host": _addresses(grouped["hosts"].keys)}, grouped["hosts"], MEASURES + SENT, weight),
        "pairs": _table(_ends(grouped["pairs"].keys), grouped["pairs"], MEASURES + SENT, weight),
        "ports": _table(_service(grouped["ports"].keys), grouped["ports"], MEASURES, weight),
        "servers": _table(_server(servers.keys), servers, events.MEASURES, events.ATTEMPTS),
        "dns_names": _table({"name": _texts(names)}, asked, dns.MEASURES, dns.QUERIES),
        "by": Table({}),
    }
    if chosen is not None and counter.fields is not None:
        made["by"] = _table(counter.fields.columns(chosen.keys), chosen, MEASURES, weight)
    return Summary(
        counter.frames, counter.bytes, counter.flows, counter.first, counter.last, counter.sort,
        **made, **_tallies(counter), slowest=_slowest(counter), fields=counter.fields.names if counter.fields else (),
        keyless=counter.keyless,
        dns_times=_dns_times(counter, asked), bounds={name: bound for name, bound in bounds.items() if bound},
    )  # fmt: skip


def _tallies(counter: Counter) -> dict[str, Table]:
    """The tables that are a few words and how often each."""
    stops = [(*stopped_at(*key), count) for key, count in counter.stopped.most_common()]
    ends = [(*key, count) for key, count in counter.resets.most_common()]
    return {
        "resets": _worded(("transport", "by", "reason"), "connections", ends),
        "analysis": _worded(("flag",), "packets", counter.analysis.most_common()),
        "dns_codes": _worded(("code",), "answers", counter.dns.codes.most_common()),
        "dns_types": _worded(("type",), "queries", counter.dns.types.most_common()),
        "undecoded": _worded(("layer", "reason"), "packets", stops),
    }


def _worded(words: Sequence[str], number: str, rows: Sequence[tuple[Any, ...]]) -> Table:
    columns = {name: _texts([row[place] for row in rows]) for place, name in enumerate(words)}
    return Table({**columns, number: _numbers(np.array([row[-1] for row in rows], dtype=np.int64))})


def _slowest(counter: Counter) -> Table:
    found = counter.attempts.slowest()
    took = [(one.ack_time or 0) - (one.syn_time or 0) for one in found]
    texts = {"client": [str(one.client) for one in found], "server": [str(one.server) for one in found]}
    numbers = {
        "took_ns": took,
        "syn_repeats": [one.syn_repeats for one in found],
        "frame": [one.frames[0] for one in found],
        "tcp.stream": [-1 if one.stream is None else one.stream for one in found],
    }
    columns = {name: _texts(values) for name, values in texts.items()}
    for name, values in numbers.items():
        columns[name] = _numbers(np.array(values, dtype=np.int64), "duration" if name in DURATIONS else "number")
    return Table(columns)


def _dns_times(counter: Counter, asked: Grouped) -> tuple[int, int, int] | None:
    fastest, slowest = counter.dns.fastest, counter.dns.slowest
    timed = int(asked.sums[:, dns.TIMED].sum())
    if fastest is None or slowest is None or not timed:
        return None
    return fastest, int(asked.sums[:, dns.WAITED].sum()) // timed, slowest


def _table(keys: Mapping[str, TableColumn], found: Grouped, measures: Sequence[str], weight: int) -> Table:
    columns = dict(keys)
    for place, name in enumerate(measures):
        columns[name] = _numbers(found.sums[:, place], "duration" if name in DURATIONS else "number")
    if found.bound[weight]:
        columns["missed"] = _numbers(found.missed[:, weight])
    return Table(columns)


def _numbers(values: Int64s, kind: Any = "number") -> TableColumn:
    values = np.ascontiguousarray(values)
    return TableColumn(kind, values, values >= 0)


def _texts(words: Sequence[str]) -> TableColumn:
    return TableColumn("text", np.arange(len(words)), np.ones(len(words), dtype=np.bool_), words.__getitem__)


def _read(keys: Int64s, read: Callable[[bytes], str]) -> TableColumn:
    """A text column of several numbers."""
    octets = np.ascontiguousarray(keys).view(np.uint8).reshape(len(keys), 8 * keys.shape[1])
    return TableColumn("text", octets, np.ones(len(keys), dtype=np.bool_), read)


def _addresses(keys: Int64s) -> TableColumn:
    return _read(keys, _address)


def _address(raw: bytes) -> str:
    kind, high, low = struct.unpack("=3q", raw)
    return address_text(high, low, 4 if kind == ethertypes.IPV4 else 6)


def _ends(keys: Int64s) -> dict[str, TableColumn]:
    return {"a": _addresses(keys[:, :3]), "b": _addresses(keys[:, [0, 3, 4]])}


def _service(keys: Int64s) -> dict[str, TableColumn]:
    return {"transport": _transports(keys[:, 0]), "port": _numbers(keys[:, 1])}


def _server(keys: Int64s) -> dict[str, TableColumn]:
    return {"server": _addresses(keys[:, :3]), **_service(keys[:, 3:])}


def _transports(numbers: Int64s) -> TableColumn:
    return TableColumn("text", np.ascontiguousarray(numbers), numbers >= 0, transport)


def transport(number: int) -> str:
    """The name of an IP protocol.

    >>> transport(6), transport(250)
    ('tcp', 'ip-proto-250')
    """
    return TRANSPORTS.get(number, f"ip-proto-{number}")


def _protocol_columns(keys: Int64s) -> dict[str, TableColumn]:
    return {"protocol": _read(keys, _protocol)}


def _protocol(raw: bytes) -> str:
    link, number = struct.unpack("=2q", raw)
    if link < 0:
        return "other"
    network = NETWORKS.get(link, f"0x{link:04x}")
    return f"{network}:{transport(number)}" if number >= 0 else network
