"""Builds what a spec describes: hosts, then the links between them, then addresses, rules and routes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from rawkit.errors import LabError
from rawkit.lab import network
from rawkit.lab.faults import Faults
from rawkit.lab.host import Host
from rawkit.lab.launcher import Launcher
from rawkit.lab.loopback import loopback_up
from rawkit.lab.middlebox.control import Middlebox
from rawkit.lab.parts import HostSpec, Interface, LinkSpec
from rawkit.lab.services import filters
from rawkit.lab.spec import LabSpec

AnyHost = TypeVar("AnyHost", bound=Host)
SYSTEM_FOLDERS: Final = ("/usr/sbin", "/sbin")
"""Where programs like nft are, which an ordinary user's PATH may leave out."""


def build(spec: LabSpec, launcher: Launcher, kind: type[AnyHost]) -> tuple[dict[str, AnyHost], dict[int, Middlebox]]:
    """The spec's hosts by name, up and connected, and its middleboxes by the place of their link.

    Args:
        spec: what is built.
        launcher: makes the hosts' namespaces.
        kind: the class of its hosts.

    Raises LabError where the kernel does not take something.
    """
    interfaces = spec.interfaces()
    hosts = {host.name: _make_host(kind, host, interfaces, launcher) for host in spec.hosts}
    boxes = {}
    for place, link in enumerate(spec.links):
        ends = [interface for interface in interfaces if interface.link == place]
        if box := _connect(link, ends, hosts, launcher):
            boxes[place] = box
    for host in spec.hosts:
        _configure(host, hosts[host.name], spec.links, launcher)
    with ThreadPoolExecutor() as pool:
        for _ in pool.map(lambda host: hosts[host.name].serve(*host.services), spec.hosts):
            pass
    return hosts, boxes


def _make_host(kind: type[AnyHost], host: HostSpec, interfaces: Sequence[Interface], launcher: Launcher) -> AnyHost:
    own = tuple(interface for interface in interfaces if interface.host == host.name)
    made = kind(host.name, own, launcher.new_host(host.name), launcher)
    launcher.inside(made.namespaces, _prepare, host, own)
    return made


def _configure(host: HostSpec, made: Host, links: Sequence[LinkSpec], launcher: Launcher) -> None:
    _load_ruleset(made, host.nftables, f"hosts.{host.name}.nftables")
    launcher.inside(made.namespaces, _filter, host)
    launcher.inside(made.namespaces, _address, host, made.interfaces, links)


def _prepare(host: HostSpec, interfaces: Sequence[Interface]) -> None:
    network.set_sysctls(network.QUIET | (network.FORWARD if host.forward else {}))
    network.set_sysctls(network.sysctls_of(host, interfaces, late=False), f"hosts.{host.name}")
    loopback_up()


def _address(host: HostSpec, interfaces: Sequence[Interface], links: Sequence[LinkSpec]) -> None:
    network.set_sysctls(network.sysctls_of(host, interfaces, late=True), f"hosts.{host.name}")
    network.bring_up(interfaces, links)
    network.add_routes(host)


def _connect(
    link: LinkSpec, ends: Sequence[Interface], hosts: Mapping[str, Host], launcher: Launcher
) -> Middlebox | None:
    if len(ends) > 2:
        launcher.inside(launcher.new_host("switch"), _join_by_switch, link, ends, hosts)
        return None
    if link.faults is not None or link.faults_back is not None:
        return _join_by_middlebox(link, ends, hosts, launcher)
    here, far = ends
    place = hosts[here.host].namespaces
    launcher.inside(place, network.wire, here.name, here.mac, far, hosts[far.host].network, link.mtu)
    return None


def _join_by_switch(link: LinkSpec, ends: Sequence[Interface], hosts: Mapping[str, Host]) -> None:
    network.switch("switch", _make_ports(link, ends, hosts), link.mtu)


def _join_by_middlebox(
    link: LinkSpec, ends: Sequence[Interface], hosts: Mapping[str, Host], launcher: Launcher
) -> Middlebox:
    box = Host("middlebox", (), launcher.new_host("middlebox"), launcher)
    ports = launcher.inside(box.namespaces, _make_ports, link, ends, hosts)
    process = box.start_module("rawkit.lab.middlebox", *ports, stdin=subprocess.PIPE)
    return Middlebox.of(process, link.faults or Faults(), link.faults_back)


def _make_ports(link: LinkSpec, ends: Sequence[Interface], hosts: Mapping[str, Host]) -> list[str]:
    network.set_sysctls(network.NO_IPV6)
    ports = [f"port{number}" for number in range(len(ends))]
    for port, end in zip(ports, ends, strict=True):
        network.wire(port, None, end, hosts[end.host].network, link.mtu)
        network.port_up(port, offloads=link.offload)
    return ports


def _filter(host: HostSpec) -> None:
    try:
        filters.load(host)
    except OSError as error:
        raise LabError(
            f"hosts.{host.name}: the kernel refuses to drop and reject ({error.strerror}): see that it has nf_tables"
        ) from error


def _load_ruleset(host: Host, rules: str, key: str) -> None:
    """Users' own rules are in the language of the program nft, which alone understands it."""
    if not rules:
        return
    program = shutil.which("nft", path=os.pathsep.join((os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS)))
    if program is None:
        raise LabError(f"{key}: nft is not installed: install the package nftables")
    try:
        host.run([program, "-f", "-"], input=rules, check=True)
    except subprocess.CalledProcessError as error:
        first = error.stderr.strip().partition("\n")[0]
        raise LabError(f"{key}: {first}: correct the ruleset") from error
