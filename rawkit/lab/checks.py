"""Whether the parts of a lab fit together; each function raises LabError, naming the key, where they do not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from rawkit.errors import LabError
from rawkit.lab.faults import Faults, check
from rawkit.lab.parts import FilterSpec, HostSpec, Interface, LinkSpec, ServiceSpec
from rawkit.lab.services.kinds import ANSWERS, FILTERS, KINDS, RESET

_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?")
_INTERFACE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,14}")
_MAC: Final = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_SYSCTL: Final = re.compile(r"net(\.[a-z0-9_-]+)+", re.IGNORECASE)


def check_hosts(hosts: tuple[HostSpec, ...]) -> None:
    """Names, gateways, kernel parameters, services and filters."""
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
        if host.filters and not host.forward:
            raise LabError(f"{key}.filters: the host forwards nothing: add forward = true")
        for place, entry in enumerate(host.filters):
            _check_filter(entry, f"{key}.filters[{place}]")
    if repeated := _repeated(host.name for host in hosts):
        raise LabError(f"hosts.{repeated}: there are two of that name: rename one")


def _check_service(service: ServiceSpec, key: str) -> None:
    if service.kind not in KINDS:
        raise LabError(f"{key}.kind: unknown service {service.kind!r}: use one of {', '.join(KINDS)}")
    _check_port(service.port, f"{key}.port")
    _check_answer(service.answer, f"{key}.answer")


def _check_filter(entry: FilterSpec, key: str) -> None:
    if entry.kind not in FILTERS:
        raise LabError(f"{key}.kind: unknown kind {entry.kind!r}: use one of {', '.join(FILTERS)}")
    if not entry.ports:
        raise LabError(f"{key}.ports: there are none: add ports like [22, 23]")
    for place, port in enumerate(entry.ports):
        _check_port(port, f"{key}.ports[{place}]")
    if repeated := _repeated(map(str, entry.ports)):
        raise LabError(f"{key}.ports: {repeated} is there twice: remove one")
    _check_answer(entry.answer, f"{key}.answer")


def _check_port(port: int, key: str) -> None:
    if not 1 <= port <= 65535:
        raise LabError(f"{key}: {port} is no port: use 1 to 65535")


def _check_answer(answer: str, key: str) -> None:
    if answer not in (*ANSWERS, RESET):
        raise LabError(f"{key}: unknown answer {answer!r}: use one of {', '.join((*ANSWERS, RESET))}")


def check_link(link: LinkSpec, key: str, hosts: set[str]) -> None:
    """A link's ends, which must be among `hosts`, its MTU and its faults; `key` is its place in the spec."""
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


def check_interfaces(interfaces: tuple[Interface, ...]) -> None:
    """Names and addresses of all interfaces of a lab, and that no two are the same."""
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
