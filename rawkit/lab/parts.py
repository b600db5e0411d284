"""The parts of a lab as plain values: hosts, their services and routes, links and their ends."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network

from rawkit.lab.faults import Faults
from rawkit.values import dataclass, field

Address = IPv4Address | IPv6Address
InterfaceAddress = IPv4Interface | IPv6Interface
Network = IPv4Network | IPv6Network


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
class FilterSpec:
    """What a router does with packets that it would forward to some ports.

    Attributes:
        kind: `drop` or `reject`.
        ports: TCP and UDP destination ports.
        answer: of the kind `reject`, how: one of `rawkit.lab.services.kinds.ANSWERS`, or `reset`, for TCP alone.
    """

    kind: str
    ports: tuple[int, ...]
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
        filters: what a router lets nobody reach behind it; the first that fits counts.
    """

    name: str
    gateways: tuple[Address, ...] = ()
    routes: tuple[RouteSpec, ...] = ()
    forward: bool = False
    sysctls: Mapping[str, str] = field(default_factory=dict)
    nftables: str = ""
    services: tuple[ServiceSpec, ...] = ()
    filters: tuple[FilterSpec, ...] = ()


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
