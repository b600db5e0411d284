"""`rawkit.Lab`: a test network whose hosts do what rawkit does: sniff, ping, scan, send and ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rawkit.api.host_run import HostRun, Teller
from rawkit.flow.rules import DEFAULT_RULES
from rawkit.lab.host import Host
from rawkit.lab.lab import Lab as Network

if TYPE_CHECKING:
    from pathlib import Path

    from rawkit.api.ask import Exchanges
    from rawkit.api.capture import Capture
    from rawkit.api.replay import Replayed
    from rawkit.api.scan import HostSummary, PortVerdict, ScanSummary
    from rawkit.api.words import One, Ports, Targets
    from rawkit.flow.rules import FlowRules
    from rawkit.kernels import Engine, Mode
    from rawkit.probe.ping.results import Result
    from rawkit.probe.ping.statistics import Summary
    from rawkit.run.capture.live import Listener
    from rawkit.run.send.paced import Sent
    from rawkit.sockets.filter.live import Direction


class LabHost(Host):
    """A host of a `rawkit.Lab`: a network stack of its own, in which programs, functions and rawkit itself run."""

    def send(self, what: Any, **options: Any) -> Sent:
        """As `rawkit.send`, in this host; `what` goes there pickled, so it is no open capture."""
        from rawkit.api.send import send

        return self.call(send, what, **options)

    def replay(self, path: Path | str, interface: str, **options: Any) -> Replayed:
        """As `rawkit.replay`, in this host."""
        from rawkit.api.replay_call import replay

        return self.call(replay, str(path), interface, **options)

    def ask(self, what: Any, **options: Any) -> Exchanges:
        """As `rawkit.ask`, in this host; `what` goes there pickled, so it is no open capture."""
        from rawkit.api.ask import ask

        return self.call(ask, what, **options)

    def ping(self, *targets: One, **options: Any) -> HostRun[Result, Summary, list[Summary]]:
        """Pings from this host, from now on; the run is used as that of `rawkit.ping`.

        Args:
            targets: names of hosts of the lab, or addresses, networks and ranges.
            options: the other words of `rawkit.ping`; without `count` it goes on until it is stopped.

        Raises LabError and what `rawkit.ping` and its run raise.
        """
        return HostRun(self.iterate(_ping, targets, options))

    def scan(
        self, targets: Targets, ports: Ports | None = None, **options: Any
    ) -> HostRun[PortVerdict, HostSummary, ScanSummary]:
        """Scans from this host, from now on; the run is used as that of `rawkit.scan`, whose words these are.

        Raises LabError and what `rawkit.scan` and its run raise.
        """
        return HostRun(self.iterate(_scan, targets, ports, options))

    def sniff(
        self,
        interfaces: str | Sequence[str] | None = "eth0",
        filter: str | None = None,
        *,
        count: int | None = None,
        duration: float | None = None,
        promiscuous: bool = True,
        direction: Direction = "inout",
        snaplen: int | None = None,
        memory: int | None = 16,
        engine: Engine | Mode = "interpreted",
        rules: FlowRules = DEFAULT_RULES,
        listener: Listener | None = None,
    ) -> Capture:
        """Listens to interfaces of this host, as `rawkit.sniff` does, with its arguments and errors.

        What it gives is a `rawkit.Capture` in this process. Kernels run as plain Python where `engine` does not say
        otherwise: of a few packets that takes least.
        """
        from rawkit.api.sniff import sniff_at

        return sniff_at(
            self.listening, interfaces, filter, count, duration, promiscuous, direction, snaplen, memory, engine,
            rules, listener,
        )  # fmt: skip


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


def _ping(targets: Sequence[One], options: Mapping[str, Any]) -> Teller:
    from rawkit.api.ping_call import ping

    return Teller(ping(targets, **options), ("targets", "troubles"))


def _scan(targets: Targets, ports: Ports | None, options: Mapping[str, Any]) -> Teller:
    from rawkit.api.scan_call import scan

    return Teller(scan(targets, ports, **options), ("skipped",))
