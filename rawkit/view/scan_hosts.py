"""A scan's verdicts host by host, when it has ended: nmap's XML and grepable output.

In both formats a host's ports stand together, so nothing can be written before the last one is known. Until then a
verdict takes a few bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from time import strftime
from typing import Final, TextIO

from rawkit.probe.scan_engine import Verdicts
from rawkit.view.scan_rows import Row, rows
from rawkit.view.scan_words import service

MANY: Final = 25
"""Ports of one state, other than open, that are listed one by one; of more the number is said (as nmap does)."""
_SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """What is known before the first verdict.

    Attributes:
        version: of the program.
        arguments: the command line.
        ports: that each host is asked.
        names: by which addresses were given.
        up, down: hosts that are scanned, and that were found not to be there.
        began: nanoseconds since the epoch.
    """

    version: str
    arguments: str
    ports: Sequence[int]
    names: dict[str, str]
    up: int
    down: int
    began: int


class HostView:
    """Keeps verdicts until the end, and writes them then; `only_open` leaves out the rest."""

    def __init__(self, out: TextIO, facts: ScanFacts, *, only_open: bool = False) -> None:
        self._out, self._facts, self._only_open = out, facts, only_open
        self._parts: list[Verdicts] = []

    def write(self, verdicts: Verdicts) -> None:
        """Keeps them."""
        if len(verdicts):
            self._parts.append(verdicts)

    def end(self, elapsed: int) -> None:
        """Writes all."""
        for line in self._lines(elapsed):
            self._out.write(line + "\n")
        self._out.flush()

    def _hosts(self) -> Iterator[tuple[str, list[Row]]]:
        every = (row for part in self._parts for row in rows(part) if row.state == "open" or not self._only_open)
        for host, of_host in groupby(sorted(every, key=_by_host_and_port), key=lambda row: row.host):
            yield host, list(of_host)

    def _lines(self, elapsed: int) -> Iterator[str]:
        raise NotImplementedError


def _by_host_and_port(row: Row) -> tuple[bool, int, str, int]:
    return ":" in row.host, len(row.host), row.host, row.port


class XmlView(HostView):
    """nmap's XML (nmap.dtd of nmap 7.93)."""

    def _lines(self, elapsed: int) -> Iterator[str]:
        facts, ended = self._facts, self._facts.began + elapsed
        yield '<?xml version="1.0" encoding="UTF-8"?>'
        yield "<!DOCTYPE nmaprun>"
        yield _tag(
            "nmaprun",
            scanner="nmap",
            args=facts.arguments,
            start=facts.began // _SECOND,
            version=f"rawkit {facts.version}",
            xmloutputversion="1.05",
        )
        services = _ranges(facts.ports)
        yield _tag("scaninfo/", type="syn", protocol="tcp", numservices=len(facts.ports), services=services)
        yield '<verbose level="0"/>\n<debugging level="0"/>'
        for host, found in self._hosts():
            yield from self._host(host, found)
        summary = f"{facts.up + facts.down} addresses ({facts.up} up) scanned in {elapsed / _SECOND:.2f} seconds"
        spent, when = f"{elapsed / _SECOND:.2f}", ended // _SECOND
        finished = _tag("finished/", time=when, elapsed=spent, summary=summary, exit="success")
        total = facts.up + facts.down
        yield f"<runstats>{finished}{_tag('hosts/', up=facts.up, down=facts.down, total=total)}</runstats>\n</nmaprun>"

    def _host(self, host: str, found: list[Row]) -> Iterator[str]:
        answered = next((row for row in found if row.ttl is not None and row.sender is None), None)
        how = ("user-set", 0) if answered is None else (answered.reason, answered.ttl)
        yield "<host>" + _tag("status/", state="up", reason=how[0], reason_ttl=how[1])
        yield _tag("address/", addr=host, addrtype="ipv6" if ":" in host else "ipv4")
        names = _tag("hostname/", name=self._facts.names[host], type="user") if host in self._facts.names else ""
        yield f"<hostnames>{names}</hostnames>"
        listed, counted = _split(found)
        yield "<ports>" + "".join(_extra(state, some) for state, some in counted.items())
        yield from (_port(row) for row in listed)
        yield "</ports></host>"


class GrepableView(HostView):
    """nmap's grepable output (-oG), a line a host."""

    def _lines(self, elapsed: int) -> Iterator[str]:
        facts = self._facts
        when = strftime("%a %b %d %H:%M:%S %Y")
        yield f"# rawkit {facts.version} scan initiated as: {facts.arguments}"
        for host, found in self._hosts():
            name = f"Host: {host} ({facts.names.get(host, '')})"
            listed, counted = _split(found)
            ports = ", ".join(f"{row.port}/{row.state}/tcp//{service(row.port)}///" for row in listed)
            ignored = "".join(f"\tIgnored State: {state} ({len(some)})" for state, some in counted.items())
            yield f"{name}\tPorts: {ports}{ignored}" if ports else f"{name}\tStatus: Up{ignored}"
        total = facts.up + facts.down
        spent = f"{elapsed / _SECOND:.2f} seconds"
        yield f"# rawkit done at {when} -- {total} IP addresses ({facts.up} hosts up) scanned in {spent}"


def _split(found: list[Row]) -> tuple[list[Row], dict[str, list[Row]]]:
    """The ports to list, and those of states with too many."""
    by_state: dict[str, list[Row]] = {}
    for row in found:
        by_state.setdefault(row.state, []).append(row)
    counted = {state: some for state, some in by_state.items() if state != "open" and len(some) > MANY}
    return [row for row in found if row.state not in counted], counted


def _extra(state: str, found: list[Row]) -> str:
    reasons: dict[str, list[int]] = {}
    for row in found:
        reasons.setdefault(row.reason, []).append(row.port)
    inner = "".join(
        _tag("extrareasons/", reason=reason, count=len(ports), proto="tcp", ports=_ranges(ports))
        for reason, ports in reasons.items()
    )
    return f"{_tag('extraports', state=state, count=len(found))}{inner}</extraports>"


def _port(row: Row) -> str:
    sender = {} if row.sender is None else {"reason_ip": row.sender}
    state = _tag("state/", state=row.state, reason=row.reason, reason_ttl=row.ttl or 0, **sender)
    name = service(row.port)
    known = _tag("service/", name=name, method="table", conf=3) if name else ""
    return f"{_tag('port', protocol='tcp', portid=row.port)}{state}{known}</port>"


def _ranges(ports: Sequence[int]) -> str:
    """Sorted ports, those that follow each other as a range.

    >>> _ranges([22, 80, 81, 82])
    '22,80-82'
    """
    runs: list[list[int]] = []
    for port in ports:
        if runs and port == runs[-1][1] + 1:
            runs[-1][1] = port
        else:
            runs.append([port, port])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _tag(element: str, /, **attributes: str | int | None) -> str:
    """A start tag; an empty element's where the name ends in a slash."""
    body = "".join(f' {key}="{escape(str(value))}"' for key, value in attributes.items())
    return f"<{element[:-1]}{body}/>" if element.endswith("/") else f"<{element}{body}>"
