"""`rawkit.Lab`: a test network whose hosts do what rawkit does: sniff, ping, scan, send and ask."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rawkit.lab.calls import Iteration
from rawkit.lab.host import Host
from rawkit.lab.lab import Lab as Network

if TYPE_CHECKING:
    from rawkit.api.ask import Exchanges
    from rawkit.api.frame import Frame
    from rawkit.api.scan import PortVerdict
    from rawkit.probe.ping.results import Result
    from rawkit.run.send.paced import Sent
    from rawkit.sockets.filter.live import Direction
    from rawkit.sockets.receive.ring import ReceiveRing


class LabHost(Host):
    """A host of a `rawkit.Lab`: a network stack of its own, in which programs, functions and rawkit itself run."""

    def send(self, what: Any, **options: Any) -> Sent:
        """As `rawkit.send`, in this host; `what` goes there pickled, so it is no open capture."""
        from rawkit.api.send import send

        return self.call(send, what, **options)

    def ask(self, what: Any, **options: Any) -> Exchanges:
        """As `rawkit.ask`, in this host; `what` goes there pickled, so it is no open capture."""
        from rawkit.api.ask import ask

        return self.call(ask, what, **options)

    def ping(self, *targets: str, **options: Any) -> Iteration[Result]:
        """Pings from this host: results as they come, `wait()` for all, `stop()` to end it.

        Args:
            targets: names of hosts of the lab, or addresses.
            options: those of `PingRequest` (`count`, `interval`, `method` …), with the defaults of `rawkit ping`;
                without `count` it goes on until it is stopped.

        Raises LabError and what `PingRun` raises.
        """
        return self.iterate(_ping, targets, options)

    def scan(self, targets: str | Sequence[str], ports: str | None = None, **options: Any) -> Iteration[PortVerdict]:
        """Scans from this host: a verdict a port as they come, `wait()` for all, `stop()` to end it.

        Args:
            targets: addresses, names, ranges and networks, as of `rawkit synscan`.
            ports: as of its `-p`.
            options: the others of `ScanRequest`.

        Raises LabError and what `ScanRun` raises.
        """
        return self.iterate(_scan, [targets] if isinstance(targets, str) else list(targets), ports, options)

    def sniff(
        self,
        interface: str | None = "eth0",
        *,
        filter: str | None = None,
        count: int | None = None,
        duration: float | None = None,
        direction: Direction = "inout",
    ) -> HostSniff:
        """Sniffs in this host from now on, with the words of `rawkit sniff`: frames one after the other as they come.

        Args:
            interface: one of the host; None for all, whose frames get cooked headers.
            filter: in tcpdump's language.
            count: frames after which it ends; None for no limit.
            duration: seconds after which it ends, from now on; None for no limit.
            direction: `"in"`, `"out"` or both.

        Raises TargetError where there is no such interface, FilterError.
        """
        from rawkit.sockets.receive.ring import ReceiveRing

        ring = ReceiveRing(
            interface,
            filter=filter,
            direction=direction,
            memory=_MEMORY,
            place=self.listening(),
        )
        return HostSniff(ring, count, duration)


_MEMORY = 16
"""MiB of a ring."""
_LOOK = 0.1
"""Seconds between two looks whether to stop."""


class HostSniff:
    """Frames of a host of a lab as they come: an iterator and a context manager; `LabHost.sniff` makes it.

    Args:
        ring: where they come from.
        count: frames after which it ends.
        duration: seconds after which it ends.
    """

    def __init__(self, ring: ReceiveRing, count: int | None, duration: float | None) -> None:
        self._ring, self._left = ring, count
        self._end = None if duration is None else time.monotonic() + duration
        self._stopped = False

    def stop(self) -> None:
        """Ends it, from any thread, in a tenth of a second."""
        self._stopped = True

    def close(self) -> None:
        """Ends it, and lets go of the ring."""
        self._stopped = True
        self._ring.close()

    def wait(self) -> list[Frame]:
        """All that come until it ends."""
        return list(self)

    def __iter__(self) -> Iterator[Frame]:
        from rawkit.api.frame import Frame

        with self:
            while not self._stopped and self._left != 0:
                left = _LOOK if self._end is None else min(_LOOK, self._end - time.monotonic())
                if left <= 0:
                    return
                batch = self._ring.read(left)
                if batch is None:
                    return
                for row in range(len(batch) if self._left is None else min(len(batch), self._left)):
                    self._left = None if self._left is None else self._left - 1
                    yield Frame(batch.frame(row), int(batch.timestamp[row]), int(batch.link_type[row]))

    def __enter__(self) -> HostSniff:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Lab(Network):
    """A test network of real Linux network stacks inside this machine, which is gone at the end of the `with` block.

    It is `rawkit.lab.Lab`, whose hosts (`LabHost`) besides sniff, ping, scan, send and ask. Nothing of it can reach the
    machine's own network. The process stays who it is: same user, same network, whatever threads it has; what ends it,
    SIGKILL too, takes the lab down.

    Args:
        spec: the name of a scenario (`pair`, `router`, `firewalled`, `lossy`, `lan20`, `tcp-faults`), the `Path` of a
            TOML file, or a `rawkit.lab.LabSpec`.

    Raises PrivilegeError where this system allows neither root nor user namespaces, with what to switch on; LabError
    where the network cannot be built.

    >>> import rawkit
    >>> from scapy.layers.inet import ICMP, IP
    >>> try:
    ...     with rawkit.Lab("pair") as lab:
    ...         [one] = lab["client"].ask(IP(dst="192.0.2.20") / ICMP(), timeout=10)
    ...         print(one.answer["ip.src"])
    ... except rawkit.RawkitError:  # not everyone may, everywhere
    ...     print("192.0.2.20")
    192.0.2.20
    """

    HOST: ClassVar[type[Host]] = LabHost
    hosts: Mapping[str, LabHost]

    def __getitem__(self, name: str) -> LabHost:
        return self.hosts[self.spec.host(name).name]


def _ping(targets: Sequence[str], options: Mapping[str, Any]) -> Iterable[Result]:
    from rawkit.api.ping import PingRequest, PingRun

    return PingRun(PingRequest(tuple(targets), **options))


def _scan(targets: Sequence[str], ports: str | None, options: Mapping[str, Any]) -> Iterable[PortVerdict]:
    from rawkit.api.scan import ScanRequest, ScanRun

    return ScanRun(ScanRequest(tuple(targets), ports, **options))
