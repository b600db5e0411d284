"""A scan's verdicts host by host: nmap's XML and grepable output.

In both formats a host's ports stand together, so a host is written when its last port is known, in one piece. Until
then a verdict takes a few bytes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Final, TextIO

import numpy as np

from rawkit.probe.scan.values import Verdicts
from rawkit.view.scan.facts import MANY, ScanFacts, foot, head, summary
from rawkit.view.scan.rows import PortVerdict, rows
from rawkit.view.scan.show import opened
from rawkit.view.scan.words import service
from rawkit.view.text import escaped

FEW: Final = 1 << 14
"""Verdicts that are looked through at once; of more, those of whole hosts are to be a quarter."""
_SECOND: Final = 1_000_000_000

Host = tuple[int, int, bool, int]
"""An address as `Endpoints` has it."""


class HostView(ABC):
    """Writes each host when all its ports are known, and the others at the end; `only_open` leaves out the rest."""

    def __init__(self, out: TextIO, facts: ScanFacts, *, only_open: bool = False) -> None:
        self._out, self._facts, self._only_open = out, facts, only_open
        self._kept: list[Verdicts] = []
        self._size = 0
        self._known: Counter[Host] = Counter()
        self._whole: set[Host] = set()
        self._say(self._head())

    def write(self, verdicts: Verdicts) -> None:
        """Takes verdicts, and writes the hosts that are whole; a crash does not take those away."""
        if not len(verdicts):
            return
        for host in _hosts(verdicts):
            self._known[host] += 1
            if self._known[host] == len(self._facts.ports):
                del self._known[host]
                self._whole.add(host)
        self._kept.append(opened(verdicts) if self._only_open else verdicts)
        self._size += len(self._kept[-1])
        if self._whole and (self._size <= FEW or 4 * len(self._whole) * len(self._facts.ports) >= self._size):
            self._tell(self._whole)
            self._whole = set()

    def end(self, elapsed: int, *, whole: bool) -> None:
        """Writes what is left: the hosts of a scan that was ended too, with those ports that are known."""
        self._tell({host for part in self._kept for host in _hosts(part)})
        self._say(self._foot(elapsed, whole))

    def _tell(self, told: Container[Host]) -> None:
        """Writes hosts, sorted, and forgets them."""
        of_them = [np.array([host in told for host in _hosts(part)], dtype=np.bool_) for part in self._kept]
        pairs = list(zip(self._kept, of_them, strict=True))
        self._kept = [part.select(~mask) for part, mask in pairs if not mask.all()]
        self._size = sum(map(len, self._kept))
        every = sorted((row for part, mask in pairs for row in self._rows(part.select(mask))), key=_by_host_and_port)
        hosts = groupby(every, key=lambda row: row.host)
        self._say(line for host, of_host in hosts for line in self._host(host, list(of_host)))

    def _rows(self, verdicts: Verdicts) -> Iterator[PortVerdict]:
        return rows(verdicts, self._facts.names, self._facts.scan.transport)

    def _say(self, lines: Iterator[str]) -> None:
        """Hands lines to the kernel in one piece."""
        text = "".join(f"{line}\n" for line in lines)
        self._out.write(text)
        self._out.flush()

    @abstractmethod
    def _head(self) -> Iterator[str]:
        """What stands before all hosts."""

    @abstractmethod
    def _host(self, host: str, found: list[PortVerdict]) -> Iterator[str]:
        """The lines of a host, whose ports are in order."""

    @abstractmethod
    def _foot(self, elapsed: int, whole: bool) -> Iterator[str]:
        """What stands behind all hosts."""


def _hosts(verdicts: Verdicts) -> Iterator[Host]:
    ends = verdicts.ends
    return zip(ends.high.tolist(), ends.low.tolist(), ends.is_ipv6.tolist(), ends.zone.tolist(), strict=True)


def _by_host_and_port(row: PortVerdict) -> tuple[bool, int, str, int]:
    return ":" in row.host, len(row.host), row.host, row.port


class XmlView(HostView):
    """nmap's XML (nmap.dtd of nmap 7.93)."""

    def _head(self) -> Iterator[str]:
        facts = self._facts
        yield '<?xml version="1.0" encoding="UTF-8"?>'
        yield "<!DOCTYPE nmaprun>"
        yield _tag(
            "nmaprun",
            scanner="nmap",
            args=escaped(facts.arguments),
            start=facts.began // _SECOND,
            version=f"rawkit {facts.version}",
            xmloutputversion="1.05",
        )
        services = _ranges(facts.ports)
        kind = {"type": facts.scan.name, "protocol": facts.scan.transport}
        yield _tag("scaninfo/", **kind, numservices=len(facts.ports), services=services)
        yield '<verbose level="0"/>\n<debugging level="0"/>'

    def _foot(self, elapsed: int, whole: bool) -> Iterator[str]:
        facts, ended = self._facts, self._facts.began + elapsed
        spent, when = f"{elapsed / _SECOND:.2f}", ended // _SECOND
        how = {"exit": "success"} if whole else {"exit": "error", "errormsg": "ended by a signal"}
        finished = _tag("finished/", time=when, elapsed=spent, summary=summary(facts, elapsed), **how)
        total = facts.up + facts.down
        yield f"<runstats>{finished}{_tag('hosts/', up=facts.up, down=facts.down, total=total)}</runstats>\n</nmaprun>"

    def _host(self, host: str, found: list[PortVerdict]) -> Iterator[str]:
        answered = next((row for row in found if row.reason_ttl is not None and row.reason_ip is None), None)
        how = ("user-set", 0) if answered is None else (answered.reason, answered.reason_ttl)
        yield "<host>" + _tag("status/", state="up", reason=how[0], reason_ttl=how[1])
        yield _tag("address/", addr=host, addrtype="ipv6" if ":" in host else "ipv4")
        name = found[0].name
        yield f"<hostnames>{_tag('hostname/', name=escaped(name), type='user') if name else ''}</hostnames>"
        listed, counted = _split(found)
        yield "<ports>" + "".join(_extra(state, some) for state, some in counted.items())
        yield from (_port(row) for row in listed)
        yield "</ports></host>"


class GrepableView(HostView):
    """nmap's grepable output (-oG), two lines a host."""

    def _head(self) -> Iterator[str]:
        return head(self._facts)

    def _host(self, host: str, found: list[PortVerdict]) -> Iterator[str]:
        name = f"Host: {host} ({escaped(found[0].name or '')})"
        listed, counted = _split(found)
        ports = ", ".join(
            f"{row.port}/{row.state}/{row.protocol}//{service(row.port, row.protocol)}///" for row in listed
        )
        ignored = "".join(f"\tIgnored State: {state} ({len(some)})" for state, some in counted.items())
        yield f"{name}\tStatus: Up"
        yield f"{name}\tPorts: {ports}{ignored}"

    def _foot(self, elapsed: int, whole: bool) -> Iterator[str]:
        return foot(self._facts, elapsed, whole)


def _split(found: list[PortVerdict]) -> tuple[list[PortVerdict], dict[str, list[PortVerdict]]]:
    """The ports to list, and those of states with too many."""
    by_state: dict[str, list[PortVerdict]] = {}
    for row in found:
        by_state.setdefault(row.state, []).append(row)
    counted = {state: some for state, some in by_state.items() if state != "open" and len(some) > MANY}
    return [row for row in found if row.state not in counted], counted


def _extra(state: str, found: list[PortVerdict]) -> str:
    reasons: dict[str, list[int]] = {}
    transport = found[0].protocol
    for row in found:
        reasons.setdefault(row.reason, []).append(row.port)
    inner = "".join(
        _tag("extrareasons/", reason=reason, count=len(ports), proto=transport, ports=_ranges(ports))
        for reason, ports in reasons.items()
    )
    return f"{_tag('extraports', state=state, count=len(found))}{inner}</extraports>"


def _port(row: PortVerdict) -> str:
    sender = {} if row.reason_ip is None else {"reason_ip": row.reason_ip}
    state = _tag("state/", state=row.state, reason=row.reason, reason_ttl=row.reason_ttl or 0, **sender)
    name = service(row.port, row.protocol)
    known = _tag("service/", name=name, method="table", conf=3) if name else ""
    return f"{_tag('port', protocol=row.protocol, portid=row.port)}{state}{known}</port>"


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
