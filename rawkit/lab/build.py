"""Builds what a spec describes: hosts, then the links between them, then addresses, rules and routes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence

from rawkit.errors import LabError
from rawkit.lab import network
from rawkit.lab.host import Host
from rawkit.lab.launcher import Launcher
from rawkit.lab.services.filters import ruleset
from rawkit.lab.spec import HostSpec, Interface, LabSpec, LinkSpec


def build(spec: LabSpec, launcher: Launcher) -> dict[str, Host]:
    """The spec's hosts, up and connected, by name; LabError where the kernel does not take something."""
    interfaces = spec.interfaces()
    hosts = {}
    for host in spec.hosts:
        own = tuple(interface for interface in interfaces if interface.host == host.name)
        hosts[host.name] = Host(host.name, own, launcher.new_host(host.name), launcher)
        launcher.inside(hosts[host.name].namespaces, _prepare, host, own)
    for place, link in enumerate(spec.links):
        ends = [interface for interface in interfaces if interface.link == place]
        _connect(link, ends, hosts, launcher)
    for host in spec.hosts:
        for key, rules in (("nftables", host.nftables), ("services", ruleset(host.services))):
            _load_ruleset(hosts[host.name], rules, f"hosts.{host.name}.{key}")
        launcher.inside(hosts[host.name].namespaces, _configure, host, hosts[host.name].interfaces, spec.links)
    for host in spec.hosts:
        hosts[host.name].serve(*host.services)
    return hosts


def _prepare(host: HostSpec, interfaces: Sequence[Interface]) -> None:
    network.set_sysctls(network.QUIET | (network.FORWARD if host.forward else {}))
    network.set_sysctls(network.sysctls_of(host, interfaces, late=False), f"hosts.{host.name}")
    network.loopback_up()


def _configure(host: HostSpec, interfaces: Sequence[Interface], links: Sequence[LinkSpec]) -> None:
    network.set_sysctls(network.sysctls_of(host, interfaces, late=True), f"hosts.{host.name}")
    network.bring_up(interfaces, links)
    network.add_routes(host)


def _connect(link: LinkSpec, ends: Sequence[Interface], hosts: Mapping[str, Host], launcher: Launcher) -> None:
    if len(ends) == 2:
        here, far = ends
        place = hosts[here.host].namespaces
        launcher.inside(place, network.wire, here.name, here.mac, far, hosts[far.host].network, link.mtu)
    else:
        launcher.inside(launcher.new_host("switch"), _connect_by_switch, link, ends, hosts)


def _connect_by_switch(link: LinkSpec, ends: Sequence[Interface], hosts: Mapping[str, Host]) -> None:
    network.set_sysctls(network.NO_IPV6)
    ports = [f"port{number}" for number in range(len(ends))]
    for port, end in zip(ports, ends, strict=True):
        network.wire(port, None, end, hosts[end.host].network, link.mtu)
    network.switch("switch", ports, link)


def _load_ruleset(host: Host, rules: str, key: str) -> None:
    if not rules:
        return
    if shutil.which("nft") is None:
        raise LabError(f"{key}: nft is not installed: install the package nftables")
    try:
        host.run(["nft", "-f", "-"], input=rules, check=True)
    except subprocess.CalledProcessError as error:
        first = error.stderr.strip().partition("\n")[0]
        raise LabError(f"{key}: {first}: correct the ruleset") from error
