"""Configures hosts over netlink (rtnetlink(7)): interfaces, addresses, routes, kernel parameters.

All functions act on the calling thread's network namespace, or on the one given as a descriptor.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from socket import if_nametoindex
from typing import Any, Final

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from rawkit.errors import LabError
from rawkit.lab import offload
from rawkit.lab.parts import HostSpec, Interface, LinkSpec, RouteSpec

QUIET: Final = {
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
    # Addresses work at once, and a capture begins with the traffic that one wants to see.
    "net.ipv6.conf.all.accept_dad": "0",
    "net.ipv6.conf.default.accept_dad": "0",
    "net.ipv6.conf.default.dad_transmits": "0",
    "net.ipv6.conf.default.accept_ra": "0",
    "net.ipv6.conf.default.router_solicitations": "0",
}
FORWARD: Final = {
    "net.ipv4.ip_forward": "1",
    "net.ipv6.conf.all.forwarding": "1",
    "net.ipv6.conf.default.forwarding": "1",
}
NO_IPV6: Final = {"net.ipv6.conf.all.disable_ipv6": "1", "net.ipv6.conf.default.disable_ipv6": "1"}

IFA_F_NODAD: Final = 0x02
"""No duplicate address detection: an IPv6 address can be used at once; `accept_dad` alone does not see to that."""


def set_sysctls(values: Mapping[str, str], owner: str = "") -> None:
    """Sets kernel parameters; LabError names the one that the kernel does not take."""
    for name, value in values.items():
        path = Path("/proc/sys", *name.split("."))
        try:
            path.write_text(value)
        except OSError as error:
            key = f"{owner}.sysctls.{name}" if owner else name
            raise LabError(f"{key}: {value!r}: {error.strerror}: see {path}") from error


def sysctls_of(host: HostSpec, interfaces: Sequence[Interface], *, late: bool) -> dict[str, str]:
    """A host's kernel parameters: those of its interfaces (late, when these are there), or all others."""
    names = {interface.name for interface in interfaces}
    return {name: value for name, value in host.sysctls.items() if (not names.isdisjoint(name.split("."))) == late}


def wire(name: str, mac: str | None, far: Interface, far_network: int, mtu: int) -> None:
    """Makes a veth: the end `name` here, the end `far` in the network `far_network`, no other place."""
    peer = {"ifname": far.name, "address": far.mac, "mtu": mtu, "net_ns_fd": far_network}
    near = {"ifname": name, "mtu": mtu} | ({"address": mac} if mac else {})
    with IPRoute() as route:
        route.link("add", kind="veth", peer=peer, **near)


def port_up(port: str, *, offloads: bool) -> None:
    """Sets an interface without addresses up."""
    if not offloads:
        offload.turn_off(port)
    with IPRoute() as route:
        _set_up(route, port)


def switch(name: str, ports: Sequence[str], mtu: int) -> None:
    """Makes a bridge of the interfaces `ports`, without spanning tree, and sets it up."""
    with IPRoute() as route:
        route.link("add", kind="bridge", ifname=name, mtu=mtu, br_stp_state=0, br_mcast_snooping=0)
        for port in ports:
            route.link("set", index=if_nametoindex(port), master=if_nametoindex(name))
        _set_up(route, name)


def bring_up(interfaces: Sequence[Interface], links: Sequence[LinkSpec]) -> None:
    """Gives interfaces their addresses and sets them up, with offloads off unless the link keeps them."""
    with IPRoute() as route:
        for interface in interfaces:
            if not links[interface.link].offload:
                offload.turn_off(interface.name)
            _set_up(route, interface.name)
            for address in interface.addresses:
                route.addr(
                    "add",
                    index=if_nametoindex(interface.name),
                    address=str(address.ip),
                    prefixlen=address.network.prefixlen,
                    flags=IFA_F_NODAD,
                )


def add_routes(host: HostSpec) -> None:
    """Adds a host's routes; LabError names the one whose neighbour no interface reaches."""
    everywhere = {4: ip_network("0.0.0.0/0"), 6: ip_network("::/0")}
    defaults = [RouteSpec(everywhere[gateway.version], gateway) for gateway in host.gateways]
    with IPRoute() as route:
        for entry in (*defaults, *host.routes):
            _add_route(route, entry, f"hosts.{host.name}")


def _add_route(route: Any, entry: RouteSpec, key: str) -> None:
    try:
        route.route("add", dst=str(entry.to), gateway=str(entry.via))
    except NetlinkError as error:
        if error.code not in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EINVAL):
            raise
        reason = f"{entry.via} is no neighbour of an interface: give one of a network that the host is in"
        raise LabError(f"{key}: route to {entry.to}: {reason}") from error


def _set_up(route: Any, interface: str) -> None:
    route.link("set", index=if_nametoindex(interface), state="up")
