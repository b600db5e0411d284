"""A capture file whose packets and events are lists, for tests to look at."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rawkit.errors import CaptureError

if TYPE_CHECKING:
    from rawkit.api.capture import Capture
    from rawkit.api.packet import Packet
    from rawkit.flow.conn_log.record import FlowRecord
    from rawkit.flow.event_names import Name
    from rawkit.flow.events import Handshake, Teardown, UdpExchange
    from rawkit.flow.kinds import Event
    from rawkit.kernels import Engine
    from rawkit.lab.spec import LabSpec


class Recorded:
    """A capture file. Its lists are made when they are first asked for, of one way through the file for all events.

    Args:
        path: the file; it is read when something is asked for.

    >>> seen = Recorded("captures/tcp-connect-refused.pcap")
    >>> [attempt.outcome for attempt in seen.handshakes], len(seen.packets), seen.udp
    (['refused'], 2, [])
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def open(self, filter: str | None = None) -> Capture:
        """Opens it as `rawkit.open` does, for what lists are too long for."""
        from rawkit.api.opening import open_capture

        return open_capture(self.path, filter, engine=self._engine)

    @cached_property
    def packets(self) -> list[Packet]:
        """All packets, as of `rawkit.Capture.packets`."""
        with self.open() as capture:
            return list(capture)

    @property
    def handshakes(self) -> list[Handshake]:
        """Attempts to open connections, in the order in which their outcome was known."""
        from rawkit.flow.events import Handshake

        return self._of(Handshake)

    @property
    def teardowns(self) -> list[Teardown]:
        """Ends of connections."""
        from rawkit.flow.events import Teardown

        return self._of(Teardown)

    @property
    def udp(self) -> list[UdpExchange]:
        """What was said by UDP, a pair of endpoints each."""
        from rawkit.flow.events import UdpExchange

        return self._of(UdpExchange)

    @property
    def flows(self) -> list[FlowRecord]:
        """The flows, with the columns of Zeek's conn.log."""
        from rawkit.flow.conn_log.record import FlowRecord

        return self._of(FlowRecord)

    def rows(self, view: Name) -> list[dict[str, Any]]:
        """The events of a view, as `rawkit sniff --view VIEW --format json` writes them, in this order.

        >>> [row["by"] for row in Recorded("captures/tcp-half-close.pcap").rows("teardowns")]
        ['FIN']
        """
        from rawkit.view.events.view import EventView

        lines = bytearray()
        with self.open() as capture:
            capture.prepare(lambda engine, find: EventView(view, "json", engine, find))
            capture.show(lines.extend)
        return [json.loads(line) for line in lines.splitlines()]

    def lines(self, view: Name, most: int = 50) -> list[str]:
        """The same as lines of text, so many at most; a last one says how many there are besides."""
        from rawkit.view.events.view import EventView

        text = bytearray()
        with self.open() as capture:
            capture.prepare(lambda engine, find: EventView(view, "text", engine, find))
            capture.show(text.extend)
        lines = text.decode().splitlines()
        return lines[:most] + ([f"... and {len(lines) - most} more"] if len(lines) > most else [])

    def expect(self, *expectations: str) -> None:
        """Fails the test where an expectation does not hold (docs/ci.md); all of one way through the file.

        Raises AssertionError, which says what was found and which frames show it; FilterError for what is none.

        >>> Recorded("captures/tcp-connect-refused.pcap").expect('none(teardowns, by == "RST")')
        Traceback (most recent call last):
        AssertionError: captures/tcp-connect-refused.pcap
          FAIL  none(teardowns, by == "RST"): 1 of 1
                  frame 2: 192.0.2.10:40000 > 198.51.100.20:9000: RST by the server (refused); connect(): ECONNREFUSED
        """
        __tracebackhide__ = True
        from rawkit.api.check import check
        from rawkit.view.checks.cases import file_cases
        from rawkit.view.checks.text import lines

        found = check(self.path, self._engine, expect=expectations)
        if found.damage or found.failed:
            raise AssertionError("\n".join(lines(file_cases(found.name, found.damage, found.expectations))))

    def __repr__(self) -> str:
        return f"Recorded({str(self.path)!r})"

    @cached_property
    def _engine(self) -> Engine:
        from rawkit.api.checks import made_engine

        return made_engine(None)

    @cached_property
    def _events(self) -> list[Event]:
        with self.open() as capture:
            return list(capture.events())

    def _of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self._events if type(event) is kind]


def found(path: str | os.PathLike[str], folders: Sequence[Path]) -> Path:
    """Where a capture is: the path where it is absolute, else in the first of the folders that has it.

    Raises CaptureError that says where it was looked for.

    >>> found("nowhere.pcap", [Path("captures"), Path("tests")])
    Traceback (most recent call last):
    rawkit.errors.CaptureError: nowhere.pcap: not in captures, tests
    """
    tried = [Path(path)] if os.path.isabs(path) else [folder / path for folder in folders]
    for place in tried:
        if place.exists():
            return place
    raise CaptureError(f"{os.fspath(path)}: not in {', '.join(dict.fromkeys(str(place) for place in folders))}")


def scenario(spec: str | os.PathLike[str] | LabSpec, folder: Path) -> Any:
    """What `rawkit.Lab` is to be given: of a file its path, beside the test where it is relative."""
    if isinstance(spec, os.PathLike) or (isinstance(spec, str) and spec.endswith(".toml")):
        return folder / spec
    return spec
