"""What a lab consists of, as plain values: hosts, and links between them.

A spec is usually written in TOML::

    description = "A client and a server on one wire"

    [hosts.client]
    [hosts.server]

    [[links]]
    ends = [
      { host = "client", addresses = ["192.0.2.10/24", "2001:db8:1::10/64"] },
      { host = "server", addresses = ["192.0.2.20/24", "2001:db8:1::20/64"] },
    ]
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)
from pathlib import Path
from typing import Final

from rawkit.errors import LabError
from rawkit.lab.faults import Faults, check, read_faults
from rawkit.lab.services.kinds import ANSWERS, KINDS, RESET
from rawkit.lab.tables import Table

Address = IPv4Address | IPv6Address
InterfaceAddress = IPv4Interface | IPv6Interface
Network = IPv4Network | IPv6Network

_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?")
_INTERFACE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,14}")
_MAC: Final = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_SYSCTL: Final = re.compile(r"net(\.[a-z0-9_-]+)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EndSpec:
    """One end of a link: a network interface of a host.

    Attributes:
        host: the host's name.
        addresses: addresses with prefix lengths.
        interface: the interface's name; empty for the next free of eth0, eth1, …
        mac: the Ethernet address, lower case with colons; empty for one made from the host's place.
    """

    host: str
    addresses: tuple[InterfaceAddress, ...] = ()
    interface: str = ""
    mac: str = ""


@dataclass(frozen=True, slots=True)
class LinkSpec:
    """A wire between two hosts, or a switch between more.

    Attributes:
        ends: two or more interfaces.
        mtu: bytes of an IP packet that fit into a frame.
        offload: keep checksum and segmentation offload on; captures then show segments of up to 64 KiB
            without checksums, as on a machine's own sending side.
        faults: what happens to frames between the two ends; a middlebox then joins them in place of a wire.
        faults_back: what happens from the second to the first end, where that is not the same.
    """

    ends: tuple[EndSpec, ...]
    mtu: int = 1500
    offload: bool = False
    faults: Faults | None = None
    faults_back: Faults | None = None


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """A route: packets to `to` go to the neighbour `via`."""

    to: Network
    via: Address


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """What a host does at one of its ports.

    Attributes:
        kind: one of `rawkit.lab.services.kinds.KINDS`.
        port: the TCP or UDP port, or both, as the kind has it.
        answer: of the kind `reject`, how: one of `rawkit.lab.services.kinds.ANSWERS`, or `reset`.
    """

    kind: str
    port: int
    answer: str = "port-unreachable"


@dataclass(frozen=True, slots=True)
class HostSpec:
    """A host: a network stack of its own.

    Attributes:
        name: its name, which is its host name too, and what /etc/hosts calls it.
        gateways: neighbours that the default routes lead to, at most one IPv4 and one IPv6.
        routes: further routes.
        forward: forward packets between interfaces: the host is a router.
        sysctls: kernel parameters under `net.`, by their dotted names.
        nftables: a ruleset in nft's language, loaded before any traffic can flow.
        services: what its ports do, other than refuse.
    """

    name: str
    gateways: tuple[Address, ...] = ()
    routes: tuple[RouteSpec, ...] = ()
    forward: bool = False
    sysctls: Mapping[str, str] = field(default_factory=dict)
    nftables: str = ""
    services: tuple[ServiceSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface as the lab makes it: an end of a link with its name and Ethernet address settled.

    Attributes:
        host: the host's name.
        name: the interface's name inside the host.
        mac: its Ethernet address.
        addresses: its addresses with prefix lengths.
        link: the place of its link in the spec, from 0.
    """

    host: str
    name: str
    mac: str
    addresses: tuple[InterfaceAddress, ...]
    link: int


@dataclass(frozen=True, slots=True)
class LabSpec:
    """A whole lab. Making one raises LabError, naming the key, where its parts do not fit together.

    >>> spec = LabSpec.from_toml('''
    ... [hosts.a]
    ... [hosts.b]
    ... [[links]]
    ... ends = [{ host = "a", addresses = ["192.0.2.1/24"] }, { host = "b", addresses = ["192.0.2.2/24"] }]
    ... ''')
    >>> [(i.host, i.name, str(i.addresses[0])) for i in spec.interfaces()]
    [('a', 'eth0', '192.0.2.1/24'), ('b', 'eth0', '192.0.2.2/24')]
    >>> LabSpec.from_toml("[hosts.a]\\ngatway = '192.0.2.1'")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    rawkit.errors.LabError: hosts.a.gatway: unknown key: use one of forward, gateways, ...
    """

    hosts: tuple[HostSpec, ...]
    links: tuple[LinkSpec, ...] = ()
    description: str = ""

    def __post_init__(self) -> None:
        _check_hosts(self.hosts)
        for index, link in enumerate(self.links):
            _check_link(link, f"links[{index}]", {host.name for host in self.hosts})
        _check_interfaces(self.interfaces())

    @classmethod
    def from_toml(cls, text: str) -> LabSpec:
        """The spec that a TOML text describes; LabError names the key that is wrong."""
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise LabError(f"not TOML: {error}: correct it") from error
        with Table(values, "") as table:
            with table.table("hosts") as hosts:
                host_specs = tuple(_read_host(name, hosts.table(name)) for name in hosts.names())
            links = tuple(_read_link(link) for link in table.tables("links"))
            return cls(host_specs, links, table.text("description", ""))

    @classmethod
    def from_file(cls, path: Path) -> LabSpec:
        """The spec in a TOML file; LabError names the file and the key."""
        try:
            return cls.from_toml(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise LabError(f"{path}: {error.strerror}: give the path of a TOML file") from error
        except (LabError, UnicodeDecodeError) as error:
            raise LabError(f"{path}: {error}") from error

    def host(self, name: str) -> HostSpec:
        """The host of that name; LabError where there is none.

        >>> LabSpec((HostSpec("a"), HostSpec("b"))).host("c")
        Traceback (most recent call last):
        rawkit.errors.LabError: 'c' is no host of this lab: use one of a, b
        """
        for host in self.hosts:
            if host.name == name:
                return host
        raise LabError(f"{name!r} is no host of this lab: use one of {', '.join(h.name for h in self.hosts)}")

    def interfaces(self) -> tuple[Interface, ...]:
        """All interfaces of all hosts, link by link."""
        return tuple(_settled_interfaces(self))


def _settled_interfaces(spec: LabSpec) -> Iterator[Interface]:
    numbers: Counter[str] = Counter()
    places = {host.name: place for place, host in enumerate(spec.hosts, 1)}
    for index, link in enumerate(spec.links):
        for end in link.ends:
            number = numbers[end.host]
            numbers[end.host] += 1
            # Locally administered (bit 1 of the first octet), the same each time, so that captures repeat.
            mac = end.mac or f"02:00:00:{places[end.host] >> 8:02x}:{places[end.host] & 255:02x}:{number:02x}"
            yield Interface(end.host, end.interface or f"eth{number}", mac, end.addresses, index)


def _check_hosts(hosts: tuple[HostSpec, ...]) -> None:
    if not hosts:
        raise LabError("hosts: there are none: add a [hosts.NAME] table")
    for host in hosts:
        key = f"hosts.{host.name}"
        if not _NAME.fullmatch(host.name):
            raise LabError(f"{key}: no host name: use up to 15 of a-z, 0-9 and -")
        if repeated := _repeated(str(gateway.version) for gateway in host.gateways):
            raise LabError(f"{key}.gateways: two gateways for IPv{repeated}: keep one")
        for name in host.sysctls:
            if not _SYSCTL.fullmatch(name):
                raise LabError(f"{key}.sysctls.{name}: no kernel parameter of a network stack: use net.…")
        for place, service in enumerate(host.services):
            _check_service(service, f"{key}.services[{place}]")
    if repeated := _repeated(host.name for host in hosts):
        raise LabError(f"hosts.{repeated}: there are two of that name: rename one")


def _check_service(service: ServiceSpec, key: str) -> None:
    if service.kind not in KINDS:
        raise LabError(f"{key}.kind: unknown service {service.kind!r}: use one of {', '.join(KINDS)}")
    if not 1 <= service.port <= 65535:
        raise LabError(f"{key}.port: {service.port} is no port: use 1 to 65535")
    if service.answer not in (*ANSWERS, RESET):
        raise LabError(f"{key}.answer: unknown answer {service.answer!r}: use one of {', '.join((*ANSWERS, RESET))}")


def _check_link(link: LinkSpec, key: str, hosts: set[str]) -> None:
    if len(link.ends) < 2:
        raise LabError(f"{key}.ends: a link has at least two ends: add one")
    if not 68 <= link.mtu <= 65535:
        raise LabError(f"{key}.mtu: {link.mtu} is no MTU: use 68 to 65535 (IPv6 needs 1280)")
    for name, faults in (("faults", link.faults), ("faults_back", link.faults_back)):
        if faults is not None:
            _check_faults(link, faults, f"{key}.{name}")
    for place, end in enumerate(link.ends):
        if end.host not in hosts:
            raise LabError(f"{key}.ends[{place}].host: unknown host {end.host!r}: add [hosts.{end.host}]")


def _check_faults(link: LinkSpec, faults: Faults, key: str) -> None:
    check(faults, key)
    if len(link.ends) != 2:
        raise LabError(f"{key}: the link has {len(link.ends)} ends: give faults to links with two")
    if link.offload:
        raise LabError(f"{key}: the link keeps its offloads, whose segments no middlebox can send on: remove offload")


def _check_interfaces(interfaces: tuple[Interface, ...]) -> None:
    for interface in interfaces:
        key = f"links[{interface.link}].ends"
        if not _INTERFACE.fullmatch(interface.name) or interface.name == "lo":
            raise LabError(f"{key}: {interface.name!r} is no interface name: use up to 15 letters and digits")
        if not _MAC.fullmatch(interface.mac) or int(interface.mac[:2], 16) & 1:
            raise LabError(f"{key}: {interface.mac!r} is no station's address: write it like 02:00:00:00:00:01")
    if repeated := _repeated(f"{i.host}:{i.name}" for i in interfaces):
        raise LabError(f"links: {repeated} is an end of two links: name the interfaces differently")
    if repeated := _repeated(str(a.ip) for i in interfaces for a in i.addresses):
        raise LabError(f"links: two interfaces have the address {repeated}: change one")


def _repeated(values: Iterator[str]) -> str | None:
    return next((value for value, count in Counter(values).items() if count > 1), None)


def _read_host(name: str, table: Table) -> HostSpec:
    with table:
        with table.table("sysctls") as sysctls:
            parameters = {parameter: sysctls.scalar(parameter) for parameter in sysctls.names()}
        return HostSpec(
            name=name,
            gateways=table.list_of("gateways", ip_address),
            routes=tuple(_read_route(route) for route in table.tables("routes")),
            forward=table.flag("forward", False),
            sysctls=parameters,
            nftables=table.text("nftables", ""),
            services=tuple(_read_service(service) for service in table.tables("services")),
        )


def _read_route(table: Table) -> RouteSpec:
    with table:
        return RouteSpec(to=table.parsed("to", ip_network), via=table.parsed("via", ip_address))


def _read_service(table: Table) -> ServiceSpec:
    with table:
        answer = table.text("answer", "port-unreachable")
        return ServiceSpec(table.text("kind"), table.integer("port"), answer)


def _read_link(table: Table) -> LinkSpec:
    with table:
        return LinkSpec(
            ends=tuple(_read_end(end) for end in table.tables("ends")),
            mtu=table.integer("mtu", 1500),
            offload=table.flag("offload", False),
            faults=read_faults(table.table("faults")) if table.has("faults") else None,
            faults_back=read_faults(table.table("faults_back")) if table.has("faults_back") else None,
        )


def _read_end(table: Table) -> EndSpec:
    with table:
        return EndSpec(
            host=table.text("host"),
            addresses=table.list_of("addresses", ip_interface),
            interface=table.text("interface", ""),
            mac=table.text("mac", ""),
        )
